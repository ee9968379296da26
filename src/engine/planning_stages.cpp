// Stages 1 to 4: the project is indexed, its requirement saved, cut into steps, and made issues.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "engine/agent_plan.hpp"
#include "engine/code_host.hpp"
#include "engine/issue_tracker.hpp"
#include "engine/stages.hpp"
#include "engine/validations.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// Plans that speak of less than half of the requirement are no plans for it.
constexpr double coverage_percent_min = 50;

void refuse_taken_dev_branch(RunContext& run) {
    const auto& dev = run.parameters().dev_branch;
    if (dev == run.execution().base_branch)
        throw Failure({.code = "workflows.dev_branch_in_use",
                       .message = fmt::format("{} is the branch to begin from and the one to merge into", dev),
                       .detail = "",
                       .hint = "name another branch to merge into with --dev-branch",
                       .exit_code = ExitCode::usage});
    if (const auto folder = run.workspace().checked_out_in(dev))
        throw Failure({.code = "workflows.dev_branch_in_use",
                       .message = fmt::format("branch {} is checked out in {}", dev, *folder),
                       .detail = "merging into it would change the branch below somebody's files",
                       .hint = "check out another branch there, or name another one with --dev-branch",
                       .exit_code = ExitCode::conflict});
}

json::array findings_of(const tasks::PlanQuality& quality) {
    json::array findings;
    for (const auto& finding : quality.findings)
        findings.push_back(
            json::object{{"rule", finding.rule}, {"subject", finding.subject}, {"message", finding.message}});
    return findings;
}

Uuid id_in(const std::string& result, std::string_view name) {
    return Uuid::parse(std::string(json::parse(result).at(name).as_string())).value();
}

/// Who makes the plan, as tasks.decomposition_method has it.
std::string plan_method(const Parameters& parameters) {
    if (parameters.plan == PlanMaker::markdown) return "markdown";
    const bool is_model = parameters.agent_kind == AgentKind::openai || parameters.agent_kind == AgentKind::anthropic;
    return is_model ? "model" : "agent";
}

void save_plan(RunContext& run) {
    const auto requirement = id_in(run.known("requirement/saved").value(), "requirement");
    const auto& parameters = run.parameters();
    const auto& text = parameters.requirement;
    run.once("plan/saved", text, [&] {
        const auto plan = parameters.plan == PlanMaker::markdown ? value_or_throw(tasks::plan_from_markdown(text))
                                                                 : plan_by_agent(run);
        const auto id = run_task(tasks::save_plan(run.surroundings().tasks, run.organization(), requirement,
                                                  plan_method(parameters), plan, tasks::assess(plan, text)));
        return json::serialize(json::object{{"decomposition", to_string(id)}, {"steps", plan.steps.size()}});
    });
}

/// Pauses the run once, where it asked for that. A pause that the journal does not know is made again.
void await_review(RunContext& run) {
    if (!run.parameters().review_plan || run.known("plan/shown")) return;
    const auto reason = fmt::format(
        "the plan waits for a person: gsdb workflow plan {0} shows it, --set FILE changes it, --accept goes on with it",
        run.short_id());
    run.tell({.kind = News::Kind::remark, .text = reason});
    run_task(run.progress().pause(reason));
    run.once("plan/shown", "", [] { return "{}"; });
    throw Stopped{"the plan waits for a person"};
}

}  // namespace

std::string select_project(RunContext& run) {
    const auto base = run.base_commit();
    refuse_taken_dev_branch(run);
    run.host().check();
    run.tracker().check();
    if (const auto files = run.workspace().uncommitted_files(); files > 0)
        run.tell({.kind = News::Kind::remark,
                  .text = fmt::format("{} files that are not committed are no part of the run", files)});
    const auto found = run.once("project/indexed", base, [&] {
        const auto indexed = run.surroundings().index(run.parameters().repository, base);
        return json::serialize(
            json::object{{"codebase", indexed.codebase}, {"run", indexed.run}, {"text", indexed.text}});
    });
    pass(run, "repository_is_indexed", json::array{json::parse(found)});
    const auto object = json::parse(found).as_object();
    return json::serialize(
        json::object{{"base_commit", base}, {"codebase", object.at("codebase")}, {"summary", object.at("text")}});
}

