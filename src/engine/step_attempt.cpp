#include "engine/step_attempt.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "base/utf8.hpp"
#include "engine/agent_call.hpp"
#include "engine/json_text.hpp"
#include "engine/step_gates.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// The commit that the step begins from: the base of the run, or what it depends on put together.
std::string prepare_base(RunContext& run, const tasks::SavedStep& step, const git::BranchFolder& folder,
                         const std::vector<std::string>& commits) {
    const auto result = run.once(fmt::format("step/{}/base", step.number), "", [&] {
        run.workspace().reset(folder, commits[0]);
        const auto conflicts = run.workspace().merge(folder, {commits.begin() + 1, commits.end()});
        if (!conflicts.empty())
            throw AttemptFailure{.error_class = "dependencies_conflict",
                                 .message = fmt::format("what step {} depends on does not fit together: {}",
                                                        step.number, fmt::join(conflicts, ", "))};
        return json::serialize(json::object{{"commit", *run.workspace().tip(folder.branch)}});
    });
    return std::string(json::parse(result).at("commit").as_string());
}

std::vector<std::string> commits_before(RunContext& run, const tasks::SavedStep& step) {
    const auto results = results_of(run);
    std::vector<std::string> commits;
    for (const auto place : step.step.depends_on) {
        const auto& commit = results.at(static_cast<int>(place) + 1).commit;
        if (std::ranges::find(commits, commit) == commits.end()) commits.push_back(commit);
    }
    if (commits.empty()) commits.push_back(run.base_commit());
    return commits;
}

std::string trailer_of(RunContext& run, int step) {
    return fmt::format("Gsdb-Step: {}/{}\n", to_string(run.execution().id), step);
}

/// Where the journal notes that a commit did not pass.
std::string refusal_of(int step, const std::string& commit) {
    return fmt::format("step/{}/refused/{}", step, commit);
}

/// Where the journal notes that a call of the agent came to nothing.
std::string failed_call_of(int step, int call) {
    return fmt::format("step/{}/call/{}/failed", step, call);
}

/// An attempt that was stopped is taken up by the same call: an agent elsewhere has gone on meanwhile.
int call_to_make(RunContext& run, int step) {
    int call = 1;
    while (run.known(failed_call_of(step, call))) ++call;
    return call;
}

std::string message_for(RunContext& run, const tasks::SavedStep& step, const std::string& summary) {
    auto message = std::string(utf8_beginning(step.step.name, 200)) + "\n\n";
    if (!summary.empty()) message += summary + "\n\n";
    return message + trailer_of(run, step.number);
}

/// What the task was told about its last attempt.
std::string last_failure(RunContext& run, Uuid task) {
    for (const auto& one : run_task(run.step_tasks().list()))
        if (one.id == task) return one.error_message.value_or("");
    return "";
}

}  // namespace

std::string StepResult::to_json() const {
    json::array made;
    for (const auto& claim : claims)
        made.push_back(
            json::object{{"criterion", claim.criterion}, {"met", claim.is_met}, {"evidence", claim.evidence}});
    return json::serialize(json::object{{"base", base},
                                        {"commit", commit},
                                        {"files", json::array(files.begin(), files.end())},
                                        {"summary", summary},
                                        {"criteria", std::move(made)}});
}

StepResult StepResult::parse(std::string_view text) {
    const auto object = json::parse(text).as_object();
    StepResult result{.base = text_in(object, "base"),
                      .commit = text_in(object, "commit"),
                      .files = {},
                      .summary = text_in(object, "summary"),
                      .claims = {}};
    if (const auto* files = object.if_contains("files"))
        for (const auto& file : files->as_array()) result.files.emplace_back(file.as_string());
    if (const auto* claims = object.if_contains("criteria"))
        for (const auto& claim : claims->as_array())
            result.claims.push_back({.criterion = text_in(claim.as_object(), "criterion"),
                                     .evidence = text_in(claim.as_object(), "evidence"),
                                     .is_met = claim.as_object().at("met").as_bool()});
    return result;
}

std::map<int, StepResult> results_of(RunContext& run) {
    std::map<int, StepResult> results;
    for (const auto& task : run_task(run.step_tasks().list())) {
        if (task.status != "succeeded") continue;
        results.emplace(run.step_of(task.step).number, StepResult::parse(task.output));
    }
    return results;
}

std::string text_of(const tasks::PlannedStep& step) {
    auto text = step.description;
    if (!step.acceptance_criteria.empty()) text += "\n\n## Acceptance criteria\n";
    for (const auto& criterion : step.acceptance_criteria) text += fmt::format("- {}\n", criterion);
    return text;
}

