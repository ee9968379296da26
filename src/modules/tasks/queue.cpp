#include "modules/tasks/queue.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <set>

#include "modules/tasks/queries.hpp"
#include "modules/tasks/task_batch.hpp"

namespace gsdb::tasks {

namespace json = boost::json;
using identity::Actor;

namespace {

constexpr identity::Permission reading{.area = "tasks", .access = identity::Access::read};
constexpr identity::Permission writing{.area = "tasks", .access = identity::Access::write};

// Those of tasks.error_codes().
constexpr std::array<identity::RoutineError, 6> routine_errors{{
    {"GS301", "cycle_refused", ExitCode::conflict},
    {"GS302", "not_found", ExitCode::not_found},
    {"GS303", "successor_has_begun", ExitCode::conflict},
    {"GS304", "dependency_cannot_be_satisfied", ExitCode::conflict},
    {"GS305", "snapshot_too_old", ExitCode::failed},
    {"GS306", "lease_lost", ExitCode::conflict},
}};
constexpr identity::RefusalTable refusals{.module = "tasks", .routine_errors = routine_errors};

std::unexpected<Error> unknown(std::string_view kind, std::string name) {
    return std::unexpected(Error{.code = fmt::format("tasks.{}_unknown", kind),
                                 .message = fmt::format("there is no {} {}", kind, name),
                                 .detail = "",
                                 .hint = "the list shows which there are",
                                 .exit_code = ExitCode::not_found});
}

template <class Row>
void take_common(ListedTask& to, Row& row) {
    to.id = {row.id};
    to.title = std::move(row.title);
    to.task_type = std::move(row.task_type);
    to.status = std::move(row.status);
    to.executor = std::move(row.executor);
    to.priority = std::move(row.priority);
    to.attempts = row.attempts;
    to.attempts_forgiven = row.attempts_forgiven;
    to.attempts_max = row.attempts_max;
    to.error_class = std::move(row.error_class);
    to.run_at = row.run_at;
    to.created_at = row.created_at;
    to.started_at = row.started_at;
    to.finished_at = row.finished_at;
}

template <class To>
std::optional<To> id_of(std::optional<Uuid> uuid) {
    return uuid ? std::optional(To{*uuid}) : std::nullopt;
}

TaskDetails details_of(sql::GetTask::Row row) {
    TaskDetails task;
    take_common(task, row);
    task.description = std::move(row.description);
    task.configuration = std::move(row.configuration.text);
    task.input = std::move(row.input.text);
    task.output = std::move(row.output.text);
    if (row.definition) task.definition = fmt::format("{} {}", *row.definition, row.definition_version.value_or(0));
    task.project_id = row.project_id;
    task.parent_id = id_of<TaskId>(row.parent_id);
    task.idempotency_key = std::move(row.idempotency_key);
    task.concurrency_key = std::move(row.concurrency_key);
    task.worker_id = id_of<WorkerId>(row.worker_id);
    task.timeout = std::chrono::seconds(row.timeout_seconds);
    task.progress_percentage = row.progress_percentage.value_or(0);
    task.due_at = row.due_at;
    task.wait_expires_at = row.wait_expires_at;
    task.cancel_requested_at = row.cancel_requested_at;
    task.awaited_event = std::move(row.awaited_event);
    task.cancel_reason = std::move(row.cancel_reason);
    task.error_message = std::move(row.error_message);
    return task;
}

pg::TransactionOptions read_only(const Actor& actor) {
    return {.organization = actor.organization_id(), .access = pg::Access::read_only};
}

std::vector<Uuid> uuids_of(const std::vector<TaskId>& ids) {
    std::vector<Uuid> uuids;
    for (const auto& id : ids) uuids.push_back(id.uuid);
    return uuids;
}

template <class Row>
std::vector<TaskStatus> statuses_of(std::vector<Row> rows) {
    std::vector<TaskStatus> statuses;
    for (auto& row : rows) statuses.push_back({.id = {row.task_id}, .status = std::move(row.status)});
    return statuses;
}

Task<> note(pg::Transaction tx, std::string action, std::string kind, std::string id, json::object details) {
    co_await tx.query<sql::NoteTaskChange>({.action = std::move(action),
                                            .subject_kind = "tasks." + std::move(kind),
                                            .subject_id = std::move(id),
                                            .details = {json::serialize(details)}});
}

// Each of the following is the work of one transaction that is signed by its caller.

Task<std::vector<TaskStatus>> cancel_in(pg::Transaction tx, Actor actor, std::vector<TaskId> ids, std::string reason) {
    co_await identity::sign(tx, actor);
    auto statuses = statuses_of(co_await tx.query<sql::CancelTasks>({.ids = uuids_of(ids), .reason = reason}));
    for (const auto& task : statuses) co_await note(tx, "cancelled", "tasks", to_string(task.id), {{"reason", reason}});
    co_return statuses;
}

Task<std::vector<TaskStatus>> replay_in(pg::Transaction tx, Actor actor, std::vector<TaskId> ids) {
    co_await identity::sign(tx, actor);
    auto statuses = statuses_of(co_await tx.query<sql::ReplayTasks>({.ids = uuids_of(ids)}));
    for (const auto& task : statuses) co_await note(tx, "replayed", "tasks", to_string(task.id), {});
    co_return statuses;
}

Task<> set_limit_in(pg::Transaction tx, Actor actor, TaskLimit limit) {
    co_await identity::sign(tx, actor);
    std::optional<std::int32_t> window;
    if (limit.starts_window) window = static_cast<std::int32_t>(limit.starts_window->count());
    co_await tx.query<sql::SetTaskLimit>({.organization_id = actor.organization_id(),
                                          .concurrency_key = limit.concurrency_key,
                                          .running_max = limit.running_max,
                                          .starts_max = limit.starts_max,
                                          .starts_window_seconds = window});
    co_await note(tx, "limited", "task_limits", limit.concurrency_key, {});
}

Task<std::int64_t> remove_limit_in(pg::Transaction tx, Actor actor, std::string key) {
    co_await identity::sign(tx, actor);
    const auto removed =
        co_await tx.query<sql::RemoveTaskLimit>({.organization_id = actor.organization_id(), .concurrency_key = key});
    if (removed > 0) co_await note(tx, "unlimited", "task_limits", key, {});
    co_return removed;
}

}  // namespace

Task<Result<std::vector<AddedTask>>> Queue::add(Actor actor, std::vector<NewTask> tasks) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    if (tasks.empty()) co_return std::vector<AddedTask>{};
    const auto order = order_of_new(tasks);
    if (!order) co_return std::unexpected(order.error());
    std::vector<TaskId> ids;
    const SystemClock clock;
    for (std::size_t i = 0; i < tasks.size(); ++i) ids.push_back(TaskId::make(clock));
    Result<std::vector<AddedTask>> added;
    try {
        added = co_await identity::with_refusals(
            database_.transaction(actor.transaction(),
                                  [&](auto& tx) { return add_new_tasks(tx, actor, &tasks, &ids, &*order); }),
            refusals);
    } catch (const pg::SqlError&) {
        throw;
    } catch (const pg::CommitOutcomeUnknown&) {
        throw;
    } catch (const Failure& failure) {
        const auto& code = failure.error().code;
        if (!code.starts_with("tasks.") && code != "identity.forbidden") throw;
        co_return std::unexpected(failure.error());
    }
    if (added) co_await tell(std::move(tasks));
    co_return added;
}

