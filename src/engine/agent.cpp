#include "engine/agent.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::uint64_t report_bytes_max = 1 << 20;

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream << text;
    if (!stream.flush())
        throw Failure({.code = "workflows.cannot_write",
                       .message = fmt::format("{} cannot be written", path.string()),
                       .detail = "",
                       .hint = "look at the rights and the free space of gsdb's home folder"});
}

double number_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? std::max(value->to_number<double>(), 0.0) : 0;
}

process::Command command_of(const AgentTask& task) {
    auto command = allowed_command(task.command, task.folder, task.allowance);
    command.input = task.prompt;
    command.limits.wall_time = task.time_max;
    command.environment["GSDB_PROMPT_FILE"] = (task.notes / "prompt.md").string();
    command.environment["GSDB_STEP_FILE"] = (task.notes / "step.json").string();
    command.environment["GSDB_REPORT_FILE"] = (task.notes / "report.json").string();
    command.environment["GSDB_STEP"] = std::to_string(task.step_number);
    command.environment["GSDB_ATTEMPT"] = std::to_string(task.attempt);
    return command;
}

void read_report(const std::filesystem::path& path, AgentRun& run) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return;
    if (std::filesystem::file_size(path, ignored) > report_bytes_max) {
        run.report_problem = "its report is larger than 1 MiB";
        return;
    }
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    run.report = parse_report(text.view());
    if (!run.report) run.report_problem = "its report is no JSON object";
}

}  // namespace

std::optional<AgentReport> parse_report(std::string_view text) {
    boost::system::error_code problem;
    const auto value = json::parse(text, problem);
    if (problem || !value.is_object()) return std::nullopt;
    const auto& object = value.as_object();
    AgentReport report{.summary = text_in(object, "summary"),
                       .has_nothing_to_do = text_in(object, "status") == "nothing_to_do",
                       .model = text_in(object, "model"),
                       .cost_usd = std::min(number_at(object, "cost_usd"), 1e6),
                       .input_tokens = static_cast<std::int64_t>(std::min(number_at(object, "input_tokens"), 1e15)),
                       .output_tokens = static_cast<std::int64_t>(std::min(number_at(object, "output_tokens"), 1e15)),
                       .criteria = {}};
    const auto* criteria = object.if_contains("criteria");
    if (criteria == nullptr || !criteria->is_array()) return report;
    for (const auto& one : criteria->as_array()) {
        if (!one.is_object()) continue;
        const auto* met = one.as_object().if_contains("met");
        report.criteria.push_back({.criterion = text_in(one.as_object(), "criterion"),
                                   .evidence = text_in(one.as_object(), "evidence"),
                                   .is_met = met != nullptr && met->is_bool() && met->as_bool()});
    }
    return report;
}

std::string AgentRun::error_class() const {
    if (outcome.end == process::End::exited) return "exit_status";
    return std::string(process::name_of(outcome.end));
}

std::string AgentRun::error_message() const {
    if (outcome.end == process::End::exited) return fmt::format("the agent ended with status {}", outcome.exit_code);
    return fmt::format("the agent was ended: {} after {:.1f} s", process::name_of(outcome.end),
                       static_cast<double>(outcome.took.count()) / 1000);
}

AgentRun run_agent(const AgentTask& task, const process::OnLine& on_line, std::stop_token stop) {
    std::error_code ignored;
    std::filesystem::create_directories(task.notes);
    std::filesystem::remove(task.notes / "report.json", ignored);
    write_file(task.notes / "prompt.md", task.prompt);
    write_file(task.notes / "step.json", task.step_json);
    AgentRun run{.outcome = run_task(process::run(command_of(task), on_line, std::move(stop))),
                 .report = std::nullopt,
                 .report_problem = {}};
    read_report(task.notes / "report.json", run);
    return run;
}

}  // namespace gsdb::engine
