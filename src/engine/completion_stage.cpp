// Stage 8: what is no longer needed is removed, and the outcome is reported.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/or_null.hpp"
#include "base/run_task.hpp"
#include "engine/code_host.hpp"
#include "engine/issue_tracker.hpp"
#include "engine/quality_gates.hpp"
#include "engine/stages.hpp"
#include "engine/step_attempt.hpp"
#include "engine/validations.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// The criteria of the whole requirement, on what the dev branch has now.
std::vector<CheckResult> verify_whole(RunContext& run) {
    std::vector<std::string> commands;
    const auto plan = run.plan_version();
    // Plans of before have only what the requirement says.
    const auto criteria =
        plan.title ? plan.acceptance_criteria
                   : value_or_throw(tasks::plan_from_markdown(run.parameters().requirement)).acceptance_criteria;
    for (const auto& criterion : criteria)
        for (auto& command : tasks::commands_of(criterion)) commands.push_back(std::move(command));
    if (commands.empty()) return {};
    const auto commit = run.workspace().tip(run.parameters().dev_branch).value();
    const auto folder = run.workspace().add_folder(run.branch_prefix() + "whole", commit);
    run.workspace().reset(folder, commit);
    return run.verify(folder.folder, commit, commands);
}

json::array steps_report(RunContext& run) {
    const auto results = results_of(run);
    json::array report;
    for (const auto& step : run.steps()) {
        const auto result = results.find(step.number);
        json::object line{{"step", step.number}, {"name", step.step.name}};
        if (result != results.end()) {
            line["files"] = json::array(result->second.files.begin(), result->second.files.end());
            line["summary"] = result->second.summary;
        }
        report.push_back(std::move(line));
    }
    return report;
}

}  // namespace

void remove_traces(RunContext& run) {
    try {
        run.host().clean_up();
    } catch (const NeedsPerson& need) {
        run.tell({.kind = News::Kind::remark,
                  .text = fmt::format("branches {}* and their pull requests may be left on the code host: {}",
                                      run.branch_prefix(), need.reason)});
    }
    for (const auto& branch : run.workspace().branches(run.branch_prefix())) {
        run.workspace().remove_folder(branch);
        run.workspace().delete_branch(branch);
    }
    std::error_code problem;
    std::filesystem::remove_all(run.folder(), problem);
}

std::string complete_run(RunContext& run) {
    const auto whole = verify_whole(run);
    if (const auto failures = failures_text(whole); !failures.empty())
        throw Failure(
            {.code = "workflows.whole_not_accepted",
             .message = "the acceptance criteria of the whole requirement are not met",
             .detail = failures,
             .hint = "the changes are on the dev branch; mend them there, or write a step for it and start again"});
    auto steps = steps_report(run);
    follow_issues(run, true);
    remove_traces(run);
    run_task(run.step_tasks().finish());
    const auto left = run.workspace().branches(run.branch_prefix());
    std::error_code ignored;
    if (left.empty() && !std::filesystem::exists(run.folder(), ignored))
        pass(run, "nothing_is_left_behind", json::array{json::object{{"dev_branch", run.parameters().dev_branch}}});
    else
        fail(run, "nothing_is_left_behind", json::array(left.begin(), left.end()));
    const auto tip = run.workspace().tip(run.parameters().dev_branch);
    const auto missed = missed_gates(
        value_or_throw(run_task(workflows::Executions(run.surroundings().workflows)
                                    .validations(identity::Actor::system(run.organization()), run.execution().id))));
    return json::serialize(json::object{
        {"dev_branch", run.parameters().dev_branch},
        {"commit", or_null(tip)},
        {"cost_usd", run_task(run.progress().cost())},
        {"steps", std::move(steps)},
        {"missed_gates", json::array(missed.begin(), missed.end())},
        {"summary", fmt::format("{} is at {}{}", run.parameters().dev_branch, tip.value_or("?").substr(0, 12),
                                missed.empty() ? "" : fmt::format("; {} quality gates are missed", missed.size()))}});
}

}  // namespace gsdb::engine
