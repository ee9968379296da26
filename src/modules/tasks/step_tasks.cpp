#include "modules/tasks/step_tasks.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

constexpr std::size_t title_bytes_max = 480;
constexpr std::size_t message_bytes_max = 60'000;

std::string cut(const std::string& text, std::size_t bytes_max) {
    return std::string(utf8_beginning(text, bytes_max));
}

std::string description_of(const PlannedStep& step) {
    auto text = step.description;
    for (const auto& criterion : step.acceptance_criteria) text += "\n- [ ] " + criterion;
    return text;
}

struct NewTask {
    OrganizationId organization;
    Uuid execution;
    ProjectId project;
    std::int32_t attempts_max;
    std::chrono::seconds timeout;
};

Task<Uuid> find_task(pg::Transaction tx, OrganizationId organization, std::string key) {
    const auto found =
        co_await tx.query<sql::FindTaskByKey>({.organization_id = organization, .idempotency_key = std::move(key)});
    if (!found)
        throw Failure({.code = "tasks.changed_meanwhile",
                       .message = "a task was deleted meanwhile",
                       .detail = "",
                       .hint = "try again",
                       .exit_code = ExitCode::conflict});
    co_return found->id;
}

Task<Uuid> add_step_task(pg::Transaction tx, NewTask common, SavedStep step, Uuid parent, std::string key) {
    const auto id = Uuid::v7(SystemClock());
    co_await tx.query<sql::AddStepTask>({.organization_id = common.organization,
                                         .task_id = id,
                                         .title = cut(step.step.name, title_bytes_max),
                                         .description = description_of(step.step),
                                         .project_id = common.project,
                                         .execution_id = common.execution,
                                         .decomposed_step_id = step.id,
                                         .parent_id = parent,
                                         .idempotency_key = key,
                                         .attempts_max = common.attempts_max,
                                         .timeout_seconds = static_cast<std::int32_t>(common.timeout.count())});
    co_return co_await find_task(tx, common.organization, key);
}

Task<> add_order(pg::Transaction tx, OrganizationId organization, Uuid task, Uuid before) {
    const auto known = co_await tx.query<sql::HasDependency>(
        {.organization_id = organization, .source_task_id = task, .target_task_id = before});
    if (!known) co_await tx.query<sql::StepTaskDependsOn>({.source_task_id = task, .target_task_id = before});
}

struct MadeTasks {
    Uuid main;
    std::vector<Uuid> steps;
};

Task<MadeTasks> make_tasks(pg::Transaction tx, NewTask common, std::string title, std::string description,
                           std::vector<SavedStep> steps, std::vector<std::string> keys) {
    MadeTasks made;
    co_await tx.query<sql::AddMainTask>({.organization_id = common.organization,
                                         .task_id = Uuid::v7(SystemClock()),
                                         .title = cut(title, title_bytes_max),
                                         .description = description,
                                         .project_id = common.project,
                                         .execution_id = common.execution,
                                         .idempotency_key = keys[0]});
    made.main = co_await find_task(tx, common.organization, keys[0]);
    for (std::size_t i = 0; i < steps.size(); ++i)
        made.steps.push_back(co_await add_step_task(tx, common, steps[i], made.main, keys[i + 1]));
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (const auto before : steps[i].step.depends_on)
            co_await add_order(tx, common.organization, made.steps[i], made.steps[before]);
    co_return made;
}

Task<std::vector<StepTasks::Issue>> make_in(pg::Transaction tx, NewTask common, Uuid decomposition, std::string title,
                                            std::string description, std::vector<SavedStep> steps,
                                            std::vector<std::string> keys) {
    const auto made = co_await make_tasks(tx, common, title, description, steps, std::move(keys));
    std::vector<StepTasks::Issue> issues{{.key = to_string(made.main), .step_number = std::nullopt}};
    co_await tx.query<sql::NameMainIssue>({.issue_provider = "builtin",
                                           .issue_key = issues[0].key,
                                           .issue_url = std::nullopt,
                                           .organization_id = common.organization,
                                           .decomposition_id = decomposition});
    for (std::size_t i = 0; i < steps.size(); ++i) {
        issues.push_back({.key = to_string(made.steps[i]), .step_number = steps[i].number});
        co_await tx.query<sql::NameStepIssue>({.issue_provider = "builtin",
                                               .issue_key = issues.back().key,
                                               .issue_url = std::nullopt,
                                               .organization_id = common.organization,
                                               .step_id = steps[i].id});
    }
    co_return issues;
}

