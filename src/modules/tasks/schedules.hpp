#pragma once
// What is done again and again by the clock: schedules as those see them who want something done, and their starts.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/identity/api.hpp"
#include "modules/tasks/database.hpp"
#include "modules/tasks/queue_news.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

struct NewSchedule {
    std::string name, cron;
    std::string time_zone = "UTC";  ///< of the IANA database: Europe/Berlin
    std::string executor;           ///< a label of tasks.executor
    std::string configuration = "{}", input = "{}", priority = "normal";
    std::chrono::seconds timeout{3600};
    std::int32_t attempts_max = 3;
    std::chrono::seconds jitter{0};  ///< each run is put off by so much at most, at random
    std::int32_t missed_runs_max =
        1;                     ///< of the runs that no server was there for, so many are made up for, the latest
    bool may_overlap = false;  ///< else a run is left out while the one before is under way
};

struct Schedule {
    Uuid id;
    std::string name, cron, time_zone, executor, configuration, input, priority;
    std::chrono::seconds jitter{0};
    std::int32_t missed_runs_max = 0;
    bool may_overlap = false;
    std::optional<Timestamp> next_run_at, paused_at, last_run_at;
};

/// Reading needs tasks:read, everything else tasks:write, and for `command` and `sql` what Queue::add needs for them.
/// "tasks.schedule_unknown", "tasks.cron_invalid", "tasks.cron_never", "tasks.taken", "tasks.bad_value" (a time zone
/// that the database does not know).
class Schedules {
  public:
    explicit Schedules(pg::Database<Database> database) : database_(std::move(database)) {}

    Task<Result<Schedule>> add(identity::Actor actor, NewSchedule schedule) const;
    Task<Result<std::vector<Schedule>>> list(identity::Actor actor) const;
    Task<Result<Schedule>> find(identity::Actor actor, std::string name) const;
    Task<Result<Schedule>> pause(identity::Actor actor, std::string name) const;
    /// From now on: what was left out meanwhile is not made up for.
    Task<Result<Schedule>> resume(identity::Actor actor, std::string name) const;
    /// Its tasks stay.
    Task<Result<void>> remove(identity::Actor actor, std::string name) const;
    /// The next times of an expression, at most `count`.
    Task<Result<std::vector<Timestamp>>> times(std::string cron, std::string time_zone, Timestamp after,
                                               int count) const;

  private:
    pg::Database<Database> database_;
};

/// Makes the tasks of all schedules whose time has come. Each time is used once, however many servers do this.
Task<std::int64_t> start_due_schedules(pg::Database<Database> database);

/// Does so every second, until it is stopped.
Task<> keep_starting_schedules(pg::Database<Database> database, QueueNews news, Stop stop);

}  // namespace gsdb::tasks
