#include "integrations/web_service/web_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_text.hpp"
#include "base/steady_timer.hpp"
#include "base/utf8.hpp"

namespace gsdb::web_service {

namespace json = boost::json;

namespace {

constexpr std::size_t message_bytes_max = 500;

bool is_success(int status) {
    constexpr int first = 200, end = 300, not_modified = 304;
    return (status >= first && status < end) || status == not_modified;
}

Outcome outcome_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return Outcome::unauthorized;
        case 404:
        case 410:
            return Outcome::not_found;
        case 405:
        case 409:
        case 412:
            return Outcome::conflict;
        case 400:
        case 413:
        case 422:
            return Outcome::invalid;
        case 408:
            return Outcome::timed_out;
        case 429:
        case 529:
            return Outcome::rate_limited;
        case 502:
        case 503:
        case 504:
            return Outcome::unreachable;
        default:
            return Outcome::error;
    }
}

Outcome outcome_of(const http::CallFailed& failure) {
    const std::string_view code = failure.error().code;
    if (code == "client.timeout") return Outcome::timed_out;
    return failure.is_retryable() ? Outcome::unreachable : Outcome::error;
}

ExitCode exit_code_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::not_found:
            return ExitCode::not_found;
        case Outcome::conflict:
            return ExitCode::conflict;
        case Outcome::rate_limited:
        case Outcome::unreachable:
        case Outcome::timed_out:
            return ExitCode::unavailable;
        default:
            return ExitCode::failed;
    }
}

std::string_view said_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::rate_limited:
            return "wants to be called less often";
        case Outcome::unreachable:
            return "cannot be reached";
        case Outcome::timed_out:
            return "did not answer in time";
        case Outcome::unauthorized:
            return "refuses the credential";
        case Outcome::not_found:
            return "does not have it";
        case Outcome::conflict:
            return "says that its present state forbids it";
        case Outcome::invalid:
            return "says that the request cannot be";
        default:
            return "could not do it";
    }
}

/// Nothing when there is a body and it is no JSON.
std::optional<json::value> parse_body(const std::string& body) {
    constexpr std::size_t depth_max = 200;
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) return json::value(nullptr);
    boost::system::error_code problem;
    auto value = json::parse(body, problem, {}, {.max_depth = depth_max});
    return problem ? std::nullopt : std::optional(std::move(value));
}

}  // namespace

std::optional<std::string_view> Answer::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (http::equal_ignoring_case(key, name)) return value;
    return std::nullopt;
}

std::string usual_message(const json::value& body) {
    if (!body.is_object()) return "";
    const auto& object = body.get_object();
    for (const auto* name : {"message", "error", "detail"}) {
        if (const auto text = text_or_empty(object, name); !text.empty()) return std::string(text);
        const auto* inner = object.if_contains(name);
        if (inner != nullptr && inner->is_object())
            if (const auto text = text_or_empty(inner->get_object(), "message"); !text.empty())
                return std::string(text);
    }
    return "";
}

WebService::WebService(Options options) : options_(std::move(options)), client_(options_.http) {
    value_or_throw(http::Url::parse(options_.base_url));
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
    if (!options_.message_of) options_.message_of = usual_message;
}

/// Of one attempt.
struct WebService::Outcomes {
    Answer answer;
    Verdict verdict;
    /// The other side cannot have acted on it, or says so.
    bool is_undone = false;
    /// Nobody keeps what was read of it.
    bool may_repeat = true;

    bool may_pass() const {
        if (verdict.may_pass) return *verdict.may_pass;
        return web_service::may_pass(verdict.outcome) ||
               (verdict.outcome == Outcome::error && (answer.status == 0 || answer.status >= 500));
    }
};

Verdict WebService::judge(const Answer& answer) const {
    if (options_.judge)
        if (auto verdict = options_.judge(answer)) return std::move(*verdict);
    if (is_success(answer.status)) return {.outcome = Outcome::done, .message = {}};
    auto message = options_.message_of(answer.body);
    return {.outcome = outcome_of(answer.status),
            .message = message.empty()
                           ? fmt::format("the answer was {}", answer.status)
                           : fmt::format("{} ({})", utf8_beginning(message, message_bytes_max), answer.status)};
}

