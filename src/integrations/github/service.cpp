#include "integrations/github/service.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/json_text.hpp"
#include "http/url.hpp"

namespace gsdb::github {

namespace json = boost::json;
using web_service::Answer;
using web_service::Outcome;
using web_service::Verdict;

namespace {

constexpr std::chrono::seconds pause_without_word{60};  // what GitHub asks for where it names no time

std::optional<std::int64_t> number_in(std::optional<std::string_view> text) {
    std::int64_t number = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{})
        return std::nullopt;
    return number;
}

bool speaks_of_limit(const json::value& body) {
    if (!body.is_object()) return false;
    const auto message = text_or_empty(body.get_object(), "message");
    constexpr std::array signs{"rate limit", "abuse detection"};
    return std::ranges::any_of(signs, [&](const char* sign) { return message.find(sign) != std::string_view::npos; });
}

/// One of "errors": a text, or {resource, field, code, message}.
std::string fault_in(const json::value& entry) {
    if (entry.is_string()) return std::string(entry.get_string());
    if (!entry.is_object()) return "";
    const auto& object = entry.get_object();
    if (const auto message = text_or_empty(object, "message"); !message.empty()) return std::string(message);
    return fmt::format("{} {} {}", text_or_empty(object, "resource"), text_or_empty(object, "field"),
                       text_or_empty(object, "code"));
}

}  // namespace

web_service::Options options_of(Service service, web_service::Authorize authorize) {
    return {.name = "github",
            .base_url = std::move(service.api_url),
            .headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}},
            .authorize = std::move(authorize),
            .credential_hint =
                "the token, or the GitHub App, needs to read and write contents and pull requests, and to "
                "read checks and commit statuses of the repository",
            .rules = service.rules,
            .http = std::move(service.http),
            .judge = [](const Answer& answer) { return limit_of(answer, SystemClock().now()); },
            .message_of = message_of,
            .on_attempt = std::move(service.on_attempt)};
}

std::optional<Verdict> limit_of(const Answer& answer, Timestamp now) {
    constexpr int forbidden = 403, too_many = 429;
    if (answer.status != forbidden && answer.status != too_many) return std::nullopt;
    const auto after = http::retry_after({.headers = answer.headers}, now);
    const bool is_used_up = number_in(answer.header("x-ratelimit-remaining")) == 0;
    if (answer.status == forbidden && !after && !is_used_up && !speaks_of_limit(answer.body)) return std::nullopt;
    const auto reset = number_in(answer.header("x-ratelimit-reset"));
    auto retry_at = now + pause_without_word;
    if (after)
        retry_at = now + *after;
    else if (is_used_up && reset)
        retry_at = Timestamp(std::chrono::seconds(*reset));
    const auto message = message_of(answer.body);
    return Verdict{.outcome = Outcome::rate_limited,
                   .message = fmt::format("{} ({})", message.empty() ? "too many calls" : message, answer.status),
                   .retry_at = retry_at};
}

std::string message_of(const json::value& body) {
    auto message = web_service::usual_message(body);
    const auto* errors = body.is_object() ? body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr || !errors->is_array()) return message;
    for (const auto& entry : errors->get_array())
        if (const auto fault = fault_in(entry); !fault.empty()) message += (message.empty() ? "" : "; ") + fault;
    return message;
}

std::optional<std::string> next_page(const Answer& answer, std::string_view base_url) {
    const auto url = http::next_page(answer.header("link").value_or(""));
    if (!url) return std::nullopt;
    const auto next = http::Url::parse(*url), base = http::Url::parse(base_url);
    const auto folder = base->target == "/" ? "/" : base->target + "/";
    if (!next || !next->has_same_origin(*base) || !next->target.starts_with(folder))
        throw_unreadable("its next page is elsewhere");
    return next->target.substr(folder.size() - 1);
}

void throw_unreadable(std::string detail) {
    throw web_service::CallFailed({.code = "github.error",
                                   .message = "github gave an answer that is not understood",
                                   .detail = std::move(detail),
                                   .hint = "is the address that of GitHub's API?"},
                                  Outcome::error, 0, {});
}

}  // namespace gsdb::github
