#include "modules/workflows/executions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "modules/workflows/queries.hpp"
#include "modules/workflows/refusals.hpp"

namespace gsdb::workflows {

namespace json = boost::json;

namespace {

constexpr identity::Permission reading{.area = "workflows", .access = identity::Access::read};
constexpr identity::Permission writing{.area = "workflows", .access = identity::Access::write};

std::unexpected<Error> unknown(const std::string& id) {
    return std::unexpected(Error{.code = "workflows.execution_unknown",
                                 .message = fmt::format("there is no run {}", id),
                                 .detail = "",
                                 .hint = "gsdb workflow list and GET /api/v1/workflows show which there are",
                                 .exit_code = ExitCode::not_found});
}

pg::TransactionOptions read_only(const Actor& actor) {
    return {.organization = actor.organization_id(), .access = pg::Access::read_only};
}

Execution execution_of(sql::FindExecution::Row row) {
    return {.id = row.id,
            .name = std::move(row.name),
            .status = std::move(row.status),
            .status_reason = std::move(row.status_reason),
            .priority = std::move(row.priority),
            .project = row.project_id,
            .repository = row.repository_id,
            .requirement = row.requirement_id,
            .base_branch = std::move(row.base_branch),
            .dev_branch = std::move(row.dev_branch),
            .parameters = std::move(row.parameters.text),
            .template_slug = std::move(row.template_),
            .template_version = row.template_version,
            .started_at = row.started_at,
            .paused_at = row.paused_at,
            .finished_at = row.finished_at};
}

Task<> note(pg::Transaction tx, std::string action, Uuid id, json::object details) {
    co_await tx.query<sql::NoteChange>({.action = std::move(action),
                                        .subject_kind = "workflows.workflow_executions",
                                        .subject_id = to_string(id),
                                        .details = {json::serialize(details)}});
}

Task<Uuid> start_in(pg::Transaction tx, Actor actor, NewExecution wanted) {
    const auto organization = actor.organization_id();
    const auto user = actor.user_id();
    co_await identity::sign(tx, std::move(actor));
    std::optional<Uuid> template_id;
    if (!wanted.template_slug.empty()) {
        const auto found =
            co_await tx.query<sql::FindTemplate>({.organization_id = organization, .slug = wanted.template_slug});
        if (!found)
            throw Failure({.code = "workflows.template_unknown",
                           .message = fmt::format("there is no template {} in use", wanted.template_slug),
                           .detail = "",
                           .hint = "leave it out for the default one",
                           .exit_code = ExitCode::not_found});
        template_id = found->id;
    }
    const auto started = co_await tx.query<sql::StartExecution>({.project_id = wanted.project,
                                                                 .repository_id = wanted.repository,
                                                                 .name = wanted.name,
                                                                 .template_id = template_id,
                                                                 .base_branch = wanted.base_branch,
                                                                 .parameters = pg::Json{wanted.parameters},
                                                                 .priority = wanted.priority,
                                                                 .idempotency_key = wanted.idempotency_key,
                                                                 .created_by = user});
    co_await note(tx, "started", started.id, {{"name", wanted.name}});
    co_return started.id;
}

/// One signed statement on a run, with its entry in the audit log.
template <class Query>
Task<pg::Answer<Query>> change_in(pg::Transaction tx, Actor actor, std::string action, Uuid id, std::string reason,
                                  typename Query::Params params) {
    co_await identity::sign(tx, std::move(actor));
    auto answer = co_await tx.query<Query>(std::move(params));
    co_await note(tx, std::move(action), id, {{"reason", reason}});
    co_return answer;
}

template <class Query>
Task<Result<pg::Answer<Query>>> change(pg::Database<Database> database, Actor actor, std::string action, Uuid id,
                                       std::string reason, typename Query::Params params) {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database.transaction(actor.transaction(),
                             [&](auto& tx) { return change_in<Query>(tx, actor, action, id, reason, params); }),
        refusals);
}

}  // namespace

Task<Result<Uuid>> Executions::start(Actor actor, NewExecution execution) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    try {
        co_return co_await identity::with_refusals(
            database_.transaction(actor.transaction(), [&](auto& tx) { return start_in(tx, actor, execution); }),
            refusals);
    } catch (const Failure& failure) {
        if (failure.error().code != "workflows.template_unknown") throw;
        co_return std::unexpected(failure.error());
    }
}

Task<Result<Execution>> Executions::find(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto row = co_await database_.query<sql::FindExecution>(
        read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id});
    if (!row) co_return unknown(to_string(id));
    co_return execution_of(std::move(*row));
}

