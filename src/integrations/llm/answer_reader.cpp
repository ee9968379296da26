#include "integrations/llm/answer_reader.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gsdb::llm {

namespace json = boost::json;
using web_service::Outcome;
using web_service::Verdict;

namespace {

constexpr std::size_t depth_max = 64;

std::optional<json::object> parse_object(std::string_view text) {
    boost::system::error_code problem;
    auto value = json::parse(text, problem, {}, {.max_depth = depth_max});
    if (problem || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

// Another attempt may bring it whole: what stands between may have broken it.
Verdict malformed(std::string_view what) {
    return {.outcome = Outcome::error, .message = fmt::format("the answer is malformed: {}", what), .may_pass = true};
}

struct Kind {
    std::string_view name;
    Outcome outcome;
    std::optional<bool> may_pass = std::nullopt;
};

}  // namespace

const json::object* object_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr ? value->if_object() : nullptr;
}

std::optional<std::int64_t> count_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code problem;
    const auto count = value->to_number<std::int64_t>(problem);
    return problem || count < 0 ? std::nullopt : std::optional(count);
}

Verdict verdict_of(std::string_view kind, std::string message) {
    static constexpr std::array kinds{
        Kind{"overloaded_error", Outcome::rate_limited},    Kind{"rate_limit_error", Outcome::rate_limited},
        Kind{"rate_limit_exceeded", Outcome::rate_limited}, Kind{"insufficient_quota", Outcome::error, false},
        Kind{"billing_error", Outcome::error, false},       Kind{"authentication_error", Outcome::unauthorized},
        Kind{"permission_error", Outcome::unauthorized},    Kind{"not_found_error", Outcome::not_found},
        Kind{"invalid_request_error", Outcome::invalid},    Kind{"request_too_large", Outcome::invalid},
        Kind{"timeout_error", Outcome::timed_out},
    };
    for (const auto& known : kinds)
        if (known.name == kind)
            return {.outcome = known.outcome, .message = std::move(message), .may_pass = known.may_pass};
    return {.outcome = Outcome::error, .message = std::move(message), .may_pass = true};
}

Verdict verdict_of(const json::value& error) {
    if (error.is_string()) return verdict_of("", std::string(error.get_string()));
    if (!error.is_object()) return verdict_of("", "an error without a message");
    const auto& object = error.get_object();
    const auto code = text_or_empty(object, "code"), type = text_or_empty(object, "type");
    auto message = std::string(text_or_empty(object, "message"));
    if (!type.empty()) message += fmt::format("{}({})", message.empty() ? "" : " ", type);
    if (code == "insufficient_quota" || code == "rate_limit_exceeded") return verdict_of(code, std::move(message));
    return verdict_of(type.empty() ? code : type, std::move(message));
}

void AnswerReader::read(const http::IncomingResponse& head, std::string_view piece) {
    if (!has_begun_) {
        const auto type = head.header("content-type").value_or("");
        is_whole_ = type.starts_with("application/json");
    }
    has_begun_ = true;
    if (is_whole_) {
        whole_ += piece;
        return;
    }
    if (gathered_.failure) return;
    if (!events_.read(piece, [this](const http::Event& event) { take(event); }))
        gathered_.failure = malformed("one of its events is too large");
}

void AnswerReader::take(const http::Event& event) {
    if (gathered_.has_ended || gathered_.failure) return;
    if (event.data == "[DONE]") {
        gathered_.has_ended = true;
        return;
    }
    if (const auto data = parse_object(event.data))
        dialect_.take_event(*data, gathered_);
    else
        gathered_.failure = malformed("one of its events is no JSON object");
    give_on();
}

void AnswerReader::give_on() {
    if (!watcher_.on_text || given_on_ == gathered_.text.size()) return;
    const auto piece = std::string_view(gathered_.text).substr(given_on_);
    given_on_ = gathered_.text.size();
    watcher_.on_text(piece);
}

std::optional<Verdict> AnswerReader::end() {
    auto verdict = judge();
    if (verdict) verdict->message = without_secrets_(verdict->message);
    return verdict;
}

std::optional<Verdict> AnswerReader::judge() {
    if (is_whole_) return judge_whole();
    if (gathered_.failure) return gathered_.failure;
    const bool is_cut = events_.is_within_event();
    if (gathered_.has_ended || (dialect_.may_leave_out_end && gathered_.stop_reason && !is_cut)) return std::nullopt;
    return Verdict{.outcome = Outcome::unreachable, .message = "the answer broke off before its end"};
}

std::optional<Verdict> AnswerReader::judge_whole() {
    const auto body = parse_object(whole_);
    if (!body) return malformed("it is no JSON object");
    if (const auto* error = body->if_contains("error"); error != nullptr && !error->is_null())
        return verdict_of(*error);
    dialect_.take_whole(*body, gathered_);
    if (!gathered_.stop_reason) return malformed("it holds no message");
    gathered_.has_ended = true;
    give_on();
    return std::nullopt;
}

}  // namespace gsdb::llm
