#include "engine/outside_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace gsdb::engine {

namespace {

constexpr std::chrono::milliseconds between_looks{100};
constexpr std::chrono::milliseconds pause_max{60'000};

std::chrono::milliseconds pause_of(const Services& services, int round) {
    auto pause = services.first_round_pause;
    for (int i = 1; i < round && pause < pause_max; ++i) pause *= 2;
    return std::min(pause, pause_max);
}

std::string reason_of(const Error& error) {
    auto text = error.message;
    if (!error.detail.empty()) text += ": " + error.detail;
    if (!error.hint.empty()) text += "; " + error.hint;
    return text;
}

}  // namespace

void AttemptTally::add(const web_service::Attempt& attempt) {
    ++end_.attempts;
    end_.response_code = attempt.status != 0 ? std::optional(attempt.status) : std::nullopt;
    end_.latency = attempt.latency;
}

workflows::CallEnd AttemptTally::end(web_service::Outcome outcome) const {
    auto ended = end_;
    ended.attempts = std::max(ended.attempts, 1);
    ended.outcome = web_service::name_of(outcome);
    return ended;
}

workflows::CallEnd AttemptTally::end(const Error& error, web_service::Outcome outcome) const {
    auto ended = end(outcome);
    ended.error_message = error.detail.empty() ? error.message : error.message + ": " + error.detail;
    return ended;
}

bool is_for_others(web_service::Outcome outcome) {
    return web_service::may_pass(outcome) || outcome == web_service::Outcome::unauthorized;
}

void wait_for_others(RunContext& run, const std::string& service) {
    constexpr std::chrono::milliseconds between_questions{500};
    const auto& services = run.surroundings().services;
    const auto since = SystemClock().now();
    const auto begin = std::chrono::steady_clock::now();
    auto next_question = begin + between_questions;
    for (auto now = begin; now < begin + services.look_pause; now = std::chrono::steady_clock::now()) {
        run.look();
        if (services.heard && now >= next_question) {
            if (services.heard(run.organization(), service, since)) return;
            next_question = now + between_questions;
        }
        std::this_thread::sleep_for(between_looks);
    }
}

void wait_for_next_round(RunContext& run, const web_service::CallFailed& failure, int round) {
    const auto& services = run.surroundings().services;
    if (failure.outcome() == web_service::Outcome::unauthorized || round >= services.rounds_max)
        throw NeedsPerson{run.without_secrets(reason_of(failure.error()))};
    const auto now = SystemClock().now();
    const auto until = std::max(failure.retry_at().value_or(now), now + pause_of(services, round));
    run.tell({.kind = News::Kind::remark,
              .text = fmt::format("{}; it is tried again at {}", run.without_secrets(failure.error().message),
                                  to_rfc3339(until))});
    for (; SystemClock().now() < until; std::this_thread::sleep_for(between_looks)) run.look();
}

}  // namespace gsdb::engine