Task<Result<Execution>> Executions::find(Actor actor, std::string id) const {
    if (const auto whole = Uuid::parse(id)) co_return co_await find(actor, *whole);
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    constexpr std::size_t digits_min = 4;
    if (id.size() < digits_min) co_return unknown(id);
    const auto found = co_await database_.query<sql::ExecutionsByEnding>(
        read_only(actor), {.organization_id = actor.organization_id(), .ending = id});
    if (found.size() > 1)
        co_return std::unexpected(Error{.code = "workflows.ambiguous_execution",
                                        .message = fmt::format("several runs have ids that end in {}", id),
                                        .detail = "",
                                        .hint = "give more of the id",
                                        .exit_code = ExitCode::usage});
    if (found.empty()) co_return unknown(id);
    co_return co_await find(std::move(actor), found.front().id);
}

Task<Result<std::vector<ExecutionLine>>> Executions::list(Actor actor, std::optional<Uuid> before,
                                                          std::int64_t page_size) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<ExecutionLine> lines;
    for (auto& row : co_await database_.query<sql::ListExecutions>(
             read_only(actor),
             {.organization_id = actor.organization_id(), .before_id = before, .page_size = page_size}))
        lines.push_back({.id = row.id,
                         .name = std::move(row.name),
                         .status = std::move(row.status),
                         .status_reason = std::move(row.status_reason),
                         .repository = std::move(row.repository),
                         .stage = std::move(row.stage_key),
                         .place = row.place.value_or(0),
                         .stages = row.stages.value_or(0),
                         .started_at = row.started_at,
                         .finished_at = row.finished_at});
    co_return lines;
}

Task<Result<std::vector<Stage>>> Executions::stages(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Stage> stages;
    for (auto& row : co_await database_.query<sql::ListStages>(
             read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id}))
        stages.push_back({.position = row.position,
                          .key = std::move(row.stage_key),
                          .name = std::move(row.name),
                          .attempts_max = row.attempts_max,
                          .execution_id = row.stage_execution_id,
                          .attempt = row.attempt,
                          .status = std::move(row.status),
                          .error_message = std::move(row.error_message),
                          .output = row.output ? std::optional(std::move(row.output->text)) : std::nullopt,
                          .started_at = row.started_at,
                          .deadline_at = row.deadline_at,
                          .finished_at = row.finished_at});
    co_return stages;
}

Task<Result<std::vector<Transition>>> Executions::transitions(Actor actor, Uuid id, std::optional<Uuid> after) const {
    constexpr std::int64_t page_size = 1000;
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Transition> all;
    for (auto& row :
         co_await database_.query<sql::ListTransitions>(read_only(actor), {.organization_id = actor.organization_id(),
                                                                           .execution_id = id,
                                                                           .after_id = after,
                                                                           .page_size = page_size}))
        all.push_back({.id = row.id,
                       .occurred_at = row.occurred_at,
                       .kind = std::move(row.kind),
                       .status = std::move(row.status),
                       .stage = std::move(row.stage_key),
                       .reason = std::move(row.reason),
                       .actor = std::move(row.actor)});
    co_return all;
}

Task<Result<std::vector<Validation>>> Executions::validations(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    const auto text = [](std::optional<pg::Numeric> figure) {
        return figure ? std::optional(std::move(figure->text)) : std::nullopt;
    };
    std::vector<Validation> all;
    for (auto& row : co_await database_.query<sql::ListValidations>(
             read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id}))
        all.push_back({.stage = std::move(row.stage_key),
                       .checkpoint = std::move(row.checkpoint),
                       .key = std::move(row.validation_key),
                       .attempt = row.attempt,
                       .is_blocking = row.is_blocking,
                       .comparison = std::move(row.comparison),
                       .threshold = text(std::move(row.threshold)),
                       .measured = text(std::move(row.measured_value)),
                       .status = std::move(row.status),
                       .findings = std::move(row.findings.text),
                       .skip_reason = std::move(row.skip_reason)});
    co_return all;
}

Task<Result<std::vector<Operation>>> Executions::operations(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Operation> all;
    for (auto& row : co_await database_.query<sql::ListOperations>(
             read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id}))
        all.push_back({.kind = std::move(row.kind),
                       .provider = std::move(row.provider),
                       .type = std::move(row.operation_type),
                       .status = std::move(row.status),
                       .outcome = std::move(row.outcome),
                       .error_message = std::move(row.error_message),
                       .attempts = row.attempts,
                       .latency_ms = row.latency_ms,
                       .cost_usd = std::move(row.cost_usd.text),
                       .created_at = row.created_at});
    co_return all;
}

Task<Result<std::vector<Wait>>> Executions::waits(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Wait> all;
    for (auto& row : co_await database_.query<sql::ListWaits>(
             read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id}))
        all.push_back({.step = std::move(row.step_key),
                       .kind = std::move(row.kind),
                       .correlation_key = std::move(row.correlation_key),
                       .status = std::move(row.status),
                       .deadline_at = row.deadline_at});
    co_return all;
}

