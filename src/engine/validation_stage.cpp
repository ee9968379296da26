// Stage 6: each change is held against the repository's checks, the code graph, the gates and its acceptance criteria.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/or_null.hpp"
#include "base/run_task.hpp"
#include "engine/code_host.hpp"
#include "engine/outside_call.hpp"
#include "engine/stages.hpp"
#include "engine/step_gates.hpp"
#include "engine/validations.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

json::object to_json(int step, const CheckResult& result) {
    json::object object{
        {"step", step}, {"command", result.command}, {"result", result.how_it_ended}, {"took_ms", result.took.count()}};
    if (!result.has_passed) object["output"] = result.output;
    return object;
}

/// How each change did, by the numbers of the steps.
std::map<int, std::vector<CheckResult>> verify_all(RunContext& run, const std::map<int, StepResult>& results) {
    std::map<int, std::vector<CheckResult>> all;
    for (const auto& step : run.steps()) {
        const auto result = results.find(step.number);
        if (result == results.end()) continue;
        run.look();
        const auto folder = run.workspace().add_folder(run.branch_of(step.number), result->second.commit);
        run.workspace().reset(folder, result->second.commit);
        all[step.number] = run.verify(folder.folder, result->second.commit, commands_for(run, step));
    }
    return all;
}

void validate_checks(RunContext& run, const std::map<int, std::vector<CheckResult>>& verified) {
    if (run.checks().empty())
        return skip(run, "checks_pass", "no checks of the repository are known; --check COMMAND names one");
    json::array findings;
    bool has_failed = false;
    for (const auto& [step, results] : verified)
        for (const auto& result : results) {
            findings.push_back(to_json(step, result));
            has_failed = has_failed || !result.has_passed;
        }
    if (has_failed)
        fail(run, "checks_pass", std::move(findings));
    else
        pass(run, "checks_pass", std::move(findings));
}

/// The host's checks of all changes, once none of them is pending. Those of a change that was only just shown may still
/// have to appear: no checks are believed the second time.
json::array await_host_checks(RunContext& run, const std::map<int, StepResult>& results, std::size_t& failed) {
    for (int round = 1;; ++round) {
        json::array findings;
        std::size_t pending = 0;
        failed = 0;
        for (const auto& [number, result] : results) {
            if (!result.has_change()) continue;
            const auto checks =
                run.host().checks({.step = run.steps()[static_cast<std::size_t>(number - 1)], .result = result});
            if (checks.empty() && round == 1) ++pending;
            for (const auto& check : checks) {
                if (check.is_pending) ++pending;
                if (!check.has_passed) ++failed;
                findings.push_back(json::object{{"step", number},
                                                {"check", check.name},
                                                {"passed", check.has_passed},
                                                {"url", check.url},
                                                {"summary", check.summary}});
            }
        }
        if (pending == 0 || failed > 0) return findings;
        wait_for_others(run, std::string(run.host().provider()));
    }
}

void validate_on_host(RunContext& run, const std::map<int, StepResult>& results) {
    if (run.parameters().code_host == CodeHostKind::local) return;
    std::size_t failed = 0;
    auto findings = await_host_checks(run, results, failed);
    if (findings.empty()) return skip(run, "host_checks_pass", "the code host has no checks of its own");
    if (failed > 0)
        fail(run, "host_checks_pass", std::move(findings));
    else
        pass(run, "host_checks_pass", std::move(findings));
}

/// What shows that a criterion is met: a command, or what the agent says; nothing when nothing does.
std::optional<bool> is_met(const std::string& criterion, const StepResult& result,
                           const std::vector<CheckResult>& checks) {
    std::optional<bool> met;
    for (const auto& command : tasks::commands_of(criterion)) {
        const auto check = std::ranges::find(checks, command, &CheckResult::command);
        if (check != checks.end()) met = met.value_or(true) && check->has_passed;
    }
    if (met) return met;
    const auto claim = std::ranges::find(result.claims, criterion, &AgentReport::Claim::criterion);
    return claim != result.claims.end() ? std::optional(claim->is_met) : std::nullopt;
}

void validate_criteria(RunContext& run, const std::map<int, StepResult>& results,
                       const std::map<int, std::vector<CheckResult>>& verified) {
    json::array findings;
    std::size_t criteria = 0, shown = 0, unmet = 0;
    for (const auto& step : run.steps())
        for (const auto& criterion : step.step.acceptance_criteria) {
            const auto result = results.find(step.number);
            if (result == results.end()) continue;
            const auto met = is_met(criterion, result->second, verified.at(step.number));
            ++criteria;
            if (met) ++shown;
            if (met && !*met) ++unmet;
            findings.push_back(json::object{{"step", step.number}, {"criterion", criterion}, {"met", or_null(met)}});
        }
    if (unmet > 0) return fail(run, "acceptance_criteria_are_met", std::move(findings));
    if (criteria == 0) return skip(run, "acceptance_criteria_are_met", "the requirement has no acceptance criteria");
    if (shown < criteria)
        return skip(run, "acceptance_criteria_are_met",
                    fmt::format("{} of {} criteria are shown by nothing: neither by a command in them nor by the agent",
                                criteria - shown, criteria));
    pass(run, "acceptance_criteria_are_met", std::move(findings));
}

