#include "app/commands/workflow_text.hpp"

#include <fmt/format.h>

#include "app/commands/event_commands.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"

namespace gsdb::app {

namespace {

std::string seconds_between(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
    if (!from || !to) return "";
    return format_seconds(std::chrono::duration<double>(*to - *from).count());
}

std::string summary_of(const workflows::Stage& stage) {
    if (stage.error_message) return stage.error_message->substr(0, stage.error_message->find('\n'));
    if (!stage.output) return "";
    const auto output = json::parse(*stage.output);
    const auto* summary = output.as_object().if_contains("summary");
    return summary != nullptr ? std::string(summary->as_string()) : "";
}

json::value parsed(const std::optional<std::string>& text) {
    return text ? json::parse(*text) : json::value();
}

json::object stage_json(const workflows::Stage& stage) {
    return {{"stage", stage.key},
            {"name", stage.name},
            {"status", or_null(stage.status)},
            {"attempt", stage.attempt ? json::value(*stage.attempt) : json::value()},
            {"started_at", time_json(stage.started_at)},
            {"deadline_at", time_json(stage.deadline_at)},
            {"finished_at", time_json(stage.finished_at)},
            {"error", or_null(stage.error_message)},
            {"output", parsed(stage.output)}};
}

json::object step_json(int number, const tasks::StepTask& step) {
    return {{"step", number},
            {"task", to_string(step.id)},
            {"title", step.title},
            {"status", step.status},
            {"attempts", step.attempts},
            {"error_class", or_null(step.error_class)},
            {"error", or_null(step.error_message)},
            {"output", json::parse(step.output)},
            {"started_at", time_json(step.started_at)},
            {"finished_at", time_json(step.finished_at)}};
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

template <class Item>
json::array list_of(const std::vector<Item>& items, auto convert) {
    json::array list;
    for (const auto& item : items) list.push_back(convert(item));
    return list;
}

}  // namespace

RunDocument read_run(const workflows::Executions& executions, const pg::Database<tasks::Database>& tasks, Uuid id) {
    const auto me = person_at_the_command_line();
    return {.execution = value_or_throw(run_task(executions.find(me, id))),
            .stages = value_or_throw(run_task(executions.stages(me, id))),
            .steps = run_task(tasks::StepTasks(tasks, default_organization(), id).list()),
            .validations = value_or_throw(run_task(executions.validations(me, id))),
            .merges = value_or_throw(run_task(executions.merges(me, id))),
            .operations = value_or_throw(run_task(executions.operations(me, id))),
            .transitions = value_or_throw(run_task(executions.transitions(me, id))),
            .waits = value_or_throw(run_task(executions.waits(me, id)))};
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
            {"finished_at", time_json(line.finished_at)}};
}

json::object RunDocument::to_json() const {
    json::array step_list;
    for (std::size_t i = 0; i < steps.size(); ++i) step_list.push_back(step_json(static_cast<int>(i) + 1, steps[i]));
    return {{"id", to_string(execution.id)},
            {"name", execution.name},
            {"status", execution.status},
            {"reason", or_null(execution.status_reason)},
            {"template", fmt::format("{} {}", execution.template_slug, execution.template_version)},
            {"base_branch", execution.base_branch},
            {"dev_branch", or_null(execution.dev_branch)},
            {"started_at", to_rfc3339(execution.started_at)},
            {"finished_at", time_json(execution.finished_at)},
            {"stages", list_of(stages, stage_json)},
            {"steps", std::move(step_list)},
            {"validations", list_of(validations, validation_json)},
            {"merges", list_of(merges,
                               [](const workflows::Merge& m) {
                                   return json::object{{"source_branch", m.source_branch},
                                                       {"target_branch", m.target_branch},
                                                       {"status", m.status},
                                                       {"reason", or_null(m.status_reason)},
                                                       {"conflicts_returned", m.conflicts_returned},
                                                       {"commit", or_null(m.merged_commit)}};
                               })},
            {"operations", list_of(operations,
                                   [](const workflows::Operation& o) {
                                       return json::object{{"kind", o.kind},
                                                           {"provider", o.provider},
                                                           {"type", o.type},
                                                           {"status", o.status},
                                                           {"attempts", o.attempts},
                                                           {"cost_usd", o.cost_usd},
                                                           {"error", or_null(o.error_message)}};
                                   })},
            {"waits", list_of(waits,
                              [](const workflows::Wait& w) {
                                  return json::object{{"kind", w.kind},
                                                      {"status", w.status},
                                                      {"deadline_at", to_rfc3339(w.deadline_at)}};
                              })},
            {"history", list_of(transitions, [](const workflows::Transition& t) {
                 return json::object{{"at", to_rfc3339(t.occurred_at)},
                                     {"kind", t.kind},
                                     {"stage", or_null(t.stage)},
                                     {"reason", t.reason},
                                     {"actor", t.actor}};
             })}};
}

std::string RunDocument::text() const {
    auto text = fmt::format("{}: {}\n{}, from {} into {}\n", to_string(execution.id), execution.name, execution.status,
                            execution.base_branch, execution.dev_branch.value_or("(none yet)"));
    if (execution.status_reason) text += fmt::format("because {}\n", *execution.status_reason);
    Table stage_table({"stage", "status", "attempt", "took", ""});
    for (const auto& stage : stages)
        stage_table.add({stage.name, stage.status.value_or("-"), stage.attempt ? std::to_string(*stage.attempt) : "",
                         seconds_between(stage.started_at, stage.finished_at), summary_of(stage)});
    text += "\n" + stage_table.text();
    if (!steps.empty()) {
        Table step_table({"step", "title", "status", "attempts", "took", ""});
        for (std::size_t i = 0; i < steps.size(); ++i)
            step_table.add({std::to_string(i + 1), steps[i].title, steps[i].status, std::to_string(steps[i].attempts),
                            seconds_between(steps[i].started_at, steps[i].finished_at),
                            steps[i].error_class.value_or("")});
        text += "\n" + step_table.text();
    }
    if (!validations.empty()) {
        Table table({"validation", "stage", "result", ""});
        for (const auto& v : validations) table.add({v.key, v.stage, v.status, v.skip_reason.value_or("")});
        text += "\n" + table.text();
    }
    if (!merges.empty()) {
        Table table({"branch", "into", "status", "conflicts", "commit"});
        for (const auto& m : merges)
            table.add({m.source_branch, m.target_branch, m.status, std::to_string(m.conflicts_returned),
                       m.merged_commit.value_or("").substr(0, 12)});
        text += "\n" + table.text();
    }
    return text;
}

std::string RunDocument::closing_text() const {
    auto text = fmt::format("run {}: {}", workflows::short_id(execution.id), execution.status);
    if (execution.status_reason) text += fmt::format("\n{}", *execution.status_reason);
    if (execution.status == "completed" && !stages.empty()) text += fmt::format("; {}", summary_of(stages.back()));
    text += "\n";
    if (execution.status == "running") text += "gsdb workflow resume goes on with it\n";
    if (execution.status == "failed") text += "gsdb workflow logs tells what the agents said; retry tries it again\n";
    if (execution.status == "paused") text += "gsdb workflow resume goes on with it\n";
    return text;
}

// ---- while it goes ----------------------------------------------------------------------------------------------

engine::OnNews RunPrinter::listener() {
    return [this](const engine::News& news) { print(news); };
}

void RunPrinter::print(const engine::News& news) {
    using Kind = engine::News::Kind;
    const auto step = fmt::format("    step {}", news.step);
    switch (news.kind) {
        case Kind::stage_began:
            began_[news.stage] = std::chrono::steady_clock::now();
            return program_.note(fmt::format("{}/{} {} ...", news.place, news.places, news.stage));
        case Kind::stage_completed: {
            const auto took = std::chrono::steady_clock::now() - began_[news.stage];
            return program_.note(fmt::format("{}/{} {}: {} ({})", news.place, news.places, news.stage, news.text,
                                             format_seconds(std::chrono::duration<double>(took).count())));
        }
        case Kind::step_began:
            return program_.note(fmt::format("{}, attempt {}: the agent begins", step, news.attempt));
        case Kind::step_ended:
            return program_.note(fmt::format("{}, attempt {}: {}", step, news.attempt, news.text));
        case Kind::step_said:
            if (shows_output_) program_.note(fmt::format("{} | {}", step, news.text));
            return;
        case Kind::remark:
            return program_.note("    " + news.text);
    }
}

void RunPrinter::show(const std::vector<workflows::Stage>& stages) {
    for (const auto& stage : stages) {
        const auto state = stage.status.value_or("");
        auto& shown = shown_[stage.key];
        if (state.empty() || state == shown) continue;
        shown = state;
        program_.note(
            fmt::format("{}/{} {}: {} {}", stage.position, stages.size(), stage.key, state, summary_of(stage)));
    }
}

}  // namespace gsdb::app
