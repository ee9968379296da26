#include "engine/codegen_agent.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/run_task.hpp"
#include "engine/run_context.hpp"
#include "integrations/web_service/until_stopped.hpp"

namespace gsdb::engine {

namespace {

std::string line_of(const codegen::LogEntry& entry) {
    auto text = entry.message_type;
    if (!entry.tool_name.empty()) text += " " + entry.tool_name;
    const auto& said = entry.thought.empty() ? entry.observation : entry.thought;
    return said.empty() ? text : text + ": " + said;
}

}  // namespace

CodegenAgent::CodegenAgent(RunContext& run) : run_(run), access_(run) {}

codegen::Codegen CodegenAgent::client() const {
    const auto& services = run_.surroundings().services;
    codegen::Settings settings{.organization = codegen::OrganizationId{services.codegen_organization},
                               .token = run_task(services.credential(run_.organization(), "codegen")),
                               .guard = services.guard,
                               .rules = services.rules};
    if (!services.codegen_url.empty()) settings.base_url = services.codegen_url;
    return codegen::Codegen(std::move(settings));
}

Task<codegen::RepositoryId> CodegenAgent::repository(const codegen::Codegen& client) const {
    for (const auto& known : co_await client.repositories())
        if (known.full_name == access_.name().full()) co_return known.id;
    throw Failure({.code = "workflows.unknown_repository",
                   .message = fmt::format("Codegen does not know {}", access_.name().full()),
                   .detail = "its agents work on repositories that the organization has set up there",
                   .hint = "add the repository to the organization at Codegen",
                   .exit_code = ExitCode::not_found});
}

Task<codegen::Run> CodegenAgent::carry_out(const codegen::Codegen& client, const AgentTask& task, std::string prompt,
                                           const OnSaid& on_said) const {
    const auto in = co_await repository(client);
    const auto begun = co_await client.create_run(
        {.key = task.key, .prompt = std::move(prompt), .repository = in, .model = run_.parameters().agent});
    const auto look_pause = run_.surroundings().services.look_pause;
    co_return co_await client.wait_for(
        begun.id,
        {.first_pause = std::min<std::chrono::milliseconds>(look_pause, std::chrono::seconds(5)),
         .pause_max = look_pause * 2,
         .deadline = task.time_max},
        [&](const codegen::LogEntry& entry) { on_said(process::Stream::out, line_of(entry)); });
}

void CodegenAgent::take_change(const AgentTask& task, const codegen::Run& run, AgentRun& result) const {
    result.report = AgentReport{.summary = run.summary.empty() ? run.result : run.summary};
    const auto made = std::ranges::find_if(run.pull_requests, [](const auto& one) { return !one.head_branch.empty(); });
    if (made == run.pull_requests.end()) return;
    const auto commit = access_.remote().fetch(made->head_branch, task.folder.branch + "-codegen");
    if (commit) run_.workspace().reset(task.folder, *commit);
}

bool CodegenAgent::is_cancelled() const {
    const workflows::Executions executions(run_.surroundings().workflows);
    const auto seen = run_task(executions.find(identity::Actor::system(run_.organization()), run_.execution().id));
    return seen && seen->status == "cancelled";
}

void CodegenAgent::ban(const codegen::Codegen& client, const AgentTask& task) {
    if (const auto begun = run_task(client.find_run(task.key))) run_task(client.ban(begun->id));
}

AgentRun CodegenAgent::call(const AgentTask& task, std::string prompt, const OnSaid& on_said, std::stop_token stop,
                            const std::function<void(const codegen::Run&, AgentRun&)>& take) const {
    AgentRun result;
    const auto started = std::chrono::steady_clock::now();
    const auto codegen = client();
    try {
        const auto run = web_service::until_stopped(carry_out(codegen, task, std::move(prompt), on_said), stop);
        if (!run) {
            result.was_stopped = true;
            if (is_cancelled()) ban(codegen, task);
            return result;
        }
        result.run_id = std::to_string(static_cast<std::int64_t>(run->id));
        if (!run->web_url.empty()) result.run_url = run->web_url;
        result.has_succeeded = run->has_succeeded();
        if (!result.has_succeeded) {
            result.error_class = "agent_failed";
            result.error_message = fmt::format("Codegen's run ended as {}: {}", run->status, run->result);
        }
        take(*run, result);
    } catch (const web_service::CallFailed& failure) {
        if (failure.outcome() == web_service::Outcome::unauthorized)
            throw NeedsPerson{fmt::format("{}; gsdb service connect codegen stores another token", failure.what())};
        result.error_class = web_service::name_of(failure.outcome());
        result.error_message = failure.what();
    }
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    return result;
}

AgentRun CodegenAgent::work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const {
    if (!task.conflicts.empty())
        return {.error_class = "conflict",
                .error_message = "Codegen's agents cannot be shown conflicts of a merge under way"};
    const auto base = run_.workspace().tip(task.folder.branch).value();
    const auto base_branch = begin_of(task.folder.branch);
    const auto remote = access_.remote();
    if (!remote.push(base, base_branch, remote.tip(base_branch)))
        throw NeedsPerson{fmt::format("branch {} on GitHub was moved while it was pushed to", base_branch)};
    auto prompt = fmt::format(
        "{}\nWork in the repository {}. Begin from the tip of branch {}, push your work to a branch of your own, and "
        "open a pull request into {}. Do not merge it.\n",
        task.prompt, access_.name().full(), base_branch, base_branch);
    return call(task, std::move(prompt), on_said, std::move(stop),
                [&](const codegen::Run& run, AgentRun& result) { take_change(task, run, result); });
}

AgentRun CodegenAgent::plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const {
    auto prompt = fmt::format(
        "{}\n## JSON Schema of the plan\n{}\n{}\nThe code is in the repository {}. Change nothing there and open no "
        "pull request. End with one JSON object that follows the schema as your whole answer, without words around "
        "it.\n",
        question.task.prompt, question.schema, question.repair, access_.name().full());
    return call(question.task, std::move(prompt), on_said, std::move(stop),
                [](const codegen::Run& run, AgentRun& result) { result.answer = run.result; });
}

}  // namespace gsdb::engine