Task<> Queue::tell(std::vector<NewTask> tasks) const {
    std::set<std::string> executors;
    for (auto& task : tasks) executors.insert(std::move(task.executor));
    for (const auto& executor : executors)
        if (executor != "manual") co_await news_.tell(database_, executor);
}

/// Of tasks of any executor.
Task<> Queue::tell_all() const {
    return news_.tell(database_, "");
}

Task<Result<TaskDetails>> Queue::get(Actor actor, TaskId id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto row = co_await database_.query<sql::GetTask>(read_only(actor),
                                                      {.organization_id = actor.organization_id(), .id = id.uuid});
    if (!row) co_return unknown("task", to_string(id));
    co_return details_of(std::move(*row));
}

Task<Result<std::vector<ListedTask>>> Queue::list(Actor actor, TaskFilter filter, std::optional<TaskId> before,
                                                  std::int64_t page_size) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::optional<Uuid> before_uuid;
    if (before) before_uuid = before->uuid;
    auto rows = co_await database_.query<sql::ListTasks>(read_only(actor), {.organization_id = actor.organization_id(),
                                                                            .before = before_uuid,
                                                                            .project_id = filter.project_id,
                                                                            .status = filter.status,
                                                                            .executor = filter.executor,
                                                                            .page_size = page_size});
    std::vector<ListedTask> tasks(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) take_common(tasks[i], rows[i]);
    co_return tasks;
}

