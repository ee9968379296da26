#include "app/commands/workflow_text.hpp"

#include <fmt/format.h>

#include "app/terminal.hpp"
#include "engine/quality_gates.hpp"

namespace gsdb::app {

namespace {

std::string seconds_between(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
    if (!from || !to) return "";
    return format_seconds(std::chrono::duration<double>(*to - *from).count());
}

std::string warnings_of(const engine::RunDocument& run) {
    std::string text;
    for (const auto& missed : engine::missed_gates(run.validations))
        text += fmt::format("warning: quality gate missed by {}\n", missed);
    return text;
}

}  // namespace

std::string text_of(const engine::RunDocument& run) {
    const auto& execution = run.execution;
    auto text = fmt::format("{}: {}\n{}, from {} into {}\n", to_string(execution.id), execution.name, execution.status,
                            execution.base_branch, execution.dev_branch.value_or("(none yet)"));
    if (execution.status_reason) text += fmt::format("because {}\n", *execution.status_reason);
    Table stage_table({"stage", "status", "attempt", "took", ""});
    for (const auto& stage : run.stages)
        stage_table.add({stage.name, stage.status.value_or("-"), stage.attempt ? std::to_string(*stage.attempt) : "",
                         seconds_between(stage.started_at, stage.finished_at), engine::summary_of(stage)});
    text += "\n" + stage_table.text();
    if (!run.steps.empty()) {
        Table step_table({"step", "title", "status", "attempts", "took", ""});
        for (std::size_t i = 0; i < run.steps.size(); ++i)
            step_table.add({std::to_string(i + 1), run.steps[i].title, run.steps[i].status,
                            std::to_string(run.steps[i].attempts),
                            seconds_between(run.steps[i].started_at, run.steps[i].finished_at),
                            run.steps[i].error_class.value_or("")});
        text += "\n" + step_table.text();
    }
    if (!run.validations.empty()) {
        Table table({"validation", "stage", "result", ""});
        for (const auto& v : run.validations) table.add({v.key, v.stage, v.status, v.skip_reason.value_or("")});
        text += "\n" + table.text();
    }
    text += warnings_of(run);
    if (!run.merges.empty()) {
        Table table({"branch", "into", "status", "conflicts", "commit"});
        for (const auto& m : run.merges)
            table.add({m.source_branch, m.target_branch, m.status, std::to_string(m.conflicts_returned),
                       m.merged_commit.value_or("").substr(0, 12)});
        text += "\n" + table.text();
    }
    return text;
}

std::string closing_text(const engine::RunDocument& run) {
    const auto& execution = run.execution;
    auto text = fmt::format("run {}: {}", workflows::short_id(execution.id), execution.status);
    if (execution.status_reason) text += fmt::format("\n{}", *execution.status_reason);
    if (execution.status == "completed" && !run.stages.empty())
        text += fmt::format("; {}", engine::summary_of(run.stages.back()));
    text += "\n";
    text += warnings_of(run);
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
            if (shows_output_) program_.note(fmt::format("{} | {}", news.step == 0 ? "    plan" : step, news.text));
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
            fmt::format("{}/{} {}: {} {}", stage.position, stages.size(), stage.key, state, engine::summary_of(stage)));
    }
}

}  // namespace gsdb::app
