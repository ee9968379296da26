#include "app/commands/task_submission.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/commands/event_commands.hpp"
#include "base/moment.hpp"
#include "base/utf8.hpp"
#include "modules/tasks/executors/check.hpp"
#include "modules/tasks/executors/configuration.hpp"

namespace gsdb::app {

namespace {

constexpr std::size_t title_bytes_max = 200;

Failure usage(std::string message, std::string hint) {
    return Failure({.code = "usage",
                    .message = std::move(message),
                    .detail = "",
                    .hint = std::move(hint),
                    .exit_code = ExitCode::usage});
}

json::object object_of(const std::string& text, std::string_view option) {
    boost::system::error_code problem;
    auto value = json::parse(text, problem);
    if (problem || !value.is_object())
        throw usage(fmt::format("what {} is given is no JSON object", option), R"(write {"name": "value"})");
    return std::move(value.get_object());
}

/// "NAME" and what is behind the sign.
std::optional<std::pair<std::string, std::string>> split(const std::string& text, char sign) {
    const auto at = text.find(sign);
    if (at == std::string::npos) return std::nullopt;
    const auto value = text.find_first_not_of(' ', at + 1);
    return std::pair(text.substr(0, at), value == std::string::npos ? "" : text.substr(value));
}

void tell_of_command(const TaskOptions& options, json::object& to) {
    if (!options.program.empty()) to["arguments"] = json::array(options.program.begin(), options.program.end());
    const std::filesystem::path folder = options.folder.empty() ? "." : options.folder;
    if (!to.contains("folder")) to["folder"] = std::filesystem::absolute(folder).lexically_normal().string();
    json::array passed;
    json::object set;
    for (const auto& variable : options.environment) {
        if (const auto named = split(variable, '='))
            set[named->first] = variable.substr(named->first.size() + 1);
        else
            passed.emplace_back(variable);
    }
    if (!passed.empty()) to["pass_environment"] = std::move(passed);
    if (!set.empty()) to["environment"] = std::move(set);
}

void tell_of_call(const TaskOptions& options, json::object& to) {
    if (!options.url.empty()) to["url"] = options.url;
    if (!options.method.empty()) to["method"] = options.method;
    if (!options.body.empty()) to["body"] = options.body;
    json::object headers;
    for (const auto& header : options.headers) {
        const auto named = split(header, ':');
        if (!named) throw usage(fmt::format("'{}' is no header", header), "write 'Name: value'");
        headers[named->first] = named->second;
    }
    if (!headers.empty()) to["headers"] = std::move(headers);
}

void tell_of_statement(const TaskOptions& options, json::object& to) {
    if (!options.statement.empty()) to["statement"] = options.statement;
    if (!to.contains("database")) to["database"] = options.database;
    if (!options.parameters.empty())
        to["parameters"] = json::array(options.parameters.begin(), options.parameters.end());
}

std::string executor_of(const TaskOptions& options) {
    std::vector<std::string> meant;
    if (!options.program.empty()) meant.emplace_back("command");
    if (!options.url.empty()) meant.emplace_back("http");
    if (!options.statement.empty()) meant.emplace_back("sql");
    if (!options.executor.empty() && std::ranges::find(meant, options.executor) == meant.end())
        meant.push_back(options.executor);
    if (meant.size() == 1) return meant.front();
    throw usage(meant.empty() ? "nothing says what the task is to do"
                              : fmt::format("one task cannot be of {}", fmt::join(meant, " and of ")),
                "give one of -- PROGRAM ARGUMENTS, --http URL, --sql STATEMENT");
}

std::string title_of(const TaskOptions& options) {
    const auto text = !options.title.empty()       ? options.title
                      : !options.url.empty()       ? options.url
                      : !options.program.empty()   ? fmt::format("{}", fmt::join(options.program, " "))
                      : !options.statement.empty() ? options.statement
                                                   : options.executor;
    return std::string(utf8_beginning(printable_utf8(text), title_bytes_max));
}

void check(const tasks::NewTask& task) {
    if (!task.executor.empty() && task.definition.empty())
        value_or_throw(tasks::check_configuration(task.executor, task.configuration, task.input));
}

Timestamp moment_ahead(const std::string& text) {
    if (const auto moment = parse_moment(text)) return *moment;
    throw usage(fmt::format("'{}' is no moment", text), "write 2026-11-21T06:31:00Z, or use --in 15m");
}

// Lines of a file.

std::string text_of(const json::value* value, std::string other) {
    return value == nullptr ? std::move(other) : json::serialize(*value);
}

void read_dependencies(tasks::Configuration& from, tasks::NewTask& to) {
    const auto* const after = from.any("after");
    if (after == nullptr) return;
    if (!after->is_array()) from.refuse("after", "is not an array of line numbers and ids");
    for (const auto& one : after->get_array()) {
        if (one.is_int64() && one.get_int64() > 0)
            to.dependencies.push_back({.on = static_cast<std::size_t>(one.get_int64() - 1)});
        else if (const auto id = one.is_string() ? Uuid::parse(std::string(one.get_string())) : std::nullopt)
            to.dependencies.push_back({.on = tasks::TaskId{*id}});
        else
            from.refuse("after", "is not an array of line numbers and ids");
    }
}

tasks::NewTask task_of_line(std::int64_t number, const std::string& line) {
    constexpr std::int64_t year = 366 * 86'400, attempts_most = 100;
    tasks::Configuration from(fmt::format("task in line {}", number), line);
    tasks::NewTask task{.title = from.text("title", ""),
                        .description = from.text("description", ""),
                        .task_type = from.text("task_type", ""),
                        .executor = from.text("executor", ""),
                        .priority = from.text("priority", "normal"),
                        .definition = from.text("definition", ""),
                        .configuration = text_of(from.any("configuration"), "{}"),
                        .input = text_of(from.any("input"), "{}"),
                        .idempotency_key = from.text("idempotency_key", ""),
                        .concurrency_key = from.text("concurrency_key", "")};
    if (task.title.empty()) task.title = fmt::format("{}{}", task.executor, task.definition);
    if (const auto at = from.text("run_at", ""); !at.empty()) task.run_at = moment_ahead(at);
    if (const auto seconds = from.number("timeout_seconds", 1, year)) task.timeout = std::chrono::seconds(*seconds);
    if (const auto most = from.number("attempts_max", 1, attempts_most))
        task.attempts_max = static_cast<std::int32_t>(*most);
    read_dependencies(from, task);
    from.finish();
    return task;
}

std::vector<tasks::NewTask> read_lines(std::istream& lines) {
    std::vector<tasks::NewTask> all;
    std::int64_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        try {
            all.push_back(task_of_line(number, line));
            check(all.back());
        } catch (const tasks::InvalidInput& problem) {
            throw usage(problem.what(), "each line is a JSON object: docs/guides/tasks.md");
        } catch (const Failure& failure) {
            auto error = failure.error();
            error.message = fmt::format("line {}: {}", number, error.message);
            throw Failure(std::move(error));
        }
        if (all.size() > tasks::Queue::batch_max)
            throw usage(fmt::format("more than {} tasks", tasks::Queue::batch_max), "split the file");
    }
    return all;
}

}  // namespace