Task<Result<std::vector<Neighbour>>> Queue::neighbours(Actor actor, TaskId id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Neighbour> all;
    for (auto& row : co_await database_.query<sql::ListTaskDependencies>(
             read_only(actor), {.organization_id = actor.organization_id(), .id = id.uuid, .rows_max = 1000}))
        all.push_back({.id = {row.other_id},
                       .title = std::move(row.title),
                       .status = std::move(row.status),
                       .waits = row.waits,
                       .kind = std::move(row.kind),
                       .condition = std::move(row.condition),
                       .is_hard = row.is_hard,
                       .satisfied_at = row.satisfied_at});
    co_return all;
}

Task<Result<std::vector<TaskAttempt>>> Queue::attempts(Actor actor, TaskId id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<TaskAttempt> all;
    for (auto& row : co_await database_.query<sql::ListAttempts>(
             read_only(actor), {.organization_id = actor.organization_id(), .id = id.uuid}))
        all.push_back({.number = row.attempt,
                       .started_at = row.started_at,
                       .finished_at = row.finished_at,
                       .cpu_seconds = row.cpu_seconds.value_or(0),
                       .memory_peak_bytes = row.memory_peak_bytes,
                       .read_bytes = row.read_bytes,
                       .written_bytes = row.written_bytes,
                       .exit_code = row.exit_code,
                       .error_class = std::move(row.error_class)});
    co_return all;
}

Task<Result<std::vector<LogLine>>> Queue::log(Actor actor, TaskId id, LogPosition after, std::int64_t lines_max) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<LogLine> lines;
    for (auto& row :
         co_await database_.query<sql::ReadTaskLog>(read_only(actor), {.organization_id = actor.organization_id(),
                                                                       .id = id.uuid,
                                                                       .after_attempt = after.attempt,
                                                                       .after_line = after.line_number,
                                                                       .rows_max = lines_max}))
        lines.push_back({.position = {.attempt = row.attempt, .line_number = row.line_number},
                         .logged_at = row.logged_at,
                         .level = std::move(row.level),
                         .stream = std::move(row.stream),
                         .message = std::move(row.message)});
    co_return lines;
}

Task<Result<std::vector<TaskStatus>>> Queue::cancel(Actor actor, std::vector<TaskId> ids, std::string reason) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    auto cancelled = co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return cancel_in(tx, actor, ids, reason); }),
        refusals);
    if (cancelled) co_await tell_all();
    co_return cancelled;
}

Task<Result<std::vector<TaskStatus>>> Queue::replay(Actor actor, std::vector<TaskId> ids) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    auto replayed = co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return replay_in(tx, actor, ids); }), refusals);
    if (replayed) co_await tell_all();
    co_return replayed;
}

Task<Result<std::int64_t>> Queue::replay_dead_letters(Actor actor) const {
    constexpr std::int64_t page_size = 500;
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    std::int64_t replayed = 0;
    std::optional<Uuid> before;
    for (;;) {
        const auto page = co_await database_.query<sql::ListDeadLetters>(
            read_only(actor), {.organization_id = actor.organization_id(), .before = before, .page_size = page_size});
        if (page.empty()) co_return replayed;
        std::vector<TaskId> ids;
        for (const auto& row : page) ids.push_back({row.id});
        before = page.back().id;
        const auto done = co_await replay(actor, std::move(ids));
        if (!done) co_return std::unexpected(done.error());
        replayed += static_cast<std::int64_t>(done->size());
    }
}

Task<Result<void>> Queue::set_limit(Actor actor, TaskLimit limit) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    auto set = co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return set_limit_in(tx, actor, limit); }), refusals);
    if (set) co_await tell_all();
    co_return set;
}

Task<Result<void>> Queue::remove_limit(Actor actor, std::string concurrency_key) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    const auto removed = co_await database_.transaction(
        actor.transaction(), [&](auto& tx) { return remove_limit_in(tx, actor, concurrency_key); });
    if (removed == 0) co_return unknown("limit", concurrency_key);
    co_await tell_all();
    co_return Result<void>{};
}

Task<Result<std::vector<TaskLimitUse>>> Queue::limits(Actor actor) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<TaskLimitUse> all;
    for (auto& row : co_await database_.query<sql::ListTaskLimits>(read_only(actor),
                                                                   {.organization_id = actor.organization_id()})) {
        TaskLimit limit{.concurrency_key = std::move(row.concurrency_key),
                        .running_max = row.running_max,
                        .starts_max = row.starts_max};
        if (row.starts_window_seconds) limit.starts_window = std::chrono::seconds(*row.starts_window_seconds);
        all.push_back({.limit = std::move(limit), .running = row.running, .starts = row.starts});
    }
    co_return all;
}

}  // namespace gsdb::tasks
