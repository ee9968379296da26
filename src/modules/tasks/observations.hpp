#pragma once
// What this folder reports to logs and metrics. Never an input, an output or a line of a log.

#include <cstdint>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::tasks {

struct WorkerLeaseLost {
    std::string worker_id, reason;
    static constexpr observe::Definition definition{
        .name = "task_worker_lease_lost",
        .description =
            "A worker could not keep its lease; what it was running is run by others, and it goes on under "
            "a new lease.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"worker_id", worker_id}, {"reason", reason}}; }
};

struct WorkerLeaseNotRenewed {
    std::string worker_id, message;
    static constexpr observe::Definition definition{
        .name = "task_worker_lease_not_renewed",
        .description = "The database did not let a worker extend its lease; it is tried again until the lease ends.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"worker_id", worker_id}, {"message", message}}; }
};

struct TasksTakenBack {
    std::int64_t tasks = 0, dead = 0;
    static constexpr observe::Definition definition{
        .name = "tasks_taken_back",
        .description = "Tasks of workers that are gone went back to the queue, or became dead letters.",
        .level = observe::Level::warn,
        .measure = {.field = "tasks", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"tasks", tasks}, {"dead", dead}}; }
};

struct LookForLostWorkersFailed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "task_look_for_lost_workers_failed",
        .description = "Tasks of workers that are gone could not be looked for; it is tried again.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct TellingOfTasksFailed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "task_telling_failed",
        .description = "Workers of other processes could not be told of new tasks; they find them a little later.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct LogLinesLost {
    std::int64_t lines = 0;
    static constexpr observe::Definition definition{
        .name = "task_log_lines_lost",
        .description = "Lines of task logs were left out, because the database did not take them for too long.",
        .level = observe::Level::warn,
        .measure = {.field = "lines", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"lines", lines}}; }
};

struct TasksClaimed {
    std::int64_t tasks = 0;
    static constexpr observe::Definition definition{.name = "tasks_claimed",
                                                    .description = "A worker took tasks from the queue.",
                                                    .level = observe::Level::trace,
                                                    .measure = {.field = "tasks", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"tasks", tasks}}; }
};

struct AttemptsEnded {
    std::int64_t attempts = 0, too_late = 0;
    static constexpr observe::Definition definition{
        .name = "task_attempts_ended",
        .description = "Ends of attempts were stored; of those that came too late, others run the tasks.",
        .level = observe::Level::trace,
        .measure = {.field = "attempts", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"attempts", attempts}, {"too_late", too_late}}; }
};

struct WorkerInterrupted {
    std::string doing, message;
    static constexpr observe::Definition definition{
        .name = "task_worker_interrupted",
        .description = "A worker could not talk to the queue; it goes on when the database answers again.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"doing"}};
    observe::Fields fields() const { return {{"doing", doing}, {"message", message}}; }
};

struct SchedulePaused {
    std::string name, reason;
    static constexpr observe::Definition definition{
        .name = "task_schedule_paused",
        .description = "A schedule was paused, because its expression is not understood.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"name", name}, {"reason", reason}}; }
};

struct AttemptThrew {
    std::string task_id, message;
    static constexpr observe::Definition definition{
        .name = "task_attempt_threw",
        .description = "A handler ended with an exception; the attempt has failed.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"task_id", task_id}, {"message", message}}; }
};

}  // namespace gsdb::tasks
