#pragma once
// Tasks as people and scripts see them.

#include <string>
#include <vector>

#include "app/program.hpp"
#include "modules/tasks/queue.hpp"

namespace gsdb::app {

/// A task with all that is known of it.
struct TaskDocument {
    tasks::TaskDetails task;
    std::vector<tasks::TaskAttempt> attempts;
    std::vector<tasks::Neighbour> neighbours;

    json::object to_json() const;
    std::string text() const;
};

TaskDocument read_task(const tasks::Queue& queue, tasks::TaskId id);

/// The last digits of an id, which a list is short with.
std::string short_task_id(tasks::TaskId id);

json::object to_json(const tasks::ListedTask& task);
json::object to_json(const tasks::LogLine& line);
std::string table_of(const std::vector<tasks::ListedTask>& tasks);
/// "failed after 2 attempts: exit_status: make ended with status 2".
std::string ending_of(const tasks::TaskDetails& task);

bool has_ended(const std::string& status);

}  // namespace gsdb::app
