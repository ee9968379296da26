#include "modules/tasks/executors/command.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "modules/tasks/executors/configuration.hpp"

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

constexpr std::size_t said_bytes_max = 500;
constexpr std::chrono::milliseconds grace{1'000};  // less than what a worker waits before it cancels what is awaited

/// A program's lines on their way into the log, and what is remembered of them.
class Said {
  public:
    explicit Said(Attempt& attempt) : attempt_(attempt) {}

    void add(process::Stream stream, std::string_view line) {
        const bool is_error = stream == process::Stream::err;
        attempt_.log(is_error ? "warning" : "info", is_error ? "stderr" : "stdout", line);
        const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        if (is_error) {
            if (!is_blank) last_error_ = line.substr(0, said_bytes_max);
            return;
        }
        const bool is_piece = line.size() >= process::line_bytes_max;
        if (!is_blank || is_piece || was_piece_) last_line_ = is_piece || was_piece_ ? "" : std::string(line);
        was_piece_ = is_piece;
    }

    std::string output() const {
        boost::system::error_code problem;
        const auto value = json::parse(last_line_, problem);
        return !problem && value.is_object() ? last_line_ : "{}";
    }
    std::string last_words() const {
        return last_error_.empty() ? "" : fmt::format("; it said: {}", printable_utf8(last_error_));
    }

  private:
    Attempt& attempt_;
    std::string last_line_, last_error_;
    bool was_piece_ = false;
};

Failed failed(const process::Outcome& outcome, const std::string& program, const Said& said) {
    switch (outcome.end) {
        case process::End::exited:
            return {.error_class = "exit_status",
                    .error_message =
                        fmt::format("{} ended with status {}{}", program, outcome.exit_code, said.last_words())};
        case process::End::killed:
            return {.error_class = "killed",
                    .error_message =
                        fmt::format("{} was ended by signal {}{}", program, outcome.signal, said.last_words())};
        case process::End::timed_out:
            return {.error_class = "timeout", .error_message = fmt::format("{} took too long", program)};
        default:
            return {.error_class = std::string(process::name_of(outcome.end)),
                    .error_message = fmt::format("{} was ended: {}", program, process::name_of(outcome.end))};
    }
}

Failed failed(const Failure& failure) {
    const bool is_start = failure.error().code == "process.cannot_start";
    return {.error_class = is_start ? "cannot_start" : "process_lost",
            .error_message = failure.what(),
            .is_retried = is_start ? std::optional(false) : std::nullopt};
}

process::Command command_of(const Attempt& attempt) {
    const auto& task = attempt.task();
    auto command = read_command(task.configuration);
    command.environment["GSDB_TASK_ID"] = to_string(task.key.task_id);
    command.environment["GSDB_ATTEMPT"] = std::to_string(task.key.attempt);
    command.input = task.input;
    // The worker says when the time is over; this is for a worker that cannot.
    command.limits.wall_time = task.timeout + std::chrono::seconds(10);
    command.limits.grace = grace;
    return command;
}

Task<HandlerResult> run_command(std::shared_ptr<Attempt> attempt) {
    Said said(*attempt);
    try {
        auto command = command_of(*attempt);
        const auto program = printable_utf8(utf8_beginning(command.arguments.front(), said_bytes_max));
        const auto outcome = co_await process::run(
            std::move(command), [&said](process::Stream stream, std::string_view line) { said.add(stream, line); },
            attempt->stop());
        if (outcome.is_output_cut)
            attempt->log("warning", "engine", "it wrote more than is kept; the rest is left out");
        if (outcome.end == process::End::exited && outcome.exit_code == 0)
            co_return HandlerResult{.end = Succeeded{.output = said.output()}, .usage = usage_of(outcome)};
        co_return HandlerResult{.end = failed(outcome, program, said), .usage = usage_of(outcome)};
    } catch (const InvalidInput& problem) {
        co_return HandlerResult{.end = problem.failed()};
    } catch (const Failure& failure) {
        co_return HandlerResult{.end = failed(failure)};
    }
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && name.find('=') == std::string_view::npos;
}

void read_limits(Configuration& from, process::Limits& to) {
    constexpr std::int64_t day = 86'400, terabyte = std::int64_t{1} << 40, gigabyte = std::int64_t{1} << 30;
    if (const auto seconds = from.number("cpu_seconds_max", 1, 365 * day))
        to.cpu_seconds_max = static_cast<double>(*seconds);
    if (const auto bytes = from.number("memory_bytes_max", 1 << 20, 64 * terabyte))
        to.memory_bytes_max = static_cast<std::uint64_t>(*bytes);
    if (const auto bytes = from.number("file_bytes_max", 0, 64 * terabyte))
        to.file_bytes_max = static_cast<std::uint64_t>(*bytes);
    constexpr std::int64_t processes_most = 100'000;
    to.processes_max = static_cast<int>(from.number("processes_max", 1, processes_most).value_or(to.processes_max));
    to.output_bytes_max = static_cast<std::uint64_t>(
        from.number("output_bytes_max", 0, gigabyte).value_or(static_cast<std::int64_t>(to.output_bytes_max)));
}

}  // namespace

process::Command read_command(const std::string& configuration) {
    Configuration from("configuration", configuration);
    process::Command command{.arguments = from.texts("arguments"), .folder = from.text("folder", "")};
    if (command.arguments.empty() || command.arguments.front().empty())
        from.refuse("arguments", "is missing: it is the program and what it is given");
    if (!command.folder.empty() && !command.folder.is_absolute())
        from.refuse("folder", "is not absolute: the server runs elsewhere");
    const auto passed = from.texts("pass_environment");
    for (const auto& name : passed)
        if (!is_variable_name(name)) from.refuse("pass_environment", "has what is no name of a variable");
    command.environment = process::harmless_environment_with(passed);
    for (auto& [name, value] : from.pairs("environment")) {
        if (!is_variable_name(name)) from.refuse("environment", "has what is no name of a variable");
        command.environment[name] = value;
    }
    read_limits(from, command.limits);
    from.finish();
    return command;
}

AttemptUsage usage_of(const process::Outcome& outcome) {
    const auto& used = outcome.usage;
    return {.cpu_seconds = used.cpu_seconds,
            .memory_peak_bytes = static_cast<std::int64_t>(used.memory_peak_bytes),
            .read_bytes = static_cast<std::int64_t>(used.read_bytes),
            .written_bytes = static_cast<std::int64_t>(used.written_bytes),
            .exit_code = outcome.signal != 0 ? -outcome.signal : outcome.exit_code};
}

Handler command_handler() {
    return [](std::shared_ptr<Attempt> attempt) { return run_command(std::move(attempt)); };
}

}  // namespace gsdb::tasks
