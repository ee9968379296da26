#pragma once
// The bytes before a response's body.

#include <optional>
#include <string>

#include "http/message.hpp"

namespace gsdb::http {

struct HeadContext {
    std::string_view date;
    std::string_view request_id{};
    bool is_http_1_0 = false;
    bool keeps_alive = true;
    bool is_head_request = false;
};

/// Appends status line and headers. Line breaks in header values become spaces: a value cannot end its header.
void append_head(std::string& out, const Response& response, const HeadContext& context);

/// Whether a body follows the head: not to HEAD, not with 204 and 304.
bool has_body(const Response& response, const HeadContext& context);

}  // namespace gsdb::http
