#include "engine/parameters.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>

namespace gsdb::engine {

namespace json = boost::json;

namespace {

std::vector<std::string> texts_of(const json::value& list) {
    std::vector<std::string> texts;
    for (const auto& text : list.as_array()) texts.emplace_back(text.as_string());
    return texts;
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
            .agent = text("agent"),
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

std::string Parameters::to_json() const {
    return json::serialize(json::object{{"repository", repository},
                                        {"requirement", requirement},
                                        {"agent", agent},
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
        if (!parameters.repository.empty() && !parameters.agent.empty() && parameters.parallel > 0 &&
            parameters.attempts_max > 0 && parameters.step_time.count() > 0 && parameters.check_time.count() > 0)
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

Result<std::string> agent_command(std::string_view agent, const std::string& folder) {
    constexpr std::string_view prefix = "command:";
    const auto command = agent.starts_with(prefix) ? agent.substr(prefix.size()) : std::string_view();
    if (command.find_first_not_of(' ') == std::string_view::npos)
        return std::unexpected(Error{.code = "workflows.unknown_agent",
                                     .message = fmt::format("{} is no agent", agent.empty() ? "nothing" : agent),
                                     .detail = "",
                                     .hint = "give a command that changes the files of the folder it runs in: --agent "
                                             "'command:./my-agent.sh'",
                                     .exit_code = ExitCode::usage});
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
        return std::unexpected(Error{.code = "workflows.unknown_agent",
                                     .message = fmt::format("there is no program {}", path.string()),
                                     .detail = "",
                                     .hint = "name the agent's program from the folder that you are in",
                                     .exit_code = ExitCode::not_found});
    return shell_word(std::filesystem::canonical(path).string()) + std::string(command.substr(end));
}

}  // namespace gsdb::engine
