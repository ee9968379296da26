#include "http/paging.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "base/base64.hpp"
#include "http/error.hpp"

namespace gsdb::http {

namespace json = boost::json;

namespace {

std::int64_t read_limit(const Request& request) {
    auto text = request.query("limit");
    if (!text) return page_size_default;
    std::int64_t size = 0;
    auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), size);
    if (problem != std::errc{} || end != text->data() + text->size() || size < 1 || size > page_size_max)
        throw Refusal(Status::bad_request, {.code = "request.bad_limit",
                                            .message = fmt::format("limit is not a number from 1 to {}", page_size_max),
                                            .detail = fmt::format("it is '{}'", *text),
                                            .hint = "leave it out for pages of 100"});
    return size;
}

}  // namespace

Page read_page(const Request& request, std::size_t key_parts) {
    Page page{.size = read_limit(request)};
    auto cursor = request.query("cursor");
    if (!cursor || cursor->empty()) return page;
    auto key = decode_cursor(*cursor);
    if (!key || key->size() != key_parts) refuse_cursor();
    page.after = std::move(*key);
    return page;
}

void refuse_cursor() {
    throw Refusal(Status::bad_request,
                  {.code = "request.bad_cursor",
                   .message = "cursor is not one that this list gave out",
                   .hint = "pass next_cursor of the page before unchanged, with the same filters"});
}

std::string encode_cursor(const std::vector<std::string>& key) {
    return to_base64_url(json::serialize(json::value_from(key)));
}

std::optional<std::vector<std::string>> decode_cursor(std::string_view cursor) {
    const auto text = from_base64_url(cursor);
    if (!text) return std::nullopt;
    boost::system::error_code problem;
    auto value = json::parse(*text, problem);
    if (problem || !value.is_array()) return std::nullopt;
    std::vector<std::string> key;
    for (const auto& part : value.get_array()) {
        if (!part.is_string()) return std::nullopt;
        key.emplace_back(part.get_string());
    }
    return key;
}

}  // namespace gsdb::http
