#include "http/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace gsdb::http {

namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    auto start = out.size();
    out.append(value);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; }, ' ');
    out.append("\r\n");
}

bool may_have_length(Status status) {
    return status != Status::no_content && status != Status::not_modified;
}

}  // namespace

bool has_body(const Response& response, const HeadContext& context) {
    return !context.is_head_request && may_have_length(response.status);
}

void append_head(std::string& out, const Response& response, const HeadContext& context) {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    append_header(out, "Date", context.date);
    if (!context.request_id.empty()) append_header(out, "X-Request-Id", context.request_id);
    if (!response.content_type.empty()) {
        append_header(out, "Content-Type", response.content_type);
        append_header(out, "X-Content-Type-Options", "nosniff");
    }
    if (!response.etag.empty()) append_header(out, "ETag", response.etag);
    for (const auto& [name, value] : response.headers) append_header(out, name, value);
    if (response.is_stream()) {
        if (!context.is_http_1_0) out.append("Transfer-Encoding: chunked\r\n");
    } else if (may_have_length(response.status)) {
        out.append("Content-Length: ");
        append_number(out, response.bytes().size());
        out.append("\r\n");
    }
    if (!context.keeps_alive) {
        out.append("Connection: close\r\n");
    } else if (context.is_http_1_0) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

}  // namespace gsdb::http
