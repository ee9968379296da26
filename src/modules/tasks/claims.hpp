#pragma once
// What workers do with the queue: take tasks of all organizations, and say how attempts ended, many at once. The rules
// (what is tried again and when, what waited for it, limits, shares) are the routines' of the database.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "modules/tasks/database.hpp"
#include "modules/tasks/worker_lease.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

/// One attempt at a task.
struct AttemptKey {
    OrganizationId organization_id;
    TaskId task_id;
    std::int32_t attempt = 0;

    auto operator<=>(const AttemptKey&) const = default;
};

/// Measured of the process that ran.
struct AttemptUsage {
    double cpu_seconds = 0;
    std::int64_t memory_peak_bytes = 0, read_bytes = 0, written_bytes = 0;
    std::optional<std::int32_t> exit_code{};  ///< minus the signal's number when one ended it
};
/// In the statement that notes usage.
inline constexpr auto no_exit_code = std::numeric_limits<std::int32_t>::max();

struct ClaimedTask {
    AttemptKey key;
    std::string executor;  ///< a label of tasks.executor
    std::string task_type;
    std::string title;
    std::string configuration;  ///< JSON: the definition's, completed and overruled by the task's own
    std::string input;          ///< JSON
    std::chrono::seconds timeout{};
};

struct CompletedAttempt {
    AttemptKey key;
    std::string output;  ///< a JSON object
};

/// What is not said is for the rules of the definition, and then: again, counted, after a pause that grows.
struct FailedAttempt {
    AttemptKey key;
    std::string error_class;  ///< a word: timeout, rate_limited, invalid_input
    std::string error_message;
    std::optional<bool> is_retried{};
    std::optional<bool> spends_attempt{};
    std::optional<std::chrono::microseconds> pause{};
};

/// An attempt that ends in waiting for something, holding no worker.
struct SuspendedAttempt {
    AttemptKey key;
    std::string event;  ///< source and subject: github:octo/hello#12:merged
    std::optional<Timestamp> expires_at{};
};

/// What a failed attempt led to.
struct FailureOutcome {
    AttemptKey key;
    std::string status;  ///< scheduled, queued, dead, failed, cancelled
    Timestamp run_at;
};

struct CompletionCounts {
    std::int64_t ended = 0;    ///< those that the worker still held
    std::int64_t settled = 0;  ///< others that go on or are cancelled for it
};

/// Each call is one transaction. What comes after the lease was lost changes nothing. A call whose outcome is not known
/// (pg::CommitOutcomeUnknown) may be made again: what was done the first time is not done twice.
class Claims {
  public:
    explicit Claims(pg::Database<Database> database) : database_(std::move(database)) {}

    /// At most `wanted`, of the executors given; another `turn` asks organizations in another order. The attempts count
    /// from here on. Throws an SqlError of GS306 when the lease is lost. After any other exception, tasks may be held
    /// that nobody was told of: `held` says which.
    Task<std::vector<ClaimedTask>> claim(LeaseHolder holder, std::vector<std::string> executors, std::int32_t wanted,
                                         std::int64_t turn) const;
    Task<CompletionCounts> complete(LeaseHolder holder, std::vector<CompletedAttempt> attempts) const;
    /// Those that the worker still held, each with what comes of it.
    Task<std::vector<FailureOutcome>> fail(LeaseHolder holder, std::vector<FailedAttempt> attempts) const;
    /// The attempts do not count. How many the worker still held.
    Task<std::int64_t> suspend(LeaseHolder holder, std::vector<SuspendedAttempt> attempts) const;
    /// Back into the queue as they were: the attempts do not count. How many the worker still held.
    Task<std::int64_t> hand_back(LeaseHolder holder, std::vector<AttemptKey> attempts) const;

    /// What the worker holds, as the database sees it.
    Task<std::vector<AttemptKey>> held(LeaseHolder holder) const;
    /// Those of them that somebody wants to be called off.
    Task<std::vector<AttemptKey>> to_be_cancelled(LeaseHolder holder) const;

    struct Due {
        std::int64_t queued = 0;
        std::optional<Timestamp> next_run_at;  ///< of the next scheduled task; none when there is none
    };
    /// Sends what is due to the queue, up to a page of each organization.
    Task<Due> queue_due(std::int32_t page) const;
    /// Ends waits that have lasted too long, up to a page of each organization; returns how many.
    Task<std::int64_t> expire_waits(std::int32_t page) const;

  private:
    Task<std::vector<AttemptKey>> tasks_of(LeaseHolder holder, bool only_cancelled) const;

    pg::Database<Database> database_;
};

}  // namespace gsdb::tasks
