#include "engine/run_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "base/utf8.hpp"
#include "integrations/git/workspace.hpp"
#include "modules/tasks/api.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// Takes a value into its place, or says no.
using Take = std::function<bool(const json::value&)>;

bool is_text(const json::value& value) {
    if (!value.is_string()) return false;
    const std::string_view text = value.get_string();
    // A NUL is no text to PostgreSQL, and ends an argument of a program.
    return text.find_first_not_of(" \t\r\n") != std::string_view::npos && text.find('\0') == std::string_view::npos;
}

Take text(std::string& place) {
    return [&place](const json::value& value) {
        if (!is_text(value)) return false;
        place = value.get_string();
        return true;
    };
}

Take texts(std::vector<std::string>& place) {
    return [&place](const json::value& value) {
        constexpr std::size_t texts_max = 100;
        if (!value.is_array() || value.get_array().size() > texts_max) return false;
        if (!std::ranges::all_of(value.get_array(), is_text)) return false;
        for (const auto& one : value.get_array()) place.emplace_back(one.get_string());
        return true;
    };
}

Take flag(bool& place) {
    return [&place](const json::value& value) {
        if (!value.is_bool()) return false;
        place = value.get_bool();
        return true;
    };
}

template <class Kind>
Take word(Kind& place, std::optional<Kind> (*named)(std::string_view)) {
    return [&place, named](const json::value& value) {
        const auto kind = value.is_string() ? named(value.get_string()) : std::nullopt;
        if (kind) place = *kind;
        return kind.has_value();
    };
}

Take amount(std::optional<double>& place) {
    return [&place](const json::value& value) {
        constexpr double most = 1e9;
        if (!value.is_number()) return false;
        place = value.to_number<double>();
        return *place >= 0 && *place <= most;
    };
}

template <class Place>
Take number(Place& place, std::int64_t most) {
    return [&place, most](const json::value& value) {
        if (!value.is_int64() || value.get_int64() < 1 || value.get_int64() > most) return false;
        place = Place(value.get_int64());
        return true;
    };
}

/// The fields of an order, as /api/openapi.yaml has them.
std::map<std::string_view, Take> fields_of(RunOrder& order) {
    constexpr std::int64_t seconds_max = 604'800, parallel_max = 64, attempts_max = 100, tokens_max = 1'000'000'000;
    auto& parameters = order.parameters;
    return {{"repository", text(parameters.repository)},
            {"requirements", text(parameters.requirement)},
            {"agent", text(parameters.agent)},
            {"tokens_max", number(parameters.spending.tokens_max, tokens_max)},
            {"usd_max", amount(parameters.spending.usd_max)},
            {"usd_per_million_input", amount(parameters.spending.usd_per_million_input)},
            {"usd_per_million_output", amount(parameters.spending.usd_per_million_output)},
            {"plan", word(parameters.plan, plan_maker_named)},
            {"review_plan", flag(parameters.review_plan)},
            {"code_host", word(parameters.code_host, code_host_named)},
            {"remote", text(parameters.remote)},
            {"issue_tracker", word(parameters.issue_tracker, issue_tracker_named)},
            {"team", text(parameters.team)},
            {"environment", texts(parameters.environment)},
            {"checks", texts(parameters.checks)},
            {"dev_branch", text(parameters.dev_branch)},
            {"parallel", number(parameters.parallel, parallel_max)},
            {"attempts_max", number(parameters.attempts_max, attempts_max)},
            {"step_seconds", number(parameters.step_time, seconds_max)},
            {"check_seconds", number(parameters.check_time, seconds_max)},
            {"needs_approval", flag(parameters.needs_approval)},
            {"name", text(order.name)},
            {"base_branch", text(order.base_branch)},
            {"template", text(order.template_slug)}};
}

std::unexpected<Error> bad_body(std::string message) {
    return std::unexpected(Error{.code = "request.bad_body",
                                 .message = std::move(message),
                                 .detail = "",
                                 .hint = "StartWorkflow in /api/openapi.yaml has the fields and their bounds",
                                 .exit_code = ExitCode::usage});
}

std::string place_of(const std::string& name, const std::string& folder) {
    std::error_code problem;
    auto place = std::filesystem::canonical(std::filesystem::path(folder) / name, problem);
    if (problem)
        throw Failure({.code = "workflows.no_such_place",
                       .message = fmt::format("agents cannot be let write to {}", name),
                       .detail = problem.message(),
                       .hint = "name a file or folder that is there",
                       .exit_code = ExitCode::not_found});
    return place.string();
}

