#pragma once
// Tells workers that there is something to take: those of this process at once, those of others by a NOTIFY for many
// tasks. One in each commit would cost more than half of the throughput.

#include <memory>
#include <string>

#include "base/task.hpp"
#include "base/wake.hpp"
#include "modules/tasks/database.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

/// Thread-safe; copies are the same. News that gets lost is made up for by the workers' own looking.
class QueueNews {
  public:
    static constexpr std::string_view channel = "gsdb_tasks";

    QueueNews();

    /// What the worker of this process waits for.
    const Wake& wake() const;

    /// After the commit that put tasks of an executor into the queue. What others are told within a short time is told
    /// once, by the end of it.
    Task<> tell(pg::Database<Database> database, std::string executor) const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gsdb::tasks
