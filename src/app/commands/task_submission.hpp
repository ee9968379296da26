#pragma once
// From options, and from lines of a file, to new tasks.

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "modules/tasks/queue.hpp"

namespace gsdb::app {

struct TaskOptions {
    std::vector<std::string> program, environment, headers, parameters, after;
    std::string executor, url, method, body, statement, database = "codebase_db", folder;
    std::string configuration = "{}", input = "{}", title, priority = "normal", key, concurrency_key, timeout, run_at,
                in;
    std::int32_t attempts_max = 0;
};

/// What a task does, on what, how much it matters, how often it is tried.
void add_task_options(CLI::App& command, TaskOptions& task);

/// Throws a Failure usage, or tasks.bad_configuration. `after` is not read here: it takes the database to know tasks.
tasks::NewTask new_task(const TaskOptions& options);

/// A JSON object in each line; "-" is standard input. In `after`, a number is a line of the same file, a text the id of
/// a task. Throws a Failure that names the line.
std::vector<tasks::NewTask> tasks_of_file(const std::string& file);

}  // namespace gsdb::app