Task<bool> complete_in(pg::Transaction tx, OrganizationId organization, WorkerKey worker, Uuid task,
                       std::string output) {
    const auto changed = co_await tx.query<sql::CompleteStepTask>({.output = pg::Json{std::move(output)},
                                                                   .organization_id = organization,
                                                                   .task_id = task,
                                                                   .worker_id = worker.id,
                                                                   .worker_epoch = worker.epoch});
    if (changed == 0) co_return false;
    co_await tx.query<sql::SettleDependencies>({.task_ids = {task}});
    co_return true;
}

Task<> log_in(pg::Transaction tx, OrganizationId organization, Uuid task, std::int32_t attempt,
              std::vector<SaidLine> lines) {
    const auto last =
        co_await tx.query<sql::LastLogLine>({.organization_id = organization, .task_id = task, .attempt = attempt});
    sql::AddLogLines::Params rows{.organization_id = organization, .task_id = task, .attempt = attempt};
    auto number = last.line_number;
    for (auto& line : lines) {
        rows.numbers.push_back(++number);
        rows.levels.push_back(std::move(line.level));
        rows.streams.push_back(std::move(line.stream));
        rows.messages.push_back(cut(line.message, message_bytes_max));
    }
    co_await tx.query<sql::AddLogLines>(std::move(rows));
}

Task<> submit_in(pg::Transaction tx, OrganizationId organization, Uuid execution) {
    std::vector<Uuid> drafts;
    for (const auto& row :
         co_await tx.query<sql::ListStepTasks>({.organization_id = organization, .execution_id = execution}))
        if (row.status == "draft") drafts.push_back(row.id);
    if (!drafts.empty()) co_await tx.query<sql::SubmitDrafts>({.task_ids = drafts});
}

}  // namespace

std::string StepTasks::key_of(std::optional<std::int32_t> step_number) const {
    return step_number ? fmt::format("workflow/{}/step/{}", to_string(execution_), *step_number)
                       : fmt::format("workflow/{}/main", to_string(execution_));
}

Task<std::vector<StepTasks::Issue>> StepTasks::make(ProjectId project, Uuid decomposition, std::string title,
                                                    std::string description, std::vector<SavedStep> steps,
                                                    std::int32_t attempts_max, std::chrono::seconds timeout) {
    std::vector<std::string> keys{key_of({})};
    for (const auto& step : steps) keys.push_back(key_of(step.number));
    const NewTask common{.organization = organization_,
                         .execution = execution_,
                         .project = project,
                         .attempts_max = attempts_max,
                         .timeout = timeout};
    co_return co_await database_.transaction({.organization = organization_}, [&](auto& tx) {
        return make_in(tx, common, decomposition, title, description, steps, keys);
    });
}

Task<> StepTasks::submit() {
    co_await database_.transaction({.organization = organization_},
                                   [&](auto& tx) { return submit_in(tx, organization_, execution_); });
}

Task<std::optional<ClaimedStep>> StepTasks::claim(WorkerKey worker) {
    const auto row =
        co_await database_.query<sql::ClaimStepTask>({.organization = organization_}, {.organization_id = organization_,
                                                                                       .execution_id = execution_,
                                                                                       .worker_id = worker.id,
                                                                                       .worker_epoch = worker.epoch});
    if (!row) co_return std::nullopt;
    co_return ClaimedStep{.task = row->id,
                          .step = row->decomposed_step_id.value(),
                          .attempt = row->attempts,
                          .attempts_max = row->attempts_max,
                          .timeout = std::chrono::seconds(row->timeout_seconds)};
}

Task<bool> StepTasks::complete(WorkerKey worker, Uuid task, std::string output) {
    co_return co_await database_.transaction({.organization = organization_}, [&](auto& tx) {
        return complete_in(tx, organization_, worker, task, output);
    });
}