Failure unfit(std::string message, std::string detail, std::string hint) {
    return Failure({.code = "workflows.unfit",
                    .message = std::move(message),
                    .detail = std::move(detail),
                    .hint = std::move(hint),
                    .exit_code = ExitCode::usage});
}

/// What does not go together.
void refuse_unfit(const Parameters& parameters) {
    const auto& spending = parameters.spending;
    if (parameters.agent_kind == AgentKind::codegen && parameters.code_host != CodeHostKind::github)
        throw unfit("Codegen's agents need the code on GitHub", "they do not see folders of this machine",
                    "start the run with --code-host github");
    if (parameters.plan == PlanMaker::model &&
        (parameters.agent_kind == AgentKind::command || parameters.agent_kind == AgentKind::codegen))
        throw unfit(fmt::format("the plan is to be a model's, but the agent is {}", name_of(parameters.agent_kind)),
                    "a plan is made by the agent of the run",
                    "--plan agent asks the agent that there is; a model is anthropic:MODEL or openai:MODEL");
    if (parameters.issue_tracker == IssueTrackerKind::linear && parameters.team.empty())
        throw unfit("no team is named for the issues in Linear", "an issue belongs to a team",
                    "name the team's key: --team ENG");
    if (spending.usd_max && (!spending.usd_per_million_input || !spending.usd_per_million_output))
        throw unfit("a limit in dollars needs prices", "no price of any model is built in",
                    "say what a million tokens cost: --price-in and --price-out");
}

/// Refuses steps that cannot be read where they are the plan.
std::string title_of(const Parameters& parameters) {
    if (parameters.plan == PlanMaker::markdown)
        return value_or_throw(tasks::plan_from_markdown(parameters.requirement)).title;
    return value_or_throw(tasks::title_from_markdown(parameters.requirement));
}

}  // namespace

Result<RunOrder> read_order(const json::object& body) {
    RunOrder order;
    const auto fields = fields_of(order);
    for (const auto& [name, value] : body) {
        const auto field = fields.find(std::string_view(name));
        if (field == fields.end()) return bad_body(fmt::format("{} is not known here", std::string_view(name)));
        if (!field->second(value)) return bad_body(fmt::format("{} is not what it may be", std::string_view(name)));
    }
    for (const auto* needed : {"repository", "requirements", "agent"})
        if (!body.contains(needed)) return bad_body(fmt::format("{} is missing", needed));
    return order;
}

RunOrder checked(RunOrder order, const std::string& folder, std::stop_token stop) {
    auto& parameters = order.parameters;
    if (folder.empty() && !parameters.repository.starts_with('/'))
        throw Failure({.code = "workflows.relative_path",
                       .message = fmt::format("{} is no whole path", parameters.repository),
                       .detail = "it would depend on the folder that the server was started in",
                       .hint = "name the repository from / on",
                       .exit_code = ExitCode::usage});
    parameters.repository = (std::filesystem::path(folder) / parameters.repository).lexically_normal().string();
    const auto workspace = git::Workspace::open(parameters.repository, {}, std::move(stop));
    const auto title = title_of(parameters);
    auto agent = value_or_throw(read_agent(parameters.agent, folder));
    parameters.agent_kind = agent.kind;
    parameters.agent = std::move(agent.what);
    refuse_unfit(parameters);
    for (auto& place : parameters.writable) place = place_of(place, folder);
    constexpr std::size_t name_bytes_max = 200;
    order.name = utf8_beginning(order.name.empty() ? title : order.name, name_bytes_max);
    if (order.base_branch.empty()) order.base_branch = workspace.present_branch();
    return order;
}

Task<Result<Uuid>> start_run(workflows::Executions executions, projects::Projects projects, identity::Actor actor,
                             RunOrder order) {
    // As for an index run: that a repository is known is the program's doing, not a right of who starts something.
    const auto registered = value_or_throw(co_await projects.register_repository(
        identity::Actor::system(actor.organization_id()),
        {.name = projects::name_of_folder(order.parameters.repository), .default_branch = {}}));
    co_return co_await executions.start(std::move(actor), {.project = registered.project_id,
                                                           .repository = registered.repository_id,
                                                           .name = std::move(order.name),
                                                           .template_slug = std::move(order.template_slug),
                                                           .base_branch = std::move(order.base_branch),
                                                           .parameters = order.parameters.to_json(),
                                                           .idempotency_key = std::move(order.idempotency_key)});
}

}  // namespace gsdb::engine
