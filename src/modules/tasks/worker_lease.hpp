#pragma once
// The lease under which a process runs tasks: one for the process, not one for each task.

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/tasks/database.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

using TaskId = Id<struct TaskTag>;
using WorkerId = Id<struct WorkerTag>;

struct WorkerLeaseOptions {
    std::chrono::milliseconds lasts{15'000};  ///< so long after its last sign a worker is taken for dead
    std::chrono::milliseconds renewed_every{3'000};
    std::chrono::milliseconds looks_for_lost_every{1'000};
    std::int32_t page = 500;  ///< tasks taken back in one transaction
};

/// What claims are made and completed under: the database takes nothing from an epoch that has passed.
struct LeaseHolder {
    WorkerId worker_id;
    std::int64_t epoch = 0;
    std::stop_token lost;  ///< asked to stop when the lease is lost: what was claimed under it is others' to run
};

/// Holds a lease, on a thread and a connection of its own, so that a busy program keeps it. Also looks after others:
/// the tasks of workers whose lease has ended, or whose process on this machine is gone, go back to the queue or become
/// dead letters. All of it thread-safe.
class WorkerLease {
  public:
    /// Waits for the database to take the lease; throws what keeps it from that.
    explicit WorkerLease(const pg::Database<Database>& database, WorkerLeaseOptions options = {});
    /// Gives the lease up. What is still held goes back to the queue, its attempts counted.
    ~WorkerLease();
    WorkerLease(const WorkerLease&) = delete;
    WorkerLease& operator=(const WorkerLease&) = delete;

    /// The present one. A lease that is lost (the database could not be told in time that this process lives) says so
    /// to those who have it, and is followed by a new one under another id.
    LeaseHolder holder() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

struct TakenBack {
    std::int64_t tasks = 0;  ///< all of them
    std::int64_t dead = 0;   ///< those that became dead letters
};

/// Takes the tasks of lost workers back, page after page, and settles what waited for those that ended so.
Task<TakenBack> take_back_from_lost_workers(pg::Database<Database> database, std::int32_t page);

}  // namespace gsdb::tasks
