#pragma once
// What is done to runs of workflows, as events of the program: for subscriptions (in Slack, for one), patterns and
// rollups.

#include "modules/events/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::app {

/// Not thread-safe.
class WorkflowEvents {
  public:
    WorkflowEvents(pg::Database<workflows::Database> workflows, pg::Database<events::Database> events)
        : workflows_(std::move(workflows)), events_(std::move(events)) {}

    /// Tells what was not told yet: `workflow.paused` and so on, target `workflow:NAME`, in the order of each run.
    /// What a stop interrupts is told again and stored once. Blocks; throws when a database is away.
    void tell();

  private:
    pg::Database<workflows::Database> workflows_;
    pg::Database<events::Database> events_;
};

}  // namespace gsdb::app