Task<std::optional<std::string>> StepTasks::fail(WorkerKey worker, Uuid task, std::string error_class,
                                                 std::string message, std::chrono::seconds pause) {
    auto row = co_await database_.query<sql::FailStepTask>({.organization = organization_},
                                                           {.pause = pause,
                                                            .error_class = std::move(error_class),
                                                            .error_message = cut(message, message_bytes_max),
                                                            .organization_id = organization_,
                                                            .task_id = task,
                                                            .worker_id = worker.id,
                                                            .worker_epoch = worker.epoch});
    if (!row) co_return std::nullopt;
    co_return std::move(row->status);
}

Task<> StepTasks::take_back() {
    co_await database_.query<sql::TakeBackStepTasks>({.organization = organization_},
                                                     {.organization_id = organization_, .execution_id = execution_});
}

Task<> StepTasks::replay() {
    co_await database_.query<sql::ReplayStepTasks>({.organization = organization_},
                                                   {.organization_id = organization_, .execution_id = execution_});
}

Task<std::vector<StepTask>> StepTasks::list() const {
    std::vector<StepTask> all;
    for (auto& row :
         co_await database_.query<sql::ListStepTasks>({.organization = organization_, .access = pg::Access::read_only},
                                                      {.organization_id = organization_, .execution_id = execution_}))
        all.push_back({.id = row.id,
                       .step = row.decomposed_step_id,
                       .title = std::move(row.title),
                       .status = std::move(row.status),
                       .attempts = row.attempts,
                       .attempts_max = row.attempts_max,
                       .error_class = std::move(row.error_class),
                       .error_message = std::move(row.error_message),
                       .output = std::move(row.output.text),
                       .run_at = row.run_at,
                       .started_at = row.started_at,
                       .finished_at = row.finished_at});
    co_return all;
}

Task<> StepTasks::finish() {
    const auto main =
        co_await database_.query<sql::FindTaskByKey>({.organization = organization_, .access = pg::Access::read_only},
                                                     {.organization_id = organization_, .idempotency_key = key_of({})});
    if (main)
        co_await database_.query<sql::FinishMainTask>({.organization = organization_},
                                                      {.organization_id = organization_, .task_id = main->id});
}

Task<> StepTasks::cancel(std::string reason) {
    co_await database_.query<sql::CancelTasksOfExecution>(
        {.organization = organization_},
        {.reason = std::move(reason), .organization_id = organization_, .execution_id = execution_});
}

Task<> StepTasks::note_usage(WorkerKey worker, Uuid task, std::int32_t attempt, AttemptUsage usage) {
    co_await database_.query<sql::AddTaskUsage>({.organization = organization_},
                                                {.organization_id = organization_,
                                                 .task_id = task,
                                                 .attempt = attempt,
                                                 .worker_id = worker.id,
                                                 .started_at = usage.started_at,
                                                 .finished_at = usage.finished_at,
                                                 .cpu_seconds = usage.cpu_seconds,
                                                 .memory_peak_bytes = usage.memory_peak_bytes,
                                                 .read_bytes = usage.read_bytes,
                                                 .written_bytes = usage.written_bytes,
                                                 .exit_code = usage.exit_code,
                                                 .error_class = std::move(usage.error_class)});
}

Task<> StepTasks::log(Uuid task, std::int32_t attempt, std::vector<SaidLine> lines) {
    if (lines.empty()) co_return;
    co_await database_.transaction({.organization = organization_},
                                   [&](auto& tx) { return log_in(tx, organization_, task, attempt, lines); });
}

Task<std::vector<ReadLine>> StepTasks::read_log(Uuid task, std::int32_t after_attempt, std::int64_t after_line) const {
    std::vector<ReadLine> lines;
    for (auto& row : co_await database_.query<sql::ReadLogLines>(
             {.organization = organization_, .access = pg::Access::read_only}, {.organization_id = organization_,
                                                                                .task_id = task,
                                                                                .after_attempt = after_attempt,
                                                                                .after_line = after_line,
                                                                                .rows_max = 1000}))
        lines.push_back({.attempt = row.attempt,
                         .number = row.line_number,
                         .logged_at = row.logged_at,
                         .level = std::move(row.level),
                         .stream = std::move(row.stream),
                         .message = std::move(row.message)});
    co_return lines;
}

}  // namespace gsdb::tasks
