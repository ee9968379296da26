#pragma once
// Tasks as those see them who want something done: added, looked at, called off, tried again.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/identity/api.hpp"
#include "modules/tasks/database.hpp"
#include "modules/tasks/queue_news.hpp"
#include "modules/tasks/worker_lease.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

/// What a new task waits for, or is otherwise to another one.
struct NewDependency {
    std::variant<std::size_t, TaskId> on;  ///< by its place in what is added with it, or one that is there
    std::string kind = "depends_on";  ///< a label of tasks.dependency_kind; in all that order, the other comes first
    std::string condition = "succeeded";  ///< which end of the other counts: succeeded, failed, ended
    bool is_hard = true;                  ///< when the other ends otherwise, this one is cancelled
    std::chrono::seconds delay{0};        ///< between the end of the other and the beginning of this one
};

/// What is left empty is as the definition has it, or else a default.
struct NewTask {
    std::string title;
    std::string description{};
    std::string task_type{};  ///< a word; custom
    std::string executor{};   ///< a label of tasks.executor; needed without a definition
    std::string priority = "normal";
    std::string definition{};  ///< its name: the newest version that is in use
    std::string configuration = "{}";
    std::string input = "{}";
    std::optional<ProjectId> project_id{};
    std::optional<TaskId> parent_id{};
    std::string idempotency_key{};
    std::string concurrency_key{};
    std::optional<Timestamp> run_at{};
    std::optional<Timestamp> due_at{};
    std::optional<std::chrono::seconds> timeout{};
    std::optional<std::int32_t> attempts_max{};
    std::vector<NewDependency> dependencies{};
};

struct AddedTask {
    TaskId id;
    bool is_new = false;  ///< or was asked for before, under the same key
    std::string status;   ///< a label of tasks.task_status
};

struct TaskFilter {
    std::string status{};    ///< empty: any
    std::string executor{};  ///< empty: any
    std::optional<ProjectId> project_id{};
};

struct ListedTask {
    TaskId id;
    std::string title, task_type, status, executor, priority;
    std::int32_t attempts = 0, attempts_forgiven = 0, attempts_max = 0;
    std::optional<std::string> error_class;
    Timestamp run_at, created_at;
    std::optional<Timestamp> started_at, finished_at;
};

struct TaskDetails : ListedTask {
    std::string description, configuration, input, output;
    std::optional<std::string> definition;  ///< "name 3": with its version
    std::optional<ProjectId> project_id;
    std::optional<TaskId> parent_id;
    std::optional<std::string> idempotency_key, concurrency_key;
    std::optional<WorkerId> worker_id;
    std::chrono::seconds timeout{};
    double progress_percentage = 0;
    std::optional<Timestamp> due_at, wait_expires_at, cancel_requested_at;
    std::optional<std::string> awaited_event, cancel_reason, error_message;
};

struct Neighbour {
    TaskId id;  ///< the other task
    std::string title, status;
    bool waits = false;  ///< the task asked for waits for it; else the other way round
    std::string kind, condition;
    bool is_hard = true;
    std::optional<Timestamp> satisfied_at;
};

struct TaskAttempt {
    std::int32_t number = 0;
    Timestamp started_at, finished_at;
    double cpu_seconds = 0;
    std::int64_t memory_peak_bytes = 0, read_bytes = 0, written_bytes = 0;
    std::optional<std::int32_t> exit_code;
    std::optional<std::string> error_class;
};

struct TaskStatus {
    TaskId id;
    std::string status;
};

/// Null members limit nothing.
struct TaskLimit {
    std::string concurrency_key;
    std::optional<std::int32_t> running_max{};  ///< so many at once; 0 stops them
    std::optional<std::int32_t> starts_max{};   ///< so many attempts begin within starts_window
    std::optional<std::chrono::seconds> starts_window{};
};

struct TaskLimitUse {
    TaskLimit limit;
    std::int64_t running = 0, starts = 0;
};

struct LogPosition {
    std::int32_t attempt = 0;
    std::int64_t line_number = 0;
};

struct LogLine {
    LogPosition position;
    Timestamp logged_at;
    std::string level, stream, message;
};

/// Reading needs tasks:read, everything else tasks:write ("identity.forbidden" names what is missing). All within the
/// actor's organization; what a person calls off, replays or limits is noted in the audit log. What the database
/// refuses is "tasks.taken", "tasks.unknown_reference", "tasks.bad_value" or one of tasks.error_codes().
class Queue {
  public:
    static constexpr std::size_t batch_max = 10'000;

    explicit Queue(pg::Database<Database> database, QueueNews news = {})
        : database_(std::move(database)), news_(std::move(news)) {}

    /// All or none, in one transaction, told in the order given. A key that the organization has used makes no other
    /// task: that one is returned. "tasks.cycle_refused", "tasks.definition_unknown", "tasks.batch_too_large".
    Task<Result<std::vector<AddedTask>>> add(identity::Actor actor, std::vector<NewTask> tasks) const;

    /// "tasks.task_unknown" when the organization has none of that id.
    Task<Result<TaskDetails>> get(identity::Actor actor, TaskId id) const;
    /// The newest first; `before` is the last one of the page before.
    Task<Result<std::vector<ListedTask>>> list(identity::Actor actor, TaskFilter filter, std::optional<TaskId> before,
                                               std::int64_t page_size) const;
    /// What it waits for and what waits for it, at most a thousand.
    Task<Result<std::vector<Neighbour>>> neighbours(identity::Actor actor, TaskId id) const;
    /// Attempts that a process ran, with what it took.
    Task<Result<std::vector<TaskAttempt>>> attempts(identity::Actor actor, TaskId id) const;
    /// What it said, after a place.
    Task<Result<std::vector<LogLine>>> log(identity::Actor actor, TaskId id, LogPosition after,
                                           std::int64_t lines_max) const;

    /// What nobody runs ends at once; what is running is asked to stop, and ends when its handler has. Returns how each
    /// stands that the organization has.
    Task<Result<std::vector<TaskStatus>>> cancel(identity::Actor actor, std::vector<TaskId> ids,
                                                 std::string reason) const;
    /// Dead letters and failed tasks go back to the queue with all their attempts; returns those that did.
    Task<Result<std::vector<TaskStatus>>> replay(identity::Actor actor, std::vector<TaskId> ids) const;
    /// All dead letters that there are, in pages. Returns how many.
    Task<Result<std::int64_t>> replay_dead_letters(identity::Actor actor) const;

    Task<Result<void>> set_limit(identity::Actor actor, TaskLimit limit) const;
    /// "tasks.limit_unknown" when there is none for the key.
    Task<Result<void>> remove_limit(identity::Actor actor, std::string concurrency_key) const;
    Task<Result<std::vector<TaskLimitUse>>> limits(identity::Actor actor) const;

  private:
    Task<> tell(std::vector<NewTask> tasks) const;
    Task<> tell_all() const;

    pg::Database<Database> database_;
    QueueNews news_;
};

}  // namespace gsdb::tasks