Task<Result<std::vector<Merge>>> Executions::merges(Actor actor, Uuid id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Merge> all;
    for (auto& row : co_await database_.query<sql::ListMerges>(
             read_only(actor), {.organization_id = actor.organization_id(), .execution_id = id}))
        all.push_back({.id = row.id,
                       .source_branch = std::move(row.source_branch),
                       .target_branch = std::move(row.target_branch),
                       .head_commit = std::move(row.head_commit),
                       .status = std::move(row.status),
                       .status_reason = std::move(row.status_reason),
                       .conflicts_returned = row.conflicts_returned,
                       .merged_commit = std::move(row.merged_commit)});
    co_return all;
}

Task<Result<void>> Executions::pause(Actor actor, Uuid id, std::string reason) const {
    auto done = co_await change<sql::PauseExecution>(database_, std::move(actor), "paused", id, reason,
                                                     {.execution_id = id, .reason = reason});
    co_return done ? Result<void>{} : std::unexpected(done.error());
}

Task<Result<void>> Executions::resume(Actor actor, Uuid id, std::string reason) const {
    auto done = co_await change<sql::ResumeExecution>(database_, std::move(actor), "resumed", id, reason,
                                                      {.execution_id = id, .reason = reason});
    co_return done ? Result<void>{} : std::unexpected(done.error());
}

Task<Result<void>> Executions::cancel(Actor actor, Uuid id, std::string reason) const {
    auto done = co_await change<sql::CancelExecution>(database_, std::move(actor), "cancelled", id, reason,
                                                      {.execution_id = id, .reason = reason});
    co_return done ? Result<void>{} : std::unexpected(done.error());
}

Task<Result<std::int32_t>> Executions::retry(Actor actor, Uuid id, std::string reason) const {
    auto done = co_await change<sql::RetryStage>(database_, std::move(actor), "retried", id, reason,
                                                 {.execution_id = id, .reason = reason, .beyond_limit = true});
    if (!done) co_return std::unexpected(done.error());
    co_return done->attempt;
}

Task<Result<void>> Executions::approve(Actor actor, Uuid id, std::string comment) const {
    const auto answer = json::serialize(json::object{{"approved_by", actor.name()}, {"comment", comment}});
    const auto answered =
        co_await change<sql::AnswerWaits>(database_, std::move(actor), "approved", id, comment,
                                          {.correlation_key = approval_key(id), .answer = pg::Json{answer}});
    if (!answered) co_return std::unexpected(answered.error());
    if (answered->empty())
        co_return std::unexpected(Error{.code = "workflows.nothing_to_approve",
                                        .message = fmt::format("run {} waits for nobody's consent", to_string(id)),
                                        .detail = "",
                                        .hint = "gsdb workflow show tells what it waits for",
                                        .exit_code = ExitCode::conflict});
    co_return Result<void>{};
}

std::string short_id(Uuid execution) {
    const auto text = to_string(execution);
    return text.substr(text.size() - 12);
}

std::string approval_key(Uuid execution) {
    return "approval/" + to_string(execution);
}

namespace {

template <class Query>
Task<std::vector<ExecutionKey>> keys_of(pg::Database<Database> database) {
    std::vector<ExecutionKey> keys;
    for (const auto& row : co_await database.query<Query>({}, {}))
        keys.push_back({.organization = row.organization_id, .execution = row.execution_id});
    co_return keys;
}

}  // namespace

Task<std::vector<ExecutionKey>> running_executions(pg::Database<Database> database) {
    return keys_of<sql::RunningExecutions>(std::move(database));
}

Task<std::vector<ExecutionKey>> executions_to_clean_up(pg::Database<Database> database) {
    return keys_of<sql::ExecutionsToCleanUp>(std::move(database));
}

Task<std::vector<ToldTransition>> untold_transitions(pg::Database<Database> database) {
    std::vector<ToldTransition> untold;
    for (auto& row : co_await database.query<sql::UntoldTransitions>({}, {}))
        untold.push_back({.run = {.organization = row.organization_id, .execution = row.execution_id},
                          .run_name = std::move(row.execution_name),
                          .transition = {.id = row.transition_id,
                                         .occurred_at = row.occurred_at,
                                         .kind = std::move(row.kind),
                                         .status = std::move(row.status),
                                         .stage = std::move(row.stage_key),
                                         .reason = std::move(row.reason),
                                         .actor = std::move(row.actor)}});
    co_return untold;
}

Task<> note_told(pg::Database<Database> database, ExecutionKey run, Uuid transition) {
    co_await database.query<sql::NoteTold>({.organization = run.organization},
                                           {.execution_id = run.execution, .transition_id = transition});
}

}  // namespace gsdb::workflows