/// Each change beside the commit that it began from, as the code graph sees them.
std::size_t note_code_changes(RunContext& run, const std::map<int, StepResult>& results) {
    json::array findings;
    std::size_t breaking = 0;
    for (const auto& [number, result] : results) {
        if (!result.has_change()) continue;
        run.look();
        const auto noted = run.once(fmt::format("step/{}/code/{}", number, result.commit), result.base, [&] {
            index_once(run, result.base);
            const auto indexed = index_once(run, result.commit);
            json::array changes;
            for (const auto& change : run.surroundings().compare(indexed, result.base, result.commit).changes)
                changes.push_back(json::object{{"kind", change.kind},
                                               {"path", change.path},
                                               {"name", change.name},
                                               {"breaks_api", change.breaks_api}});
            return json::serialize(json::object{{"step", number}, {"changes", std::move(changes)}});
        });
        auto object = json::parse(noted).as_object();
        for (const auto& change : object.at("changes").as_array())
            if (change.at("breaks_api").as_bool()) ++breaking;
        findings.push_back(std::move(object));
    }
    // Whoever asks about the code asks about what is in the folder.
    if (!findings.empty()) run.surroundings().index(run.parameters().repository, "");
    pass(run, "code_graph_differences", std::move(findings));
    return breaking;
}

/// By what history says, and by what nobody can measure.
std::vector<GateOutcome> hold_run_against(RunContext& run, const std::vector<Gate>& gates) {
    std::vector<GateOutcome> outcomes;
    for (const auto& gate : gates) {
        const auto metric = find_metric(gate.metric);
        if (metric && metric->is_of_change) continue;
        if (auto fault = fault_of(gate); !fault.empty())
            outcomes.push_back(not_measured(gate, std::nullopt, std::move(fault)));
        else
            outcomes.push_back({.gate = gate,
                                .step = std::nullopt,
                                .measured = measure_failures(run_task(run.progress().recent_failures()))});
    }
    return outcomes;
}

void record_gates(RunContext& run, const std::vector<GateOutcome>& outcomes) {
    const std::string key(gates_validation);
    json::array findings;
    for (const auto& outcome : outcomes) findings.push_back(outcome.to_json());
    const auto is_blocked = [](const GateOutcome& outcome) { return outcome.is_missed() && outcome.gate.is_blocking; };
    if (std::ranges::any_of(outcomes, is_blocked))
        fail(run, key, std::move(findings));
    else if (std::ranges::any_of(outcomes, &GateOutcome::is_measured))
        pass(run, key, std::move(findings));
    else
        skip(run, key, "nothing could be measured by the project's quality gates; the findings say why",
             std::move(findings));
}

/// The outcomes that were missed.
std::vector<GateOutcome> validate_gates(RunContext& run, const std::map<int, StepResult>& results) {
    const auto gates = gates_of(run);
    if (gates.empty()) {
        skip(run, std::string(gates_validation), "the project has no quality gates");
        return {};
    }
    std::vector<GateOutcome> outcomes;
    for (const auto& [number, result] : results) {
        if (!result.has_change()) continue;
        run.look();
        std::ranges::move(hold_against(run, number, result, gates), std::back_inserter(outcomes));
    }
    std::ranges::move(hold_run_against(run, gates), std::back_inserter(outcomes));
    record_gates(run, outcomes);
    std::erase_if(outcomes, [](const GateOutcome& outcome) { return !outcome.is_missed(); });
    for (const auto& outcome : outcomes)
        run.tell({.kind = News::Kind::remark, .text = "quality gate missed by " + outcome.message()});
    return outcomes;
}

void refuse_blocking(const std::vector<GateOutcome>& missed) {
    std::string detail;
    for (const auto& outcome : missed)
        if (outcome.gate.is_blocking) detail += outcome.message() + "\n";
    if (detail.empty()) return;
    throw Failure({.code = "workflows.gates_missed",
                   .message = "changes miss quality gates that block",
                   .detail = std::move(detail),
                   .hint =
                       "gsdb workflow gate set ... without --blocking lets them pass, and gsdb workflow retry tries "
                       "again; or start another run"});
}

}  // namespace

std::string validate_changes(RunContext& run) {
    const auto results = results_of(run);
    const auto verified = verify_all(run, results);
    validate_checks(run, verified);
    validate_on_host(run, results);
    const auto breaking = note_code_changes(run, results);
    const auto missed = validate_gates(run, results);
    validate_criteria(run, results, verified);
    refuse_blocking(missed);
    std::size_t checks = 0, passed = 0;
    for (const auto& [step, made] : verified) {
        checks += made.size();
        passed += static_cast<std::size_t>(std::ranges::count(made, true, &CheckResult::has_passed));
    }
    return json::serialize(json::object{
        {"checks", checks},
        {"passed", passed},
        {"summary",
         fmt::format("{} of {} checks pass, {} changes may break what uses them, {} quality gates are missed", passed,
                     checks, breaking, missed.size())}});
}

}  // namespace gsdb::engine
