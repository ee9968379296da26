#include "engine/command_agent.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "modules/tasks/executors/command.hpp"

namespace gsdb::engine {

namespace {

constexpr std::uint64_t file_bytes_max = 1 << 20;
constexpr std::string_view how_to_answer =
    "\nChange the files of the folder that you run in; committing is not needed. Stay on its branch. What you write to "
    "the file named by GSDB_REPORT_FILE, a JSON object with summary, model, cost_usd, input_tokens, output_tokens, and "
    "criteria (each with criterion, met, evidence), is recorded.\n";

constexpr std::string_view how_to_plan =
    "\nWrite the plan as JSON to the file named by GSDB_PLAN_FILE, by the schema in the file GSDB_PLAN_SCHEMA_FILE. "
    "The code is in the folder that you run in; what you change there is thrown away. GSDB_REPORT_FILE takes model, "
    "cost_usd, input_tokens, output_tokens.\n";

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream << text;
    if (!stream.flush())
        throw Failure({.code = "workflows.cannot_write",
                       .message = fmt::format("{} cannot be written", path.string()),
                       .detail = "",
                       .hint = "look at the rights and the free space of gsdb's home folder"});
}

/// The command in the task's folder, told by a prompt.
process::Command command_for(const std::string& shell_command, const AgentTask& task, const std::string& prompt) {
    write_file(task.notes / "prompt.md", prompt);
    auto command = allowed_command(shell_command, task.folder.folder, task.allowance);
    command.input = prompt;
    command.limits.wall_time = task.time_max;
    command.environment["GSDB_PROMPT_FILE"] = (task.notes / "prompt.md").string();
    command.environment["GSDB_REPORT_FILE"] = (task.notes / "report.json").string();
    command.environment["GSDB_ATTEMPT"] = std::to_string(task.attempt);
    return command;
}

/// What a file of the agent says; nothing when there is none, and a problem when it is too large.
std::optional<std::string> read_file(const std::filesystem::path& path, std::string& problem) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
    if (std::filesystem::file_size(path, ignored) > file_bytes_max) {
        problem = fmt::format("{} is larger than 1 MiB", path.filename().string());
        return std::nullopt;
    }
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

void read_report(const std::filesystem::path& path, AgentRun& run) {
    const auto text = read_file(path, run.report_problem);
    if (!text) return;
    run.report = parse_report(*text);
    if (!run.report) run.report_problem = "its report is no JSON object";
}

std::string error_class(const process::Outcome& outcome) {
    if (outcome.end == process::End::exited) return "exit_status";
    return std::string(process::name_of(outcome.end));
}

std::string error_message(const process::Outcome& outcome) {
    if (outcome.end == process::End::exited) return fmt::format("the agent ended with status {}", outcome.exit_code);
    return fmt::format("the agent was ended: {} after {:.1f} s", process::name_of(outcome.end),
                       static_cast<double>(outcome.took.count()) / 1000);
}

/// Runs it to its end; what earlier runs have left is not taken for its answer.
AgentRun run_to_end(process::Command command, const AgentTask& task, const OnSaid& on_said, std::stop_token stop) {
    std::error_code ignored;
    std::filesystem::remove(task.notes / "report.json", ignored);
    const auto outcome = run_task(process::run(std::move(command), on_said, std::move(stop)));
    AgentRun run{.has_succeeded = outcome.end == process::End::exited && outcome.exit_code == 0,
                 .was_stopped = outcome.end == process::End::cancelled,
                 .took = outcome.took,
                 .measured = tasks::usage_of(outcome)};
    if (!run.has_succeeded) {
        run.error_class = error_class(outcome);
        run.error_message = error_message(outcome);
    }
    read_report(task.notes / "report.json", run);
    return run;
}

}  // namespace

AgentRun CommandAgent::work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const {
    std::filesystem::create_directories(task.notes);
    write_file(task.notes / "step.json", task.step_json);
    auto command = command_for(command_, task, task.prompt + std::string(how_to_answer));
    command.environment["GSDB_STEP_FILE"] = (task.notes / "step.json").string();
    command.environment["GSDB_STEP"] = std::to_string(task.step_number);
    return run_to_end(std::move(command), task, on_said, std::move(stop));
}

AgentRun CommandAgent::plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const {
    const auto& task = question.task;
    std::filesystem::create_directories(task.notes);
    auto command = command_for(command_, task, task.prompt + question.repair + std::string(how_to_plan));
    const auto give = [&](const std::string& variable, const std::string& name, const std::string& text) {
        write_file(task.notes / name, text);
        command.environment[variable] = (task.notes / name).string();
    };
    give("GSDB_REQUIREMENT_FILE", "requirement.md", question.requirement);
    give("GSDB_PLAN_SCHEMA_FILE", "plan.schema.json", question.schema);
    if (!question.former_answer.empty()) give("GSDB_FORMER_PLAN_FILE", "former-plan.json", question.former_answer);
    command.environment["GSDB_PLAN_FILE"] = (task.notes / "plan.json").string();
    std::error_code ignored;
    std::filesystem::remove(task.notes / "plan.json", ignored);
    auto run = run_to_end(std::move(command), task, on_said, std::move(stop));
    std::string problem;
    run.answer = read_file(task.notes / "plan.json", problem).value_or("");
    if (run.has_succeeded && !problem.empty()) {
        run.has_succeeded = false;
        run.error_class = "bad_answer";
        run.error_message = std::move(problem);
    }
    return run;
}

}  // namespace gsdb::engine
