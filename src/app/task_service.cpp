#include "app/task_service.hpp"

#include <fmt/format.h>

#include <sstream>

#include "app/role_login.hpp"
#include "modules/tasks/executors/command.hpp"
#include "modules/tasks/executors/http_call.hpp"
#include "modules/tasks/executors/sql_statement.hpp"
#include "modules/tasks/schedules.hpp"
#include "modules/tasks/worker.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

constexpr std::size_t connections = 4;

/// As the role that reads all and changes nothing.
std::optional<pg::ConnectOptions> reader_login(const DatabaseServer& server, std::string_view database) {
    const auto* const target = server.layout().target_of_database(database);
    if (target == nullptr) return std::nullopt;
    return as_role(server.administrator(target->database), migrate::readonly_role,
                   server.is_embedded() ? nullptr : &server.home());
}

tasks::Handler handler_of(const std::string& executor, const DatabaseServer& server, const http::AddressGuard& guard) {
    static const SystemClock clock;
    if (executor == "command") return tasks::command_handler();
    if (executor == "http") return tasks::http_handler(guard, clock);
    if (executor == "sql")
        return tasks::sql_handler([&server](std::string_view database) { return reader_login(server, database); });
    throw Failure({.code = "settings.invalid",
                   .message = fmt::format("tasks.executors names {}", executor.empty() ? "nothing" : executor),
                   .detail = "",
                   .hint = "there are command, http and sql, separated by commas",
                   .exit_code = ExitCode::usage});
}

std::map<std::string, tasks::Handler> handlers_of(const Program& program, const DatabaseServer& server,
                                                  const http::AddressGuard& guard) {
    std::map<std::string, tasks::Handler> handlers;
    std::stringstream list(program.settings.get(settings::tasks_executors));
    for (std::string one; std::getline(list, one, ',');) {
        std::erase(one, ' ');
        handlers[one] = handler_of(one, server, guard);
    }
    return handlers;
}

}  // namespace

struct TaskService::State {
    State(const DatabaseServer& server, std::map<std::string, tasks::Handler> handlers, std::size_t concurrent_max)
        : database(server.pool("tasks", connections)),
          lease(database),
          worker(database, lease, clock, std::move(handlers), news, {.concurrent_max = concurrent_max}),
          background({[this](Stop stop) { return worker.run(std::move(stop)); },
                      [this](Stop stop) { return tasks::keep_starting_schedules(database, news, std::move(stop)); }}) {}
    ~State() {
        // Longer than what the worker gives to those that run.
        background.stop(std::chrono::seconds(20));
    }

    SystemClock clock;
    pg::Database<tasks::Database> database;
    tasks::QueueNews news;
    tasks::WorkerLease lease;
    tasks::Worker worker;
    Background background;
};

TaskService::TaskService(const Program& program, const DatabaseServer& server, http::AddressGuard guard) {
    auto handlers = handlers_of(program, server, guard);
    const auto concurrent_max = static_cast<std::size_t>(program.settings.get(settings::tasks_concurrent_max));
    if (concurrent_max == 0 || handlers.empty()) return;
    state_ = std::make_unique<State>(server, std::move(handlers), concurrent_max);
}

TaskService::~TaskService() = default;

}  // namespace gsdb::app
