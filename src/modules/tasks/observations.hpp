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

}  // namespace gsdb::tasks
