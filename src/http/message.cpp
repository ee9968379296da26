#include "http/message.hpp"

#include <algorithm>
#include <array>

#include "http/router.hpp"

namespace gsdb::http {

namespace {

constexpr std::array<std::string_view, 8> method_names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// What follows the first `count` segments of a path, without a leading slash.
std::string_view after_segments(std::string_view path, std::size_t count) {
    for (std::size_t i = 0; i <= count; ++i) {
        auto slash = path.find('/');
        if (slash == path.npos) return {};
        path.remove_prefix(slash + 1);
    }
    return path;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string_view to_string(Method method) {
    return method_names[static_cast<std::size_t>(method)];
}

Method parse_method(std::string_view name) {
    auto found = std::find(method_names.begin(), method_names.end() - 1, name);
    return static_cast<Method>(found - method_names.begin());
}

std::string_view reason_phrase(Status status) {
    switch (status) {
        case Status::ok:
            return "OK";
        case Status::created:
            return "Created";
        case Status::accepted:
            return "Accepted";
        case Status::no_content:
            return "No Content";
        case Status::moved_permanently:
            return "Moved Permanently";
        case Status::found:
            return "Found";
        case Status::see_other:
            return "See Other";
        case Status::not_modified:
            return "Not Modified";
        case Status::temporary_redirect:
            return "Temporary Redirect";
        case Status::permanent_redirect:
            return "Permanent Redirect";
        case Status::bad_request:
            return "Bad Request";
        case Status::unauthorized:
            return "Unauthorized";
        case Status::forbidden:
            return "Forbidden";
        case Status::not_found:
            return "Not Found";
        case Status::method_not_allowed:
            return "Method Not Allowed";
        case Status::not_acceptable:
            return "Not Acceptable";
        case Status::request_timeout:
            return "Request Timeout";
        case Status::conflict:
            return "Conflict";
        case Status::gone:
            return "Gone";
        case Status::length_required:
            return "Length Required";
        case Status::precondition_failed:
            return "Precondition Failed";
        case Status::content_too_large:
            return "Content Too Large";
        case Status::uri_too_long:
            return "URI Too Long";
        case Status::unsupported_media_type:
            return "Unsupported Media Type";
        case Status::expectation_failed:
            return "Expectation Failed";
        case Status::unprocessable_content:
            return "Unprocessable Content";
        case Status::too_many_requests:
            return "Too Many Requests";
        case Status::request_header_fields_too_large:
            return "Request Header Fields Too Large";
        case Status::internal_server_error:
            return "Internal Server Error";
        case Status::not_implemented:
            return "Not Implemented";
        case Status::bad_gateway:
            return "Bad Gateway";
        case Status::service_unavailable:
            return "Service Unavailable";
        case Status::gateway_timeout:
            return "Gateway Timeout";
        case Status::http_version_not_supported:
            return "HTTP Version Not Supported";
    }
    return "Unknown";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const auto& header : headers)
        if (equal_ignoring_case(header.name, name)) return header.value;
    return std::nullopt;
}

std::optional<std::string_view> Request::query(std::string_view name) const {
    for (const auto& parameter : query_parameters)
        if (parameter.name == name) return parameter.value;
    return std::nullopt;
}

std::string_view Request::parameter(std::string_view name) const {
    if (!route) return {};
    for (std::size_t i = 0; i < route->pattern.size() && i < segments.size(); ++i) {
        const auto& part = route->pattern[i];
        if (part.kind == PatternPart::literal || part.text != name) continue;
        return part.kind == PatternPart::rest ? after_segments(path, i) : segments[i];
    }
    return {};
}

Response Response::json(std::string body, Status status) {
    return {.status = status, .content_type = json_type, .body = std::move(body)};
}

Response Response::text(std::string body, Status status) {
    return {.status = status, .content_type = text_type, .body = std::move(body)};
}

Response Response::html(std::string body, Status status) {
    return {.status = status, .content_type = html_type, .body = std::move(body)};
}

Response Response::no_content() {
    return {.status = Status::no_content};
}

Response Response::stream(std::string_view content_type, StreamBody body) {
    return {.content_type = content_type, .body = std::move(body)};
}

/// Another value of a header that is there already takes its place: none that is set here may stand twice.
Response& Response::with(std::string_view name, std::string value) & {
    const auto known =
        std::ranges::find_if(headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
    if (known == headers.end())
        headers.emplace_back(name, std::move(value));
    else
        known->second = std::move(value);
    return *this;
}

Response&& Response::with(std::string_view name, std::string value) && {
    return std::move(with(name, std::move(value)));
}

std::string_view Response::bytes() const {
    if (auto* text = std::get_if<std::string>(&body)) return *text;
    if (auto* shared = std::get_if<SharedBody>(&body)) return shared->bytes;
    return {};
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (char c : text) {
        bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
        if (unreserved) {
            encoded += c;
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4];
        encoded += digits[byte & 15];
    }
    return encoded;
}

}  // namespace gsdb::http
