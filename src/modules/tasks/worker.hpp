#pragma once
// Runs the tasks of the queue that it has handlers for, and sees to it that what is due comes into the queue.

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/clock.hpp"
#include "base/wake.hpp"
#include "modules/tasks/claims.hpp"
#include "modules/tasks/ended_attempts.hpp"
#include "modules/tasks/handler.hpp"
#include "modules/tasks/queue_news.hpp"
#include "modules/tasks/worker_lease.hpp"

namespace gsdb::tasks {

struct WorkerOptions {
    std::size_t concurrent_max = 16;  ///< attempts at once
    /// Tasks taken beyond those that run: many short tasks need them, long ones are better left to others.
    std::size_t prefetch_max = 0;
    std::chrono::milliseconds looks_every{500};        ///< for tasks that nobody told of
    std::chrono::milliseconds looks_after_every{500};  ///< timeouts, calling off, what is due
    std::chrono::milliseconds stop_grace{2'000};       ///< for who was asked to stop, before its waits are cancelled
    std::chrono::milliseconds finish_within{5'000};    ///< for what runs when the worker is told to end
};

/// Of one thread. Several may share a database and a lease, each with news of its own.
class Worker {
  public:
    /// `handlers` by executor: tasks of no other are taken, and never those of `agent` unless given. What is given must
    /// outlive it.
    Worker(const pg::Database<Database>& database, const WorkerLease& lease, const Clock& clock,
           std::map<std::string, Handler> handlers, QueueNews news = {}, WorkerOptions options = {});
    ~Worker();

    /// Until it is stopped. Then what runs may finish for a while; what does not, and what was taken and not begun, is
    /// handed back without spending the attempt.
    Task<> run(Stop stop);

  private:
    struct Running;

    Task<> keep_claiming(Stop stop);
    Task<std::size_t> claim();
    Task<> hand_back_unknown();
    std::size_t room() const;
    void begin_what_fits();
    Task<> run_attempt(std::shared_ptr<Running> running);
    void end_attempt(const Running& running, EndedAttempt ended);

    Task<> keep_writing(Stop stop);
    Task<bool> write();

    Task<> keep_looking_after(Stop stop);
    Task<> look_after();
    Task<> stop_what_is_called_off();
    void stop_what_is_over();
    void stop(Running& running, StopReason reason);
    void follow_lease();

    Task<> keep_listening(Stop stop);
    Task<> finish();
    Task<> wait_for_running(std::chrono::milliseconds at_most);

    pg::Database<Database> database_;
    Claims claims_;
    const WorkerLease& lease_;
    const Clock& clock_;
    std::map<std::string, Handler> handlers_;
    std::vector<std::string> executors_;
    QueueNews news_;
    WorkerOptions options_;

    std::optional<Executor> executor_of_run_;
    LeaseHolder holder_;  ///< what all below is held under
    std::deque<ClaimedTask> taken_;
    std::list<std::shared_ptr<Running>> running_;
    EndedAttempts ended_;
    Wake has_ended_;
    std::int64_t turn_;
    bool may_hold_unknown_ = false;  ///< a claim failed whose outcome is not known
    bool is_beginning_ = false, is_ending_ = false;
};

}  // namespace gsdb::tasks