std::string failures_text(const std::vector<CheckResult>& results) {
    std::string text;
    for (const auto& result : results)
        if (!result.has_passed)
            text += fmt::format("`{}` did not pass ({}):\n\n```\n{}```\n", result.command, result.how_it_ended,
                                result.output);
    return text;
}

std::vector<std::string> commands_for(RunContext& run, const tasks::SavedStep& step) {
    auto commands = run.checks();
    for (const auto& criterion : step.step.acceptance_criteria)
        for (auto& command : tasks::commands_of(criterion))
            if (std::ranges::find(commands, command) == commands.end()) commands.push_back(std::move(command));
    return commands;
}

namespace {

/// The agent's change as a commit; the one of a process that was killed behind it is taken up.
StepResult make_change(RunContext& run, const AgentCallAbout& call, const std::string& base, std::stop_token stop) {
    const auto& workspace = run.workspace();
    StepResult result{.base = base, .commit = base, .files = {}, .summary = {}, .claims = {}};
    const auto tip = workspace.tip(call.folder.branch).value_or(base);
    const bool is_there = tip != base && workspace.message_of(tip).contains(trailer_of(run, call.step.number)) &&
                          !run.known(refusal_of(call.step.number, tip));
    if (is_there) {
        result.commit = tip;
    } else {
        const auto agent = call_agent(run, call, std::move(stop));
        if (!agent.has_succeeded) throw AttemptFailure{agent.error_class, agent.error_message};
        if (agent.report) {
            result.summary = agent.report->summary;
            result.claims = agent.report->criteria;
        }
        const auto commit = workspace.commit_change(call.folder, base, message_for(run, call.step, result.summary));
        if (!commit && !(agent.report && agent.report->has_nothing_to_do))
            throw AttemptFailure{"no_change",
                                 "the agent changed nothing; when that is right, it has to say so in its report: "
                                 "\"status\": \"nothing_to_do\""};
        result.commit = commit.value_or(base);
    }
    for (const auto& file : workspace.changed_files(base, result.commit))
        result.files.push_back(codebase::source::display_path(file));
    return result;
}

[[noreturn]] void refuse(RunContext& run, int step, const std::string& commit, AttemptFailure failure) {
    run.once(refusal_of(step, commit), "", [] { return "{}"; });
    throw std::move(failure);
}

/// A change that passes the checks and the gates.
StepResult make_checked_change(RunContext& run, const tasks::SavedStep& step, const tasks::ClaimedStep& claimed,
                               int call_number, std::stop_token stop) {
    const auto commits = commits_before(run, step);
    const auto folder = run.workspace().add_folder(run.branch_of(step.number), commits[0]);
    const auto base = prepare_base(run, step, folder, commits);
    const AgentCallAbout call{.step = step,
                              .task = claimed.task(),
                              .attempt = claimed.attempt(),
                              .key = fmt::format("step/{}/{}", step.number, call_number),
                              .folder = folder,
                              .feedback = claimed.attempt() > 1 ? last_failure(run, claimed.task()) : "",
                              .conflicts = {}};
    auto result = make_change(run, call, base, stop);
    run_task(run.progress().record(
        run.stage().execution_id,
        workflows::CodeCall{
            .provider = "git",
            .type = "commit.create",
            .key = fmt::format("{}/commit/{}/{}", to_string(run.execution().id), step.number, claimed.attempt()),
            .branch = folder.branch,
            .commit = result.commit}));
    // What the agent left that is not in the commit is not what is checked.
    run.workspace().reset(folder, result.commit);
    const auto checked = run.verify(folder.folder, result.commit, commands_for(run, step), stop);
    if (auto failures = failures_text(checked); !failures.empty())
        refuse(run, step.number, result.commit, {"checks_failed", std::move(failures)});
    if (auto missed = missed_by_change(run, step.number, result); !missed.empty())
        refuse(run, step.number, result.commit, {"gates_missed", std::move(missed)});
    return result;
}

}  // namespace

StepResult attempt_step(RunContext& run, const tasks::ClaimedStep& claimed, std::stop_token stop) {
    const auto& step = run.step_of(claimed.step);
    const auto call = call_to_make(run, step.number);
    try {
        return make_checked_change(run, step, claimed, call, std::move(stop));
    } catch (const AttemptFailure&) {
        run.once(failed_call_of(step.number, call), "", [] { return "{}"; });
        throw;
    }
}

}  // namespace gsdb::engine