Task<http::OutgoingRequest> WebService::request_of(Call call) const {
    http::OutgoingRequest request{.method = call.method,
                                  .url = options_.base_url + call.path,
                                  .headers = options_.headers,
                                  .purpose = options_.name,
                                  .is_repeatable = call.is_repeatable};
    request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
    if (options_.authorize) {
        auto credential = co_await options_.authorize();
        request.headers.insert(request.headers.end(), credential.begin(), credential.end());
    }
    if (call.body) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = json::serialize(*call.body);
    }
    co_return request;
}

void WebService::take(http::IncomingResponse response, BodyReader* reader, Outcomes& outcomes) const {
    auto body = parse_body(response.body);
    outcomes.answer = {
        .status = response.status, .headers = std::move(response.headers), .body = body.value_or(nullptr)};
    outcomes.verdict = judge(outcomes.answer);
    if (!body && outcomes.verdict.outcome == Outcome::done)
        outcomes.verdict = {.outcome = Outcome::error, .message = "the answer is no JSON"};
    if (reader != nullptr && outcomes.verdict.outcome == Outcome::done)
        if (auto verdict = reader->end()) outcomes.verdict = std::move(*verdict);
    if (!outcomes.verdict.retry_at && outcomes.verdict.outcome != Outcome::done) {
        const auto now = SystemClock().now();
        if (const auto asked = http::retry_after({.headers = outcomes.answer.headers}, now))
            outcomes.verdict.retry_at = now + *asked;
    }
    outcomes.is_undone = outcomes.verdict.outcome == Outcome::rate_limited;
}

Task<WebService::Outcomes> WebService::attempt(Call call, int number) const {
    const auto reader = call.body_reader ? call.body_reader() : nullptr;
    auto request = co_await request_of(call);
    if (reader)
        request.on_body = [reader](const http::IncomingResponse& head, std::string_view piece) {
            reader->read(head, piece);
        };
    const auto started = std::chrono::steady_clock::now();
    Outcomes outcomes;
    try {
        take(co_await client_.send(std::move(request)), reader.get(), outcomes);
    } catch (const http::CallFailed& failure) {
        outcomes.verdict = {.outcome = outcome_of(failure), .message = failure.what()};
        outcomes.is_undone = !failure.was_sent();
    }
    if (reader && outcomes.verdict.outcome != Outcome::done) outcomes.may_repeat = reader->may_repeat();
    if (options_.on_attempt)
        options_.on_attempt({.service = options_.name,
                             .type = call.type,
                             .method = call.method,
                             .path = call.path,
                             .number = number,
                             .status = outcomes.answer.status,
                             .outcome = outcomes.verdict.outcome,
                             .message = outcomes.verdict.message,
                             .latency = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::steady_clock::now() - started)});
    co_return outcomes;
}

CallFailed WebService::failure(const Call& call, const Verdict& verdict, int status) const {
    const bool is_credential = verdict.outcome == Outcome::unauthorized;
    return {{.code = fmt::format("{}.{}", options_.name, name_of(verdict.outcome)),
             .message = fmt::format("{} {}: {} {}", options_.name, said_of(verdict.outcome),
                                    http::to_string(call.method), call.path.substr(0, call.path.find('?'))),
             .detail = verdict.message,
             .hint = is_credential      ? options_.credential_hint
                     : verdict.retry_at ? fmt::format("try again after {}", to_rfc3339(*verdict.retry_at))
                                        : "",
             .exit_code = exit_code_of(verdict.outcome)},
            verdict.outcome,
            status,
            verdict.retry_at};
}

Task<Answer> WebService::call(Call call) const {
    const auto& rules = options_.rules;
    std::chrono::milliseconds waited{0};
    const bool is_safe =
        call.is_repeatable || (call.method != http::Method::post && call.method != http::Method::patch);
    for (int number = 1;; ++number) {
        auto outcomes = co_await attempt(call, number);
        const auto& verdict = outcomes.verdict;
        if (verdict.outcome == Outcome::done) co_return std::move(outcomes.answer);
        const bool may_repeat = outcomes.may_pass() && outcomes.may_repeat && (is_safe || outcomes.is_undone);
        auto pause = http::pause_before(
            {.first_pause = rules.first_pause, .growth = rules.growth, .pause_max = rules.pause_max}, number);
        if (verdict.retry_at)
            pause =
                std::max(pause, std::chrono::ceil<std::chrono::milliseconds>(*verdict.retry_at - SystemClock().now()));
        waited += pause;
        if (!may_repeat || number >= rules.attempts_max || waited > rules.waiting_max)
            throw failure(call, verdict, outcomes.answer.status);
        SteadyTimer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(use_task);
    }
}

}  // namespace gsdb::web_service
