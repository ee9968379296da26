#pragma once
// Lists are paged by key: a page ends with a cursor that says where the next begins, so that rows inserted meanwhile
// neither repeat nor hide others, and a late page costs what the first did.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace gsdb::http {

inline constexpr std::int64_t page_size_default = 100;
inline constexpr std::int64_t page_size_max = 1000;

struct Page {
    std::int64_t size = page_size_default;
    std::vector<std::string> after;  ///< the key of the last row of the page before; empty for the first page
};

/// Reads `limit` and `cursor` of the query. `key_parts` is how many texts this list's key has. Throws Refusal with 400
/// request.bad_limit or request.bad_cursor.
Page read_page(const Request& request, std::size_t key_parts);

/// An opaque text that read_page() turns back into the key.
std::string encode_cursor(const std::vector<std::string>& key);
std::optional<std::vector<std::string>> decode_cursor(std::string_view cursor);

}  // namespace gsdb::http
