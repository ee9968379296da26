#include "modules/tasks/task_batch.hpp"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <unordered_map>

#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

Error wrong(std::string code, std::string message, std::string hint, ExitCode exit_code = ExitCode::usage) {
    return {.code = "tasks." + std::move(code),
            .message = std::move(message),
            .detail = "",
            .hint = std::move(hint),
            .exit_code = exit_code};
}

Result<void> check(const std::vector<NewTask>& tasks) {
    if (tasks.size() > Queue::batch_max)
        return std::unexpected(wrong("batch_too_large", fmt::format("{} tasks at once are too many", tasks.size()),
                                     fmt::format("add at most {} at once", Queue::batch_max)));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (tasks[i].executor.empty() && tasks[i].definition.empty())
            return std::unexpected(wrong("executor_missing", fmt::format("nothing says who does task {}", i),
                                         "name an executor or a definition"));
        for (const auto& dependency : tasks[i].dependencies)
            if (const auto* place = std::get_if<std::size_t>(&dependency.on); place && *place >= tasks.size())
                return std::unexpected(wrong("place_unknown",
                                             fmt::format("task {} waits for task {} of {}", i, *place, tasks.size()),
                                             "places count from 0 within what is added together"));
    }
    return {};
}

bool gives_order(const NewDependency& dependency) {
    return dependency.kind != "related_to" && dependency.kind != "conflicts_with";
}

/// Those whose tasks reach whatever the server reaches, of any organization.
bool is_of_the_server(std::string_view executor) {
    return executor == "command" || executor == "sql";
}

using Definitions = std::map<std::string, sql::FindDefinitions::Row>;

/// Fills the statement's columns, and the states of what is new.
class Batch {
  public:
    Batch(const identity::Actor& actor, const std::vector<NewTask>& tasks, const std::vector<TaskId>& ids)
        : actor_(actor), tasks_(tasks), ids_(ids) {}

    std::vector<std::string> definition_names() const {
        std::vector<std::string> names;
        for (const auto& task : tasks_)
            if (!task.definition.empty()) names.push_back(task.definition);
        std::ranges::sort(names);
        const auto same = std::ranges::unique(names);
        names.erase(same.begin(), same.end());
        return names;
    }

    sql::AddTasks::Params columns(const Definitions& definitions) const {
        sql::AddTasks::Params to{.organization_id = actor_.organization_id(), .created_by = {}};
        if (const auto user = actor_.user_id()) to.created_by = user->uuid;
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            to.ids.push_back(ids_[i].uuid);
            to.definition_ids.push_back(tasks_[i].definition.empty() ? Uuid{}
                                                                     : definitions.at(tasks_[i].definition).id);
            add(to, tasks_[i]);
        }
        return to;
    }

    /// The tasks as they are after the insert; where one was asked for before, that one.
    void take(const std::vector<sql::AddTasks::Row>& made, const std::vector<sql::FindTasksOfKeys::Row>& known) {
        std::unordered_map<Uuid, std::string> new_ones;
        for (const auto& row : made) new_ones.emplace(row.id, row.status);
        std::map<std::string, AddedTask> by_key;
        for (const auto& row : known)
            by_key[row.idempotency_key] = {.id = {row.id}, .is_new = false, .status = row.status};
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            const auto found = new_ones.find(ids_[i].uuid);
            added_.push_back(found != new_ones.end() ? AddedTask{.id = ids_[i], .is_new = true, .status = found->second}
                                                     : by_key.at(tasks_[i].idempotency_key));
        }
    }

    std::vector<std::string> keys() const {
        std::vector<std::string> keys;
        for (const auto& task : tasks_)
            if (!task.idempotency_key.empty()) keys.push_back(task.idempotency_key);
        return keys;
    }

    /// Of the tasks that are new. Empty when none waits for anything.
    sql::AddNewDependencies::Params dependencies(const std::vector<std::size_t>& order) const {
        sql::AddNewDependencies::Params to;
        for (const auto i : order) {
            if (tasks_[i].dependencies.empty() || !added_[i].is_new) continue;
            to.ordered.push_back(added_[i].id.uuid);
            for (const auto& dependency : tasks_[i].dependencies) add(to, added_[i].id, dependency);
        }
        return to;
    }

    std::vector<AddedTask>& added() { return added_; }

  private:
    static void add(sql::AddTasks::Params& to, const NewTask& task) {
        to.titles.push_back(task.title);
        to.descriptions.push_back(task.description);
        to.task_types.push_back(task.task_type);
        to.are_drafts.push_back(!task.dependencies.empty());
        to.executors.push_back(task.executor);
        to.priorities.push_back(task.priority);
        to.configurations.push_back(task.configuration);
        to.inputs.push_back(task.input);
        to.project_ids.push_back(task.project_id.value_or(ProjectId{}));
        to.parent_ids.push_back(task.parent_id.value_or(TaskId{}).uuid);
        to.idempotency_keys.push_back(task.idempotency_key);
        to.concurrency_keys.push_back(task.concurrency_key);
        to.run_at.push_back(task.run_at.value_or(Timestamp::min()));
        to.due_at.push_back(task.due_at.value_or(Timestamp::min()));
        to.timeouts_seconds.push_back(
            static_cast<std::int32_t>(task.timeout.value_or(std::chrono::seconds(0)).count()));
        to.attempts_max.push_back(task.attempts_max.value_or(0));
    }

    void add(sql::AddNewDependencies::Params& to, TaskId successor, const NewDependency& dependency) const {
        const auto* const place = std::get_if<std::size_t>(&dependency.on);
        to.successors.push_back(successor.uuid);
        to.predecessors.push_back(place ? added_[*place].id.uuid : std::get<TaskId>(dependency.on).uuid);
        to.kinds.push_back(dependency.kind);
        to.conditions.push_back(dependency.condition);
        to.hard.push_back(dependency.is_hard);
        to.delays_seconds.push_back(static_cast<std::int32_t>(dependency.delay.count()));
    }

    const identity::Actor& actor_;
    const std::vector<NewTask>& tasks_;
    const std::vector<TaskId>& ids_;
    std::vector<AddedTask> added_;
};

