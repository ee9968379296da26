#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json_text.hpp"
#include "base/utf8.hpp"
#include "http/message.hpp"
#include "integrations/linear/answers.hpp"

namespace gsdb::linear {

namespace json = boost::json;
using web_service::Outcome;

namespace {

constexpr std::size_t message_bytes_max = 500;

const json::object& extensions_of(const json::object& error) {
    static const json::object none;
    const auto* const value = error.if_contains("extensions");
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::object* first_error(const json::value& body) {
    if (!body.is_object()) return nullptr;
    const auto* const errors = body.get_object().if_contains("errors");
    if (errors == nullptr || !errors->is_array() || errors->get_array().empty()) return nullptr;
    static const json::object none;
    const auto& first = errors->get_array().front();
    return first.is_object() ? &first.get_object() : &none;
}

/// By type, which is what Linear's own client goes by, or code, as its documentation does. Nothing for what neither
/// tells: trouble inside of Linear, and what it has come to say since.
std::optional<Outcome> outcome_of(const json::object& error) {
    // There is neither a code nor a type for it.
    constexpr std::string_view not_found = "entity not found";
    const auto message = text_or_empty(error, "message");
    if (http::equal_ignoring_case(message.substr(0, not_found.size()), not_found)) return Outcome::not_found;
    static constexpr std::array<std::pair<std::string_view, Outcome>, 18> words{{
        {"ratelimited", Outcome::rate_limited},
        {"authentication error", Outcome::unauthorized},
        {"authentication_error", Outcome::unauthorized},
        {"forbidden", Outcome::unauthorized},
        {"feature not accessible", Outcome::unauthorized},
        {"feature_not_accessible", Outcome::unauthorized},
        {"usage limit exceeded", Outcome::conflict},
        {"usage_limit_exceeded", Outcome::conflict},
        {"network error", Outcome::unreachable},
        {"lock timeout", Outcome::unreachable},
        {"invalid input", Outcome::invalid},
        {"invalid_input", Outcome::invalid},
        {"input_error", Outcome::invalid},
        {"bad_user_input", Outcome::invalid},
        {"user error", Outcome::invalid},
        {"graphql error", Outcome::invalid},
        {"graphql_validation_failed", Outcome::invalid},
        {"graphql_parse_failed", Outcome::invalid},
    }};
    for (const auto* const name : {"type", "code"}) {
        const auto said = text_or_empty(extensions_of(error), name);
        for (const auto& [word, outcome] : words)
            if (http::equal_ignoring_case(said, word)) return outcome;
    }
    return std::nullopt;
}

std::optional<std::int64_t> number_of(const web_service::Answer& answer, const std::string& header) {
    const auto text = answer.header(header);
    std::int64_t number = 0;
    if (!text) return std::nullopt;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
    return problem == std::errc() && end == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

/// When there is something left of what was used up: the last of the budgets that are, or the first that is refilled
/// where none says so. Retry-After goes before it, and is understood by whoever asks.
std::optional<Timestamp> refilled_at(const web_service::Answer& answer, Timestamp now) {
    if (answer.header("retry-after")) return std::nullopt;
    constexpr std::chrono::hours wait_max{48};
    std::optional<Timestamp> first, last_empty;
    for (const auto* const budget : {"requests", "endpoint-requests", "complexity"}) {
        const auto reset = number_of(answer, fmt::format("x-ratelimit-{}-reset", budget));
        // Bounded before it becomes a Timestamp, which counts microseconds.
        const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
        if (!reset || *reset <= now_ms || *reset > now_ms + std::chrono::milliseconds(wait_max).count()) continue;
        const Timestamp moment{std::chrono::milliseconds(*reset)};
        first = std::min(first.value_or(moment), moment);
        if (number_of(answer, fmt::format("x-ratelimit-{}-remaining", budget)).value_or(1) <= 0)
            last_empty = std::max(last_empty.value_or(moment), moment);
    }
    return last_empty ? last_empty : first;
}

bool is_success(int status) {
    constexpr int first = 200, end = 300;
    return status >= first && status < end;
}

}  // namespace

std::string message_of(const json::value& body) {
    const auto* const error = first_error(body);
    if (error == nullptr) return web_service::usual_message(body);
    const auto message = text_or_empty(*error, "message");
    const auto said = text_or_empty(extensions_of(*error), "userPresentableMessage");
    const auto whole = said.empty() || said == message ? std::string(message) : fmt::format("{}: {}", message, said);
    return std::string(utf8_beginning(whole.empty() ? "an error without a message" : whole, message_bytes_max));
}

std::optional<web_service::Verdict> judge(const web_service::Answer& answer) {
    constexpr int too_many = 429;
    const auto* const error = first_error(answer.body);
    const auto outcome = answer.status == too_many ? Outcome::rate_limited
                         : error != nullptr        ? outcome_of(*error)
                                                   : std::nullopt;
    if (outcome)
        return web_service::Verdict{
            .outcome = *outcome,
            .message = message_of(answer.body),
            .retry_at = *outcome == Outcome::rate_limited ? refilled_at(answer, SystemClock().now()) : std::nullopt};
    if (!is_success(answer.status)) return std::nullopt;
    if (error != nullptr) return web_service::Verdict{.outcome = Outcome::error, .message = message_of(answer.body)};
    const auto* const data = answer.body.is_object() ? answer.body.get_object().if_contains("data") : nullptr;
    if (data == nullptr || !data->is_object())
        return web_service::Verdict{.outcome = Outcome::error, .message = "the answer holds neither data nor errors"};
    return std::nullopt;
}

}  // namespace gsdb::linear