std::string save_requirements(RunContext& run) {
    const auto& text = run.parameters().requirement;
    const auto result = run.once("requirement/saved", text, [&] {
        const auto saved = run_task(tasks::save_requirement(run.surroundings().tasks, run.organization(),
                                                            run.execution().repository, run.execution().project, text));
        return json::serialize(json::object{{"requirement", to_string(saved.id)}, {"version", saved.version}});
    });
    const auto object = json::parse(result).as_object();
    run_task(run.progress().set_requirement(id_in(result, "requirement")));
    pass(run, "requirements_are_saved", json::array{object});
    return json::serialize(json::object{{"requirement", object.at("requirement")},
                                        {"version", object.at("version")},
                                        {"summary", fmt::format("version {}", object.at("version").to_number<int>())}});
}

std::string decompose(RunContext& run) {
    const auto& text = run.parameters().requirement;
    save_plan(run);
    await_review(run);
    const auto version = run.plan_version();
    const auto plan = run_task(tasks::read_plan(run.surroundings().tasks, run.organization(), version));
    const auto quality = tasks::assess(plan, text);
    // Reading the plan has refused a cycle, and the database would.
    pass(run, "plan_has_no_cycle", json::array{json::object{{"steps", plan.steps.size()}}});
    measure(run, "plan_covers_the_requirements",
            {.comparison = "at_least", .threshold = coverage_percent_min, .value = 100 * quality.coverage},
            findings_of(quality));
    if (100 * quality.coverage < coverage_percent_min)
        throw Failure({.code = "workflows.plan_is_poor",
                       .message = fmt::format("the steps speak of {:.0f} % of the requirement", 100 * quality.coverage),
                       .detail = fmt::format("{} findings; the first: {}", quality.findings.size(),
                                             quality.findings.empty() ? "" : quality.findings[0].subject),
                       .hint = "write what is asked for into the steps; gsdb workflow plan shows the plan, its --set "
                               "changes it, and gsdb workflow retry goes on"});
    return json::serialize(
        json::object{{"decomposition", to_string(version.id)},
                     {"method", version.method},
                     {"quality_score", quality.score},
                     {"summary", fmt::format("{} {}, quality {:.0f} of 100", plan.steps.size(),
                                             plan.steps.size() == 1 ? "step" : "steps", quality.score)}});
}

std::string make_issues(RunContext& run) {
    const auto first = id_in(run.known("plan/saved").value(), "decomposition");
    const auto chosen = run_task(tasks::choose_plan(run.surroundings().tasks, run.organization(), first));
    const auto& steps = run.steps();
    const auto started = std::chrono::steady_clock::now();
    const auto issues = run_task(run.step_tasks().make(run.execution().project, chosen.id, run.execution().name,
                                                       run.parameters().requirement, steps,
                                                       run.parameters().attempts_max, run.parameters().step_time));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    const auto id = to_string(run.execution().id);
    for (const auto& issue : issues) {
        const auto step = issue.step_number ? steps[static_cast<std::size_t>(*issue.step_number - 1)].id : Uuid{};
        run_task(run.progress().record(
            *run.stage().execution_id,
            workflows::IssueCall{.provider = "builtin",
                                 .type = "issue.create",
                                 .key = fmt::format("{}/issue/{}", id, issue.step_number.value_or(0)),
                                 .issue_id = issue.key,
                                 .parent_issue_id = issue.step_number ? std::optional(issues[0].key) : std::nullopt,
                                 .step = issue.step_number ? std::optional(step) : std::nullopt,
                                 .latency = took}));
    }
    const auto shown = run.tracker().make(issues);
    pass(run, "every_step_has_an_issue", json::array{json::object{{"issues", shown.size()}}});
    const auto& main = shown[0];
    return json::serialize(json::object{
        {"main_issue", main.key},
        {"url", main.url.empty() ? json::value(nullptr) : json::value(main.url)},
        {"summary",
         fmt::format("{}a main issue and {} below it", main.url.empty() ? "" : main.url + ": ", shown.size() - 1)}});
}

}  // namespace gsdb::engine