Task<Definitions> find_definitions(pg::Transaction tx, OrganizationId organization, std::vector<std::string> names) {
    Definitions found;
    if (names.empty()) co_return found;
    for (auto& row : co_await tx.query<sql::FindDefinitions>({.organization_id = organization, .names = names}))
        found.emplace(row.name, row);
    for (const auto& name : names)
        if (!found.contains(name))
            throw Failure(wrong("definition_unknown", fmt::format("there is no definition {} in use", name),
                                "define it first, or correct the name", ExitCode::not_found));
    co_return found;
}

void check_executors(const identity::Actor& actor, const std::vector<NewTask>& tasks, const Definitions& definitions) {
    for (const auto& task : tasks)
        value_or_throw(
            may_have_done_by(actor, task.executor.empty() ? definitions.at(task.definition).executor : task.executor));
}

}  // namespace

Result<void> may_have_done_by(const identity::Actor& actor, std::string_view executor) {
    if (!is_of_the_server(executor) || actor.is_system()) return {};
    if (actor.organization_id() != default_organization())
        return std::unexpected(wrong("executor_forbidden",
                                     fmt::format("this organization has no tasks of the executor {}", executor),
                                     "ask who runs the server, or use http", ExitCode::usage));
    return actor.authorize({.area = "tasks", .access = identity::Access::admin});
}

Result<std::vector<std::size_t>> order_of_new(const std::vector<NewTask>& tasks) {
    if (auto checked = check(tasks); !checked) return std::unexpected(std::move(checked.error()));
    std::vector<std::size_t> waits_for(tasks.size()), order;
    std::vector<std::vector<std::size_t>> wait(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        for (const auto& dependency : tasks[i].dependencies)
            if (const auto* place = std::get_if<std::size_t>(&dependency.on); place && gives_order(dependency)) {
                ++waits_for[i];
                wait[*place].push_back(i);
            }
    std::deque<std::size_t> ready;
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (waits_for[i] == 0) ready.push_back(i);
    for (; !ready.empty(); ready.pop_front()) {
        order.push_back(ready.front());
        for (const auto next : wait[ready.front()])
            if (--waits_for[next] == 0) ready.push_back(next);
    }
    if (order.size() == tasks.size()) return order;
    const auto in_cycle = std::ranges::find_if(waits_for, [](std::size_t count) { return count > 0; });
    return std::unexpected(wrong(
        "cycle_refused", fmt::format("task {} would wait for itself, by way of others", in_cycle - waits_for.begin()),
        "remove a dependency on the way, or turn it round", ExitCode::conflict));
}

Task<std::vector<AddedTask>> add_new_tasks(pg::Transaction tx, identity::Actor actor, const std::vector<NewTask>* tasks,
                                           const std::vector<TaskId>* ids, const std::vector<std::size_t>* order) {
    Batch batch(actor, *tasks, *ids);
    const auto organization = actor.organization_id();
    const auto definitions = co_await find_definitions(tx, organization, batch.definition_names());
    check_executors(actor, *tasks, definitions);
    const auto made = co_await tx.query<sql::AddTasks>(batch.columns(definitions));
    std::vector<sql::FindTasksOfKeys::Row> known;
    if (made.size() < tasks->size())
        known = co_await tx.query<sql::FindTasksOfKeys>(
            {.organization_id = organization, .idempotency_keys = batch.keys()});
    batch.take(made, known);
    auto dependencies = batch.dependencies(*order);
    if (!dependencies.ordered.empty()) {
        const auto drafts = dependencies.ordered;
        co_await tx.query<sql::AddNewDependencies>(std::move(dependencies));
        std::unordered_map<Uuid, std::string> statuses;
        for (auto& row : co_await tx.query<sql::SubmitNewTasks>({.ids = drafts}))
            statuses.emplace(row.task_id, std::move(row.status));
        for (auto& added : batch.added())
            if (const auto found = statuses.find(added.id.uuid); found != statuses.end()) added.status = found->second;
    }
    co_return std::move(batch.added());
}

}  // namespace gsdb::tasks
