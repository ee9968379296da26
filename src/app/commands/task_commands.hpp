#pragma once
// What the commands below gsdb task share.

#include <CLI/App.hpp>
#include <memory>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "modules/tasks/queue.hpp"
#include "modules/tasks/schedules.hpp"

namespace gsdb::app {

/// The database of tasks, which is there afterwards.
class TaskDatabase {
  public:
    explicit TaskDatabase(const Program& program);

    const DatabaseServer& server() const { return *server_; }
    const Interruption& interruption() const { return interruption_; }
    const tasks::Queue& queue() const { return queue_; }
    tasks::Schedules schedules() const { return tasks::Schedules(database_); }

  private:
    Interruption interruption_;
    std::unique_ptr<DatabaseServer> server_;
    pg::Database<tasks::Database> database_;
    tasks::Queue queue_;
};

void add_schedule_commands(CLI::App& tasks_group, Program& program);  // schedule add, list, ...

}  // namespace gsdb::app
