#pragma once
// Lists are paged by key: a page ends with a cursor that says where the next begins, so that rows inserted meanwhile
// neither repeat nor hide others, and a late page costs what the first did.

#include <boost/json.hpp>
#include <charconv>
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

/// Throws Refusal with 400 request.bad_cursor: the key is none of this list.
[[noreturn]] void refuse_cursor();

/// A part of a key that is a number. Throws as refuse_cursor() does.
template <class Number>
Number key_number(std::string_view part) {
    Number number = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (problem != std::errc{} || end != part.data() + part.size()) refuse_cursor();
    return number;
}

/// The page's rows as {"items", "next_cursor"}; there is a next one when the page is full, behind the key of its last
/// row.
template <class Row, class ToJson, class KeyOf>
Response page_response(const Page& page, const std::vector<Row>& rows, ToJson to_json, KeyOf key_of) {
    boost::json::array items;
    for (const auto& row : rows) items.push_back(to_json(row));
    const bool is_full = static_cast<std::int64_t>(rows.size()) == page.size;
    boost::json::value next(nullptr);
    if (is_full) next = encode_cursor(key_of(rows.back()));
    return Response::json(
        boost::json::serialize(boost::json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}}));
}

}  // namespace gsdb::http
