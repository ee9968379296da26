#include "engine/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/or_null.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

std::vector<std::string> texts_of(const json::value& list) {
    std::vector<std::string> texts;
    for (const auto& text : list.as_array()) texts.emplace_back(text.as_string());
    return texts;
}

template <class Kind, std::size_t count>
using Names = std::array<std::pair<Kind, std::string_view>, count>;

constexpr Names<AgentKind, 4> agent_kinds{{{AgentKind::command, "command"},
                                           {AgentKind::codegen, "codegen"},
                                           {AgentKind::openai, "openai"},
                                           {AgentKind::anthropic, "anthropic"}}};
constexpr Names<PlanMaker, 3> plan_makers{
    {{PlanMaker::markdown, "markdown"}, {PlanMaker::agent, "agent"}, {PlanMaker::model, "model"}}};
constexpr Names<CodeHostKind, 2> code_hosts{{{CodeHostKind::local, "local"}, {CodeHostKind::github, "github"}}};
constexpr Names<IssueTrackerKind, 2> issue_trackers{
    {{IssueTrackerKind::builtin, "builtin"}, {IssueTrackerKind::linear, "linear"}}};

template <class Kind, std::size_t count>
std::string_view name_in(const Names<Kind, count>& names, Kind kind) {
    return std::ranges::find(names, kind, &std::pair<Kind, std::string_view>::first)->second;
}

template <class Kind, std::size_t count>
std::optional<Kind> find_in(const Names<Kind, count>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name, &std::pair<Kind, std::string_view>::second);
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

template <class Kind, std::size_t count>
Kind kind_at(const json::object& object, std::string_view field, const Names<Kind, count>& names, Kind otherwise) {
    const auto* value = object.if_contains(field);
    if (value == nullptr) return otherwise;
    const auto found = find_in(names, value->as_string());
    if (!found) throw std::invalid_argument(fmt::format("{} is not known", std::string_view(value->as_string())));
    return *found;
}

template <class Number>
std::optional<Number> number_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value == nullptr || value->is_null() ? std::nullopt : std::optional(value->to_number<Number>());
}

Spending spending_of(const json::object& object) {
    return {.usd_max = number_at<double>(object, "usd_max"),
            .tokens_max = number_at<std::int64_t>(object, "tokens_max"),
            .usd_per_million_input = number_at<double>(object, "usd_per_million_input"),
            .usd_per_million_output = number_at<double>(object, "usd_per_million_output")};
}

Parameters parameters_of(const json::object& object) {
    const Parameters usual;
    const auto text = [&](std::string_view name, const std::string& otherwise = {}) {
        const auto* value = object.if_contains(name);
        return value != nullptr ? std::string(value->as_string()) : otherwise;
    };
    const auto number = [&](std::string_view name, std::int64_t otherwise) {
        const auto* value = object.if_contains(name);
        return value != nullptr ? value->to_number<std::int64_t>() : otherwise;
    };
    return {.repository = text("repository"),
            .requirement = text("requirement"),
            .agent_kind = kind_at(object, "agent_kind", agent_kinds, usual.agent_kind),
            .agent = text("agent"),
            .spending = spending_of(object),
            .plan = kind_at(object, "plan", plan_makers, usual.plan),
            .review_plan = object.contains("review_plan") && object.at("review_plan").as_bool(),
            .code_host = kind_at(object, "code_host", code_hosts, usual.code_host),
            .remote = text("remote", usual.remote),
            .issue_tracker = kind_at(object, "issue_tracker", issue_trackers, usual.issue_tracker),
            .team = text("team"),
            .environment = object.contains("environment") ? texts_of(object.at("environment")) : usual.environment,
            .is_confined = !object.contains("is_confined") || object.at("is_confined").as_bool(),
            .writable = object.contains("writable") ? texts_of(object.at("writable")) : usual.writable,
            .checks = object.contains("checks") ? texts_of(object.at("checks")) : usual.checks,
            .dev_branch = text("dev_branch", usual.dev_branch),
            .parallel = static_cast<int>(number("parallel", usual.parallel)),
            .attempts_max = static_cast<int>(number("attempts_max", usual.attempts_max)),
            .step_time = std::chrono::seconds(number("step_seconds", usual.step_time.count())),
            .check_time = std::chrono::seconds(number("check_seconds", usual.check_time.count())),
            .needs_approval = object.contains("needs_approval") && object.at("needs_approval").as_bool()};
}

}  // namespace

std::string_view name_of(AgentKind kind) {
    return name_in(agent_kinds, kind);
}
std::string_view name_of(PlanMaker maker) {
    return name_in(plan_makers, maker);
}
std::string_view name_of(CodeHostKind kind) {
    return name_in(code_hosts, kind);
}
std::string_view name_of(IssueTrackerKind kind) {
    return name_in(issue_trackers, kind);
}
std::optional<PlanMaker> plan_maker_named(std::string_view name) {
    return find_in(plan_makers, name);
}
std::optional<CodeHostKind> code_host_named(std::string_view name) {
    return find_in(code_hosts, name);
}
std::optional<IssueTrackerKind> issue_tracker_named(std::string_view name) {
    return find_in(issue_trackers, name);
}

