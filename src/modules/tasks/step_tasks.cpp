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

struct RunTasks {
    OrganizationId organization;
    Uuid execution;
    ProjectId project;
    std::int32_t attempts_max;
    std::chrono::seconds timeout;
};

Task<std::optional<Uuid>> find_task(pg::Transaction tx, OrganizationId organization, std::string key) {
    const auto found = co_await tx.query<sql::FindTasksOfKeys>(
        {.organization_id = organization, .idempotency_keys = {std::move(key)}});
    co_return found.empty() ? std::nullopt : std::optional(found[0].id);
}

Task<Uuid> find_made_task(pg::Transaction tx, OrganizationId organization, std::string key) {
    const auto found = co_await find_task(tx, organization, std::move(key));
    if (!found)
        throw Failure({.code = "tasks.changed_meanwhile",
                       .message = "a task was deleted meanwhile",
                       .detail = "",
                       .hint = "try again",
                       .exit_code = ExitCode::conflict});
    co_return *found;
}

Task<Uuid> add_step_task(pg::Transaction tx, RunTasks common, SavedStep step, Uuid parent, std::string key) {
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
    co_return co_await find_made_task(tx, common.organization, key);
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

Task<MadeTasks> make_tasks(pg::Transaction tx, RunTasks common, std::string title, std::string description,
                           std::vector<SavedStep> steps, std::vector<std::string> keys) {
    MadeTasks made;
    co_await tx.query<sql::AddMainTask>({.organization_id = common.organization,
                                         .task_id = Uuid::v7(SystemClock()),
                                         .title = cut(title, title_bytes_max),
                                         .description = description,
                                         .project_id = common.project,
                                         .execution_id = common.execution,
                                         .idempotency_key = keys[0]});
    made.main = co_await find_made_task(tx, common.organization, keys[0]);
    for (std::size_t i = 0; i < steps.size(); ++i)
        made.steps.push_back(co_await add_step_task(tx, common, steps[i], made.main, keys[i + 1]));
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (const auto before : steps[i].step.depends_on)
            co_await add_order(tx, common.organization, made.steps[i], made.steps[before]);
    co_return made;
}

Task<std::vector<StepTasks::Issue>> make_in(pg::Transaction tx, RunTasks common, Uuid decomposition, std::string title,
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

Task<> log_in(pg::Transaction tx, OrganizationId organization, Uuid task, std::int32_t attempt,
              std::vector<SaidLine> lines) {
    const auto last =
        co_await tx.query<sql::LastLogLine>({.organization_id = organization, .task_id = task, .attempt = attempt});
    sql::NoteLogLines::Params rows{.organization_id = organization};
    const auto now = SystemClock().now();
    auto number = last.line_number;
    for (auto& line : lines) {
        rows.task_ids.push_back(task);
        rows.attempts.push_back(attempt);
        rows.line_numbers.push_back(++number);
        rows.logged_at.push_back(now);
        rows.levels.push_back(std::move(line.level));
        rows.streams.push_back(std::move(line.stream));
        rows.messages.push_back(cut(line.message, message_bytes_max));
    }
    co_await tx.query<sql::NoteLogLines>(std::move(rows));
}

/// The tasks of a run's steps that stand so.
Task<std::vector<Uuid>> steps_in(pg::Transaction tx, OrganizationId organization, Uuid execution,
                                 std::string_view status) {
    std::vector<Uuid> found;
    for (const auto& row :
         co_await tx.query<sql::ListStepTasks>({.organization_id = organization, .execution_id = execution}))
        if (row.status == status) found.push_back(row.id);
    co_return found;
}

Task<> submit_in(pg::Transaction tx, OrganizationId organization, Uuid execution) {
    const auto drafts = co_await steps_in(tx, organization, execution, "draft");
    if (!drafts.empty()) co_await tx.query<sql::SubmitNewTasks>({.ids = drafts});
}

Task<> replay_in(pg::Transaction tx, OrganizationId organization, Uuid execution) {
    const auto dead = co_await steps_in(tx, organization, execution, "dead");
    if (!dead.empty()) co_await tx.query<sql::ReplayTasks>({.ids = dead});
}

Task<> finish_in(pg::Transaction tx, OrganizationId organization, std::string key) {
    if (const auto main = co_await find_task(tx, organization, std::move(key)))
        co_await tx.query<sql::FinishMainTask>({.organization_id = organization, .task_id = *main});
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
    const RunTasks common{.organization = organization_,
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

Task<std::optional<ClaimedStep>> StepTasks::claim(LeaseHolder holder) {
    const auto row = co_await database_.query<sql::ClaimStepTask>({.organization = organization_},
                                                                  {.organization_id = organization_,
                                                                   .execution_id = execution_,
                                                                   .worker_id = holder.worker_id.uuid,
                                                                   .worker_epoch = holder.epoch});
    if (!row) co_return std::nullopt;
    co_return ClaimedStep{.holder = std::move(holder),
                          .key = {organization_, {row->id}, row->attempts},
                          .step = row->decomposed_step_id.value()};
}

Task<bool> StepTasks::complete(ClaimedStep claimed, std::string output) {
    std::vector<CompletedAttempt> done(1, {.key = claimed.key, .output = std::move(output)});
    const auto counts = co_await Claims(database_).complete(claimed.holder, std::move(done));
    co_return counts.ended > 0;
}

Task<std::optional<std::string>> StepTasks::fail(ClaimedStep claimed, std::string error_class, std::string message,
                                                 std::chrono::microseconds pause) {
    std::vector<FailedAttempt> failed(1, {.key = claimed.key,
                                          .error_class = std::move(error_class),
                                          .error_message = cut(message, message_bytes_max),
                                          .pause = pause});
    auto outcomes = co_await Claims(database_).fail(claimed.holder, std::move(failed));
    if (outcomes.empty()) co_return std::nullopt;
    co_return std::move(outcomes[0].status);
}

Task<> StepTasks::take_back() {
    co_await database_.query<sql::TakeBackStepTasks>({.organization = organization_},
                                                     {.organization_id = organization_, .execution_id = execution_});
}

Task<> StepTasks::replay() {
    co_await database_.transaction({.organization = organization_},
                                   [&](auto& tx) { return replay_in(tx, organization_, execution_); });
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
    co_await database_.transaction({.organization = organization_},
                                   [&](auto& tx) { return finish_in(tx, organization_, key_of({})); });
}

Task<> StepTasks::cancel(std::string reason) {
    co_await database_.query<sql::CancelTasksOfExecution>(
        {.organization = organization_},
        {.reason = std::move(reason), .organization_id = organization_, .execution_id = execution_});
}

Task<> StepTasks::note_usage(Uuid worker, Uuid task, std::int32_t attempt, StepUsage usage) {
    co_await database_.query<sql::NoteUsage>({.organization = organization_},
                                             {.organization_id = organization_,
                                              .worker_id = worker,
                                              .task_ids = {task},
                                              .attempts = {attempt},
                                              .started_at = {usage.started_at},
                                              .finished_at = {usage.finished_at},
                                              .cpu_seconds = {usage.measured.cpu_seconds},
                                              .memory_peak_bytes = {usage.measured.memory_peak_bytes},
                                              .read_bytes = {usage.measured.read_bytes},
                                              .written_bytes = {usage.measured.written_bytes},
                                              .exit_codes = {usage.measured.exit_code.value_or(no_exit_code)},
                                              .error_classes = {usage.error_class}});
}

Task<> StepTasks::log(Uuid task, std::int32_t attempt, std::vector<SaidLine> lines) {
    if (lines.empty()) co_return;
    co_await database_.transaction({.organization = organization_},
                                   [&](auto& tx) { return log_in(tx, organization_, task, attempt, lines); });
}

Task<std::vector<SaidByStep>> StepTasks::said(SaidPlace after, std::optional<std::int32_t> step,
                                              std::int64_t lines_max) const {
    const Queue queue(database_);
    const auto me = identity::Actor::system(organization_);
    std::vector<SaidByStep> all;
    std::int32_t number = 0;
    for (const auto& task : co_await list()) {
        ++number;
        const auto left = lines_max - static_cast<std::int64_t>(all.size());
        if (number < after.step || (step && number != *step) || left <= 0) continue;
        const auto from = number == after.step ? after.line : LogPosition{};
        for (auto& line : value_or_throw(co_await queue.log(me, {task.id}, from, left)))
            all.push_back({.step = number, .line = std::move(line)});
    }
    co_return all;
}

}  // namespace gsdb::tasks
