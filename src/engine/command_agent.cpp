#include "engine/command_agent.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "modules/tasks/executors/command.hpp"

namespace gsdb::engine {

namespace {

constexpr std::uint64_t report_bytes_max = 1 << 20;
constexpr std::string_view how_to_answer =
    "\nChange the files of the folder that you run in; committing is not needed. Stay on its branch. What you write to "
    "the file named by GSDB_REPORT_FILE, a JSON object with summary, model, cost_usd, input_tokens, output_tokens, and "
    "criteria (each with criterion, met, evidence), is recorded.\n";

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream << text;
    if (!stream.flush())
        throw Failure({.code = "workflows.cannot_write",
                       .message = fmt::format("{} cannot be written", path.string()),
                       .detail = "",
                       .hint = "look at the rights and the free space of gsdb's home folder"});
}

process::Command command_for(const std::string& shell_command, const AgentTask& task) {
    auto command = allowed_command(shell_command, task.folder.folder, task.allowance);
    command.input = task.prompt + std::string(how_to_answer);
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

std::string error_class(const process::Outcome& outcome) {
    if (outcome.end == process::End::exited) return "exit_status";
    return std::string(process::name_of(outcome.end));
}

std::string error_message(const process::Outcome& outcome) {
    if (outcome.end == process::End::exited) return fmt::format("the agent ended with status {}", outcome.exit_code);
    return fmt::format("the agent was ended: {} after {:.1f} s", process::name_of(outcome.end),
                       static_cast<double>(outcome.took.count()) / 1000);
}

}  // namespace

AgentRun CommandAgent::work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const {
    std::error_code ignored;
    std::filesystem::create_directories(task.notes);
    std::filesystem::remove(task.notes / "report.json", ignored);
    write_file(task.notes / "prompt.md", task.prompt + std::string(how_to_answer));
    write_file(task.notes / "step.json", task.step_json);
    const auto outcome = run_task(process::run(command_for(command_, task), on_said, std::move(stop)));
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

}  // namespace gsdb::engine