std::string Parameters::to_json() const {
    return json::serialize(json::object{{"repository", repository},
                                        {"requirement", requirement},
                                        {"agent_kind", name_of(agent_kind)},
                                        {"agent", agent},
                                        {"usd_max", or_null(spending.usd_max)},
                                        {"tokens_max", or_null(spending.tokens_max)},
                                        {"usd_per_million_input", or_null(spending.usd_per_million_input)},
                                        {"usd_per_million_output", or_null(spending.usd_per_million_output)},
                                        {"plan", name_of(plan)},
                                        {"review_plan", review_plan},
                                        {"code_host", name_of(code_host)},
                                        {"remote", remote},
                                        {"issue_tracker", name_of(issue_tracker)},
                                        {"team", team},
                                        {"environment", json::array(environment.begin(), environment.end())},
                                        {"is_confined", is_confined},
                                        {"writable", json::array(writable.begin(), writable.end())},
                                        {"checks", json::array(checks.begin(), checks.end())},
                                        {"dev_branch", dev_branch},
                                        {"parallel", parallel},
                                        {"attempts_max", attempts_max},
                                        {"step_seconds", step_time.count()},
                                        {"check_seconds", check_time.count()},
                                        {"needs_approval", needs_approval}});
}

Result<Parameters> Parameters::parse(std::string_view text) {
    std::string problem;
    try {
        auto parameters = parameters_of(json::parse(text).as_object());
        const bool has_agent = !parameters.agent.empty() || parameters.agent_kind == AgentKind::codegen;
        if (!parameters.repository.empty() && has_agent && parameters.parallel > 0 && parameters.attempts_max > 0 &&
            parameters.step_time.count() > 0 && parameters.check_time.count() > 0)
            return parameters;
        problem = "a repository, an agent, and positive figures are needed";
    } catch (const std::exception& error) {
        problem = error.what();
    }
    return std::unexpected(Error{.code = "workflows.bad_parameters",
                                 .message = "the run's parameters cannot be understood",
                                 .detail = problem,
                                 .hint = "start it anew with gsdb workflow start",
                                 .exit_code = ExitCode::usage});
}

std::string shell_word(std::string_view text) {
    std::string word = "'";
    for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

namespace {

std::unexpected<Error> unknown_agent(std::string message, std::string hint, ExitCode exit_code = ExitCode::usage) {
    return std::unexpected(Error{.code = "workflows.unknown_agent",
                                 .message = std::move(message),
                                 .detail = "",
                                 .hint = std::move(hint),
                                 .exit_code = exit_code});
}

/// The command with its first word as it can be run from elsewhere.
Result<std::string> placed_command(std::string_view command, const std::string& folder) {
    const auto end = std::min(command.find(' '), command.size());
    const auto first = command.substr(0, end);
    if (first.find('/') == std::string_view::npos || first.find('\'') != std::string_view::npos)
        return std::string(command);
    std::error_code ignored;
    const auto path = std::filesystem::path(folder) / first;
    if (path.is_relative())
        return std::unexpected(
            Error{.code = "workflows.relative_path",
                  .message = fmt::format("the agent's program {} is no whole path", path.string()),
                  .detail = "it would depend on the folder that the server was started in",
                  .hint = "name it from / on: command:/opt/agents/agent.sh, or by a name that PATH knows",
                  .exit_code = ExitCode::usage});
    if (!std::filesystem::exists(path, ignored))
        return unknown_agent(fmt::format("there is no program {}", path.string()),
                             "name the agent's program from the folder that you are in", ExitCode::not_found);
    return shell_word(std::filesystem::canonical(path).string()) + std::string(command.substr(end));
}

}  // namespace

Result<AgentChoice> read_agent(std::string_view agent, const std::string& folder) {
    const auto colon = std::min(agent.find(':'), agent.size());
    const auto kind = find_in(agent_kinds, agent.substr(0, colon));
    const auto what = colon < agent.size() ? agent.substr(colon + 1) : std::string_view();
    const bool is_named = what.find_first_not_of(' ') != std::string_view::npos;
    if (!kind || (!is_named && (*kind != AgentKind::codegen || colon < agent.size())))
        return unknown_agent(fmt::format("{} is no agent", agent.empty() ? "nothing" : agent),
                             "give a command that changes the files of the folder it runs in, 'command:./my-agent.sh', "
                             "a model, anthropic:MODEL or openai:MODEL, or codegen");
    if (*kind != AgentKind::command) return AgentChoice{.kind = *kind, .what = std::string(what)};
    auto command = placed_command(what, folder);
    if (!command) return std::unexpected(std::move(command.error()));
    return AgentChoice{.kind = AgentKind::command, .what = std::move(*command)};
}

}  // namespace gsdb::engine
