#include "engine/run_document.hpp"

#include <fmt/format.h>

#include "base/or_null.hpp"
#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

json::value parsed(const std::optional<std::string>& text) {
    return text ? json::parse(*text) : json::value();
}

json::object validation_json(const workflows::Validation& validation) {
    return {{"stage", validation.stage},
            {"checkpoint", validation.checkpoint},
            {"validation", validation.key},
            {"status", validation.status},
            {"attempt", validation.attempt},
            {"is_blocking", validation.is_blocking},
            {"measured", or_null(validation.measured)},
            {"threshold", or_null(validation.threshold)},
            {"reason", or_null(validation.skip_reason)},
            {"findings", json::parse(validation.findings)}};
}

json::object merge_json(const workflows::Merge& merge) {
    return {{"source_branch", merge.source_branch},
            {"target_branch", merge.target_branch},
            {"status", merge.status},
            {"reason", or_null(merge.status_reason)},
            {"conflicts_returned", merge.conflicts_returned},
            {"commit", or_null(merge.merged_commit)}};
}

json::object operation_json(const workflows::Operation& operation) {
    return {{"kind", operation.kind},
            {"provider", operation.provider},
            {"type", operation.type},
            {"status", operation.status},
            {"attempts", operation.attempts},
            {"cost_usd", operation.cost_usd},
            {"error", or_null(operation.error_message)}};
}

json::object wait_json(const workflows::Wait& wait) {
    return {{"kind", wait.kind}, {"status", wait.status}, {"deadline_at", to_rfc3339(wait.deadline_at)}};
}

template <class Item>
json::array list_of(const std::vector<Item>& items, json::object (*convert)(const Item&)) {
    json::array list;
    for (const auto& item : items) list.push_back(convert(item));
    return list;
}

}  // namespace

Task<Result<RunDocument>> read_run(workflows::Executions executions, pg::Database<tasks::Database> tasks,
                                   identity::Actor actor, Uuid id) {
    auto execution = co_await executions.find(actor, id);
    if (!execution) co_return std::unexpected(execution.error());
    co_return RunDocument{
        .execution = std::move(*execution),
        .stages = value_or_throw(co_await executions.stages(actor, id)),
        .steps = co_await tasks::StepTasks(tasks, actor.organization_id(), id).list(),
        .validations = value_or_throw(co_await executions.validations(actor, id)),
        .merges = value_or_throw(co_await executions.merges(actor, id)),
        .operations = value_or_throw(co_await executions.operations(actor, id)),
        .transitions = value_or_throw(co_await executions.transitions(actor, id)),
        .waits = value_or_throw(co_await executions.waits(actor, id)),
    };
}

std::string summary_of(const workflows::Stage& stage) {
    if (stage.error_message) return stage.error_message->substr(0, stage.error_message->find('\n'));
    if (!stage.output) return "";
    return text_in(json::parse(*stage.output).as_object(), "summary");
}

json::object to_json(const workflows::ExecutionLine& line) {
    return {{"id", to_string(line.id)},
            {"name", line.name},
            {"status", line.status},
            {"reason", or_null(line.status_reason)},
            {"repository", or_null(line.repository)},
            {"stage", or_null(line.stage)},
            {"place", line.place},
            {"stages", line.stages},
            {"started_at", to_rfc3339(line.started_at)},
            {"finished_at", or_null(line.finished_at)}};
}

json::object to_json(const workflows::Stage& stage) {
    return {{"stage", stage.key},
            {"name", stage.name},
            {"status", or_null(stage.status)},
            {"attempt", or_null(stage.attempt)},
            {"started_at", or_null(stage.started_at)},
            {"deadline_at", or_null(stage.deadline_at)},
            {"finished_at", or_null(stage.finished_at)},
            {"error", or_null(stage.error_message)},
            {"output", parsed(stage.output)}};
}

json::object to_json(const workflows::Transition& transition) {
    return {{"at", to_rfc3339(transition.occurred_at)},
            {"kind", transition.kind},
            {"stage", or_null(transition.stage)},
            {"reason", transition.reason},
            {"actor", transition.actor}};
}

json::object to_json(int number, const tasks::StepTask& step) {
    return {{"step", number},
            {"task", to_string(step.id)},
            {"title", step.title},
            {"status", step.status},
            {"attempts", step.attempts},
            {"error_class", or_null(step.error_class)},
            {"error", or_null(step.error_message)},
            {"output", json::parse(step.output)},
            {"started_at", or_null(step.started_at)},
            {"finished_at", or_null(step.finished_at)}};
}

json::object to_json(const tasks::SaidByStep& said) {
    return {{"step", said.step},
            {"attempt", said.line.position.attempt},
            {"at", to_rfc3339(said.line.logged_at)},
            {"stream", said.line.stream},
            {"message", said.line.message}};
}

json::object RunDocument::to_json() const {
    json::array step_list;
    for (std::size_t i = 0; i < steps.size(); ++i)
        step_list.push_back(engine::to_json(static_cast<int>(i) + 1, steps[i]));
    return {{"id", to_string(execution.id)},
            {"name", execution.name},
            {"status", execution.status},
            {"reason", or_null(execution.status_reason)},
            {"template", fmt::format("{} {}", execution.template_slug, execution.template_version)},
            {"base_branch", execution.base_branch},
            {"dev_branch", or_null(execution.dev_branch)},
            {"started_at", to_rfc3339(execution.started_at)},
            {"finished_at", or_null(execution.finished_at)},
            {"stages", list_of<workflows::Stage>(stages, engine::to_json)},
            {"steps", std::move(step_list)},
            {"validations", list_of(validations, validation_json)},
            {"merges", list_of(merges, merge_json)},
            {"operations", list_of(operations, operation_json)},
            {"waits", list_of(waits, wait_json)},
            {"history", list_of<workflows::Transition>(transitions, engine::to_json)}};
}

}  // namespace gsdb::engine
