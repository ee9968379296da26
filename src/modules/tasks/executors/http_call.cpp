#include "modules/tasks/executors/http_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "modules/tasks/executors/configuration.hpp"

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

constexpr std::size_t response_bytes_max = 1 << 20;
constexpr std::size_t excerpt_bytes_max = 500;
constexpr std::chrono::seconds pause_max{3'600};
constexpr std::chrono::hours longest{24};  // the task's own time ends a call before

bool may_have_body(http::Method method) {
    return method != http::Method::get && method != http::Method::head;
}

/// Those that the client writes itself, or that are about the connection.
bool is_reserved(std::string_view header) {
    constexpr std::array<std::string_view, 7> reserved{
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"};
    return std::ranges::any_of(reserved, [&](auto name) { return http::equal_ignoring_case(name, header); });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    });
}

bool is_header_value(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'); });
}

bool has_header(const http::OutgoingRequest& request, std::string_view name) {
    return std::ranges::any_of(request.headers,
                               [&](const auto& header) { return http::equal_ignoring_case(header.first, name); });
}

http::Method read_method(Configuration& from) {
    const auto name = from.text("method", "GET");
    const auto method = http::parse_method(name);
    if (method == http::Method::other || method == http::Method::options)
        from.refuse("method", fmt::format("is {}; there are GET, HEAD, POST, PUT, PATCH, DELETE", name));
    return method;
}

std::string read_url(Configuration& from) {
    auto url = from.text("url");
    if (const auto parsed = http::Url::parse(url); !parsed)
        from.refuse("url", fmt::format("cannot be called: {}", parsed.error().message));
    return url;
}

void read_headers(Configuration& from, http::OutgoingRequest& to) {
    to.headers = from.pairs("headers");
    for (const auto& [name, value] : to.headers)
        if (!is_token(name) || !is_header_value(value) || is_reserved(name))
            from.refuse("headers", fmt::format("has {}, which cannot be set", name));
}

void read_body(Configuration& from, const std::string& input, http::OutgoingRequest& to) {
    const auto* const body = from.any("body");
    if (body != nullptr && !may_have_body(to.method)) from.refuse("body", "cannot be sent with this method");
    if (body == nullptr && (!may_have_body(to.method) || input == "{}")) return;
    const bool is_text = body != nullptr && body->is_string();
    to.body = is_text ? std::string(body->get_string()) : body != nullptr ? json::serialize(*body) : input;
    if (!is_text && !has_header(to, "content-type")) to.headers.emplace_back("Content-Type", "application/json");
}

std::string excerpt(std::string_view body) {
    return body.empty() ? "" : ": " + printable_utf8(utf8_beginning(body, excerpt_bytes_max));
}

std::string output_of(const http::IncomingResponse& response) {
    json::object output{{"status", response.status}};
    const auto type = response.header("content-type").value_or("");
    if (!type.empty()) output["content_type"] = printable_utf8(type);
    boost::system::error_code problem;
    auto body = json::parse(response.body, problem);
    const bool is_json = !problem && type.contains("json") && is_valid_utf8(response.body);
    output["body"] = is_json ? std::move(body) : json::value(printable_utf8(response.body));
    return json::serialize(output);
}

/// What the other side said of the task, and whether saying it again may help.
Failed failed(const http::IncomingResponse& response, Timestamp now) {
    constexpr int request_timeout = 408, too_early = 425, too_many = 429, server_errors = 500, unavailable = 503;
    const auto status = response.status;
    Failed failed{.error_class = status == too_many        ? "rate_limited"
                                 : status >= server_errors ? "server_error"
                                                           : "refused",
                  .error_message = fmt::format("the answer was {}{}", status, excerpt(response.body))};
    if (status < server_errors && status != request_timeout && status != too_early && status != too_many)
        failed.is_retried = false;
    const auto asked = http::retry_after(response, now);
    if (asked && (status == too_many || status == unavailable)) {
        failed.error_class = "rate_limited";
        failed.is_retried = true;
        failed.spends_attempt = false;
        failed.pause = std::clamp(*asked, std::chrono::seconds(1), pause_max);
    }
    return failed;
}

Failed failed(const http::CallFailed& failure) {
    const std::string_view code = failure.error().code;
    Failed failed{.error_class = code == "client.timeout"              ? "timeout"
                                 : code == "client.address_forbidden"  ? "address_forbidden"
                                 : code == "client.response_too_large" ? "response_too_large"
                                 : code == "client.url_invalid"        ? "invalid_input"
                                                                       : "unreachable",
                  .error_message = failure.what()};
    if (failed.error_class != "timeout" && failed.error_class != "unreachable") failed.is_retried = false;
    return failed;
}

struct Caller {
    http::Client client;
    const Clock& clock;
};

Task<HandlerResult> call(std::shared_ptr<Caller> caller, std::shared_ptr<Attempt> attempt) {
    const auto& task = attempt->task();
    try {
        auto request = read_http_call(task.configuration, task.input);
        request.purpose = "task";
        // An attempt may be repeated after the other side has acted: this lets it tell.
        if (!has_header(request, "idempotency-key"))
            request.headers.emplace_back("Idempotency-Key", to_string(task.key.task_id));
        const auto line = fmt::format("{} {}", http::to_string(request.method), request.url);
        const auto response = co_await caller->client.send(std::move(request));
        attempt->log("info", "engine", fmt::format("{}: {}, {} bytes", line, response.status, response.body.size()));
        constexpr int success_first = 200, success_end = 300;
        if (response.status >= success_first && response.status < success_end)
            co_return HandlerResult{.end = Succeeded{.output = output_of(response)}};
        co_return HandlerResult{.end = failed(response, caller->clock.now())};
    } catch (const InvalidInput& problem) {
        co_return HandlerResult{.end = problem.failed()};
    } catch (const http::CallFailed& failure) {
        co_return HandlerResult{.end = failed(failure)};
    }
}

}  // namespace

http::OutgoingRequest read_http_call(const std::string& configuration, const std::string& input) {
    Configuration from("configuration", configuration);
    http::OutgoingRequest request{.method = read_method(from), .url = read_url(from)};
    read_headers(from, request);
    read_body(from, input, request);
    from.finish();
    return request;
}

Handler http_handler(http::AddressGuard guard, const Clock& clock) {
    constexpr std::chrono::milliseconds connect_deadline{10'000};
    auto caller = std::make_shared<Caller>(Caller{.client = http::Client({.guard = std::move(guard),
                                                                          .connect_deadline = connect_deadline,
                                                                          .read_deadline = longest,
                                                                          .total_deadline = longest,
                                                                          .response_bytes_max = response_bytes_max}),
                                                  .clock = clock});
    return [caller](std::shared_ptr<Attempt> attempt) { return call(caller, std::move(attempt)); };
}

}  // namespace gsdb::tasks