void add_task_options(CLI::App& command, TaskOptions& task) {
    command.add_option("program", task.program, "After --: the program and its arguments, run without a shell");
    command.add_option("--folder", task.folder, "Folder the program runs in; default: the present one");
    command
        .add_option("--env", task.environment,
                    "NAME=VALUE for the program, or NAME to pass on the server's; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--http", task.url, "URL to call");
    command.add_option("--method", task.method, "Method of the call; default: GET");
    command.add_option("--header", task.headers, "'Name: value' for the call; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--body", task.body, "Body of the call; default: the input, as JSON");
    command.add_option("--sql", task.statement, "Query to run, as the role that only reads");
    command.add_option("--db", task.database, "Database of the query")->capture_default_str();
    command.add_option("--parameter", task.parameters, "Value of $1, $2, ... of the query; may be repeated")
        ->allow_extra_args(false);
    command.add_option("--executor", task.executor, "Who does it, where the rest is in --configuration; or a person")
        ->check(CLI::IsMember({"command", "http", "sql", "manual"}));
    command.add_option("--configuration", task.configuration,
                       "What the executor is told beyond that, as a JSON object: limits, rows_max, ...");
    command.add_option("--input", task.input, "What it works on, as a JSON object");
    command.add_option("--priority", task.priority, "How much it matters")
        ->check(CLI::IsMember({"low", "normal", "high", "urgent", "critical"}))
        ->capture_default_str();
    command.add_option("--timeout", task.timeout, "Time of one attempt: 90s, 15m, 24h; default: 1h");
    command.add_option("--attempts", task.attempts_max, "Attempts before it is a dead letter; default: 3")
        ->check(CLI::Range(1, 100));
}

tasks::NewTask new_task(const TaskOptions& options) {
    auto configuration = object_of(options.configuration, "--configuration");
    tasks::NewTask task{.title = title_of(options),
                        .executor = executor_of(options),
                        .priority = options.priority,
                        .input = json::serialize(object_of(options.input, "--input")),
                        .idempotency_key = options.key,
                        .concurrency_key = options.concurrency_key};
    if (task.executor == "command") tell_of_command(options, configuration);
    if (task.executor == "http") tell_of_call(options, configuration);
    if (task.executor == "sql") tell_of_statement(options, configuration);
    task.configuration = json::serialize(configuration);
    if (!options.run_at.empty()) task.run_at = moment_ahead(options.run_at);
    if (!options.in.empty()) task.run_at = SystemClock().now() + duration_of(options.in);
    if (!options.timeout.empty()) task.timeout = duration_of(options.timeout);
    if (options.attempts_max > 0) task.attempts_max = options.attempts_max;
    check(task);
    return task;
}

std::vector<tasks::NewTask> tasks_of_file(const std::string& file) {
    if (file == "-") return read_lines(std::cin);
    std::ifstream lines(file, std::ios::binary);
    if (!lines)
        throw Failure({.code = "tasks.no_file",
                       .message = fmt::format("{} cannot be read", file),
                       .detail = "",
                       .hint = "name a file of JSON lines, or - for standard input",
                       .exit_code = ExitCode::not_found});
    return read_lines(lines);
}

}  // namespace gsdb::app
