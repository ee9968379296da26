#pragma once
// One attempt, without a queue.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "modules/tasks/handler.hpp"

namespace gsdb::tasks {

/// Runs handlers and keeps what they logged.
class Attempts {
  public:
    std::shared_ptr<Attempt> make(std::string configuration, std::string input = "{}",
                                  std::chrono::seconds timeout = std::chrono::seconds(60)) {
        return std::make_shared<Attempt>(
            ClaimedTask{
                .key = {.organization_id = default_organization(), .task_id = {Uuid::parse(id).value()}, .attempt = 3},
                .executor = "x",
                .task_type = "custom",
                .title = "t",
                .configuration = std::move(configuration),
                .input = std::move(input),
                .timeout = timeout},
            [this](const AttemptKey&, const LoggedLine& line) {
                lines.push_back(line.level + " " + line.stream + " " + line.message);
            },
            clock);
    }
    HandlerResult run(const Handler& handler, std::string configuration, std::string input = "{}") {
        return run_task(handler(make(std::move(configuration), std::move(input))));
    }

    static constexpr std::string_view id = "01890000-0000-7000-8000-000000000001";
    SystemClock clock;
    std::vector<std::string> lines;
};

inline const std::string& output_of(const HandlerResult& result) {
    return std::get<Succeeded>(result.end).output;
}
inline const Failed& failure_of(const HandlerResult& result) {
    return std::get<Failed>(result.end);
}

MATCHER_P2(FailedOnce, error_class, words, "an end that is not repeated") {
    const auto* failed = std::get_if<Failed>(&arg.end);
    if (failed == nullptr) return false;
    *result_listener << failed->error_class << ": " << failed->error_message;
    return failed->error_class == error_class && failed->error_message.contains(words) && failed->is_retried == false;
}
MATCHER_P2(FailedAndRepeated, error_class, words, "an end that may be repeated") {
    const auto* failed = std::get_if<Failed>(&arg.end);
    if (failed == nullptr) return false;
    *result_listener << failed->error_class << ": " << failed->error_message;
    return failed->error_class == error_class && failed->error_message.contains(words) &&
           failed->is_retried.value_or(true);
}

}  // namespace gsdb::tasks
