#include "app/commands/task_text.hpp"

#include <fmt/format.h>

#include "app/commands/event_commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

json::object attempt_json(const tasks::TaskAttempt& attempt) {
    return {{"attempt", attempt.number},
            {"started_at", to_rfc3339(attempt.started_at)},
            {"finished_at", to_rfc3339(attempt.finished_at)},
            {"cpu_seconds", attempt.cpu_seconds},
            {"memory_peak_bytes", attempt.memory_peak_bytes},
            {"read_bytes", attempt.read_bytes},
            {"written_bytes", attempt.written_bytes},
            {"exit_code", or_null(attempt.exit_code)},
            {"error_class", or_null(attempt.error_class)}};
}

json::object neighbour_json(const tasks::Neighbour& neighbour) {
    return {{"id", to_string(neighbour.id)}, {"title", neighbour.title},
            {"status", neighbour.status},    {"is_waited_for", neighbour.waits},
            {"kind", neighbour.kind},        {"condition", neighbour.condition},
            {"is_hard", neighbour.is_hard},  {"satisfied_at", or_null(neighbour.satisfied_at)}};
}

std::string took(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
    return from && to ? format_seconds(std::chrono::duration<double>(*to - *from).count()) : "";
}

std::string attempts_table(const std::vector<tasks::TaskAttempt>& attempts) {
    Table table({"attempt", "took", "CPU", "memory", "read", "written", "status", ""});
    for (const auto& a : attempts)
        table.add({std::to_string(a.number), took(a.started_at, a.finished_at), format_seconds(a.cpu_seconds),
                   format_bytes(a.memory_peak_bytes), format_bytes(a.read_bytes), format_bytes(a.written_bytes),
                   a.exit_code ? std::to_string(*a.exit_code) : "", a.error_class.value_or("")});
    return table.text();
}

std::string neighbours_table(const std::vector<tasks::Neighbour>& neighbours) {
    Table table({"", "task", "status", "title"});
    for (const auto& n : neighbours)
        table.add({n.waits ? "waits for" : "is waited for by", short_task_id(n.id), n.status, n.title});
    return table.text();
}

}  // namespace

TaskDocument read_task(const tasks::Queue& queue, tasks::TaskId id) {
    const auto me = person_at_the_command_line();
    return {.task = value_or_throw(run_task(queue.get(me, id))),
            .attempts = value_or_throw(run_task(queue.attempts(me, id))),
            .neighbours = value_or_throw(run_task(queue.neighbours(me, id)))};
}

std::string short_task_id(tasks::TaskId id) {
    constexpr std::size_t digits = 12;
    const auto text = to_string(id);
    return text.substr(text.size() - digits);
}

bool has_ended(const std::string& status) {
    return status == "succeeded" || status == "failed" || status == "dead" || status == "cancelled";
}

json::object to_json(const tasks::ListedTask& task) {
    return {{"id", to_string(task.id)},
            {"title", task.title},
            {"task_type", task.task_type},
            {"status", task.status},
            {"executor", task.executor},
            {"priority", task.priority},
            {"attempts", task.attempts},
            {"attempts_forgiven", task.attempts_forgiven},
            {"attempts_max", task.attempts_max},
            {"error_class", or_null(task.error_class)},
            {"run_at", to_rfc3339(task.run_at)},
            {"created_at", to_rfc3339(task.created_at)},
            {"started_at", or_null(task.started_at)},
            {"finished_at", or_null(task.finished_at)}};
}

json::object to_json(const tasks::LogLine& line) {
    return {{"attempt", line.position.attempt},
            {"line", line.position.line_number},
            {"at", to_rfc3339(line.logged_at)},
            {"level", line.level},
            {"stream", line.stream},
            {"message", line.message}};
}

json::object TaskDocument::to_json() const {
    auto document = app::to_json(static_cast<const tasks::ListedTask&>(task));
    document["definition"] = or_null(task.definition);
    document["configuration"] = json::parse(task.configuration);
    document["input"] = json::parse(task.input);
    document["output"] = json::parse(task.output);
    document["idempotency_key"] = or_null(task.idempotency_key);
    document["concurrency_key"] = or_null(task.concurrency_key);
    document["timeout_seconds"] = task.timeout.count();
    document["cancel_requested_at"] = or_null(task.cancel_requested_at);
    document["cancel_reason"] = or_null(task.cancel_reason);
    document["error"] = or_null(task.error_message);
    json::array usage, others;
    for (const auto& attempt : attempts) usage.push_back(attempt_json(attempt));
    for (const auto& neighbour : neighbours) others.push_back(neighbour_json(neighbour));
    document["usage"] = std::move(usage);
    document["dependencies"] = std::move(others);
    return document;
}

std::string TaskDocument::text() const {
    auto text =
        fmt::format("{}: {}\n{}, {}, {} priority, {} of {} attempts\n", to_string(task.id), task.title, task.status,
                    task.executor, task.priority, task.attempts - task.attempts_forgiven, task.attempts_max);
    if (task.status == "scheduled") text += fmt::format("runs at {}\n", to_rfc3339(task.run_at));
    if (task.cancel_reason) text += fmt::format("called off because {}\n", *task.cancel_reason);
    if (task.error_class) text += fmt::format("{}: {}\n", *task.error_class, task.error_message.value_or(""));
    text += fmt::format("configuration {}\ninput         {}\noutput        {}\n", task.configuration, task.input,
                        task.output);
    if (!attempts.empty()) text += "\n" + attempts_table(attempts);
    if (!neighbours.empty()) text += "\n" + neighbours_table(neighbours);
    return text;
}

std::string table_of(const std::vector<tasks::ListedTask>& tasks) {
    Table table({"task", "status", "executor", "attempts", "title", "created", "took", ""});
    for (const auto& task : tasks)
        table.add({short_task_id(task.id), task.status, task.executor,
                   fmt::format("{}/{}", task.attempts - task.attempts_forgiven, task.attempts_max), task.title,
                   to_rfc3339(task.created_at).substr(0, 19), took(task.started_at, task.finished_at),
                   task.error_class.value_or("")});
    return table.text();
}

std::string ending_of(const tasks::TaskDetails& task) {
    auto text = fmt::format("task {}: {}", short_task_id(task.id), task.status);
    if (task.attempts > 1) text += fmt::format(" after {} attempts", task.attempts);
    if (task.status != "succeeded" && task.error_class)
        text += fmt::format(": {}: {}", *task.error_class, task.error_message.value_or(""));
    return text + "\n";
}

}  // namespace gsdb::app
