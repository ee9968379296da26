#include "modules/tasks/worker.hpp"

#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>
#include <set>

#include "base/steady_timer.hpp"
#include "base/together.hpp"
#include "modules/tasks/observations.hpp"
#include "pg/connection.hpp"

namespace gsdb::tasks {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds after_failure{250};
constexpr std::int32_t page = 500;

std::int64_t random_turn() {
    return static_cast<std::int64_t>(std::random_device{}());
}

Failed stopped_for(StopReason reason, const ClaimedTask& task) {
    if (reason == StopReason::timed_out)
        return {.error_class = "timeout",
                .error_message = fmt::format("it took longer than {} s", task.timeout.count())};
    return {.error_class = "cancelled", .error_message = "it was called off"};
}

}  // namespace

struct Worker::Running {
    std::shared_ptr<Attempt> attempt;
    LeaseHolder holder;
    Timestamp started_at;
    steady_clock::time_point ends_at;                                         ///< its time is over
    steady_clock::time_point cancelled_at = steady_clock::time_point::max();  ///< what it awaits is cancelled
    asio::cancellation_signal cancellation;
    std::list<std::shared_ptr<Running>>::iterator place;
};

Worker::Worker(const pg::Database<Database>& database, const WorkerLease& lease, const Clock& clock,
               std::map<std::string, Handler> handlers, QueueNews news, WorkerOptions options)
    : database_(database),
      claims_(database),
      lease_(lease),
      clock_(clock),
      handlers_(std::move(handlers)),
      news_(std::move(news)),
      options_(options),
      holder_(lease.holder()),
      ended_(database),
      turn_(random_turn()) {
    for (const auto& [executor, handler] : handlers_) executors_.push_back(executor);
}

Worker::~Worker() = default;

Task<> Worker::run(Stop stop) {
    executor_of_run_ = co_await asio::this_coro::executor;
    std::vector<Task<>> loops;
    loops.push_back(keep_claiming(stop));
    loops.push_back(keep_writing(stop));
    loops.push_back(keep_looking_after(stop));
    loops.push_back(keep_listening(stop));
    co_await together(std::move(loops));
    co_await finish();
}

// Taking and running.

Task<> Worker::keep_claiming(Stop stop) {
    for (bool goes_on = !stop.requested(); goes_on;) {
        std::size_t claimed = 0;
        bool has_failed = false;
        try {
            claimed = co_await claim();
        } catch (const std::exception& problem) {
            observe::emit(WorkerInterrupted{.doing = "claiming", .message = problem.what()});
            has_failed = true;
        }
        if (has_failed)
            goes_on = co_await stop.sleep(after_failure);
        else if (claimed > 0 && room() > 0)
            goes_on = !stop.requested();
        else
            goes_on = co_await news_.wake().wait(stop, options_.looks_every);
    }
    is_ending_ = true;
}

/// How many more are to be claimed. None until half of what may be held is gone, so that claims are of many.
std::size_t Worker::room() const {
    const auto held = taken_.size() + running_.size();
    const auto most = options_.concurrent_max + options_.prefetch_max;
    const bool is_written_slowly = ended_.size() > 4 * EndedAttempts::batch_max;
    return is_written_slowly || held > most / 2 ? 0 : most - held;
}

Task<std::size_t> Worker::claim() {
    follow_lease();
    if (holder_.lost.stop_requested() || room() == 0) co_return 0;
    if (may_hold_unknown_) co_await hand_back_unknown();
    const auto holder = holder_;
    may_hold_unknown_ = true;
    auto claimed = co_await claims_.claim(holder, executors_, static_cast<std::int32_t>(room()), ++turn_);
    may_hold_unknown_ = false;
    follow_lease();
    if (holder.worker_id != holder_.worker_id) co_return 0;  // they are others' by now
    if (!claimed.empty()) observe::emit(TasksClaimed{.tasks = static_cast<std::int64_t>(claimed.size())});
    for (auto& task : claimed) taken_.push_back(std::move(task));
    begin_what_fits();
    co_return claimed.size();
}

/// A claim that was committed without our hearing of it: nobody runs those tasks.
Task<> Worker::hand_back_unknown() {
    std::set<AttemptKey> known;
    for (const auto& task : taken_) known.insert(task.key);
    for (const auto& running : running_) known.insert(running->attempt->task().key);
    for (const auto& key : ended_.keys()) known.insert(key);
    auto held = co_await claims_.held(holder_);
    std::erase_if(held, [&](const AttemptKey& key) { return known.contains(key); });
    if (!held.empty()) co_await claims_.hand_back(holder_, std::move(held));
    may_hold_unknown_ = false;
}

void Worker::begin_what_fits() {
    // An attempt may end before it is waited for; what then fits is begun here, too.
    if (std::exchange(is_beginning_, true)) return;
    while (!is_ending_ && !taken_.empty() && running_.size() < options_.concurrent_max) {
        auto running = std::make_shared<Running>();
        const auto timeout = taken_.front().timeout;
        running->attempt = std::make_shared<Attempt>(
            std::move(taken_.front()),
            [this](const AttemptKey& key, LoggedLine line) { ended_.add(key, std::move(line)); }, clock_);
        taken_.pop_front();
        running->holder = holder_;
        running->started_at = clock_.now();
        running->ends_at = steady_clock::now() + timeout;
        running->place = running_.insert(running_.end(), running);
        const auto executor = executor_of_run_.value();
        // The signal outlives all that is connected with it: that is taken apart after the handler has been called.
        asio::co_spawn(
            executor, run_attempt(running),
            asio::bind_cancellation_slot(running->cancellation.slot(), [running, executor](const std::exception_ptr&) {
                asio::post(executor, [running] {});
            }));
    }
    is_beginning_ = false;
}

Task<> Worker::run_attempt(std::shared_ptr<Running> running) {
    const auto& task = running->attempt->task();
    EndedAttempt ended{.key = task.key, .result = {}, .started_at = running->started_at};
    try {
        ended.result = co_await handlers_.at(task.executor)(running->attempt);
    } catch (const std::exception& problem) {
        ended.result.end = Failed{.error_class = "handler_failed", .error_message = problem.what()};
        if (running->attempt->stop_reason() == StopReason::none)
            observe::emit(AttemptThrew{.task_id = to_string(task.key.task_id), .message = problem.what()});
    } catch (...) {
        ended.result.end = Failed{.error_class = "handler_failed", .error_message = "it threw what says nothing"};
    }
    end_attempt(*running, std::move(ended));
}

void Worker::end_attempt(const Running& running, EndedAttempt ended) {
    const auto reason = running.attempt->stop_reason();
    ended.finished_at = clock_.now();
    if (reason != StopReason::none && !std::holds_alternative<Succeeded>(ended.result.end)) {
        ended.is_handed_back = reason == StopReason::shutting_down;
        ended.result.end = stopped_for(reason, running.attempt->task());
    }
    const bool is_ours = running.holder.worker_id == holder_.worker_id;
    running_.erase(running.place);
    if (is_ours && reason != StopReason::lease_lost) ended_.add(std::move(ended));
    has_ended_.notify();
    begin_what_fits();
    if (room() > 0) news_.wake().notify();
}

// Writing how they ended. While one batch is written the next one gathers: the busier, the larger.

Task<> Worker::keep_writing(Stop stop) {
    for (bool goes_on = true; goes_on;) {
        const bool is_written = co_await write();
        if (!is_written)
            goes_on = co_await stop.sleep(after_failure);
        else if (ended_.size() > 0)
            goes_on = !stop.requested();
        else
            goes_on = co_await has_ended_.wait(stop, options_.looks_after_every);
    }
}

Task<bool> Worker::write() {
    if (ended_.empty()) co_return true;
    try {
        const auto written = co_await ended_.write(holder_);
        if (written.ended + written.too_late > 0)
            observe::emit(AttemptsEnded{.attempts = written.ended, .too_late = written.too_late});
        if (written.has_queued || room() > 0) news_.wake().notify();
        co_return true;
    } catch (const std::exception& problem) {
        observe::emit(WorkerInterrupted{.doing = "writing", .message = problem.what()});
    }
    follow_lease();
    co_return false;
}

// Looking after what runs, and after what nobody runs yet.

Task<> Worker::keep_looking_after(Stop stop) {
    do {
        stop_what_is_over();
        follow_lease();
        try {
            co_await look_after();
        } catch (const std::exception& problem) {
            observe::emit(WorkerInterrupted{.doing = "looking after", .message = problem.what()});
        }
    } while (co_await stop.sleep(options_.looks_after_every));
}

Task<> Worker::look_after() {
    if (!running_.empty()) co_await stop_what_is_called_off();
    const auto due = co_await claims_.queue_due(page);
    const auto expired = co_await claims_.expire_waits(page);
    if (due.queued + expired > 0) news_.wake().notify();
}

Task<> Worker::stop_what_is_called_off() {
    const auto keys = co_await claims_.to_be_cancelled(holder_);
    const std::set<AttemptKey> called_off(keys.begin(), keys.end());
    const auto all = running_;
    for (const auto& running : all)
        if (called_off.contains(running->attempt->task().key)) stop(*running, StopReason::cancelled);
}

void Worker::stop_what_is_over() {
    const auto now = steady_clock::now();
    const auto all = running_;  // who is cancelled may end at once
    for (const auto& running : all) {
        if (now >= running->ends_at) stop(*running, StopReason::timed_out);
        if (now >= running->cancelled_at) running->cancellation.emit(asio::cancellation_type::terminal);
    }
}

void Worker::stop(Running& running, StopReason reason) {
    if (running.attempt->stop_reason() != StopReason::none) return;
    running.cancelled_at = steady_clock::now() + options_.stop_grace;
    running.attempt->request_stop(reason);
}

/// What was held under a lease that is lost is others' to run.
void Worker::follow_lease() {
    if (holder_.lost.stop_requested()) {
        const auto all = running_;
        for (const auto& running : all) stop(*running, StopReason::lease_lost);
        taken_.clear();
        ended_.forget_attempts();
    }
    auto now = lease_.holder();
    if (now.worker_id != holder_.worker_id) holder_ = std::move(now);
}

// News of other processes.

Task<> Worker::keep_listening(Stop stop) {
    constexpr milliseconds at_most{250}, until_again{2'000};
    while (!stop.requested()) {
        try {
            const auto connection = co_await pg::Connection::open(database_.pool().options().connect);
            co_await connection->listen(std::string(QueueNews::channel));
            while (!stop.requested())
                if (const auto news = co_await connection->wait_notification(at_most);
                    news && (news->payload.empty() || handlers_.contains(news->payload)))
                    news_.wake().notify();
        } catch (const std::exception& problem) {
            observe::emit(WorkerInterrupted{.doing = "listening", .message = problem.what()});
        }
        if (!co_await stop.sleep(until_again)) break;
    }
}

// The end.

Task<> Worker::finish() {
    constexpr int writes_max = 20;
    for (auto& task : taken_) ended_.add(EndedAttempt{.key = task.key, .result = {}, .is_handed_back = true});
    taken_.clear();
    co_await wait_for_running(options_.finish_within);
    auto all = running_;
    for (const auto& running : all) stop(*running, StopReason::shutting_down);
    co_await wait_for_running(options_.stop_grace);
    all = running_;
    for (const auto& running : all) running->cancellation.emit(asio::cancellation_type::terminal);
    co_await wait_for_running(options_.stop_grace);
    // Those that will not end: the database is told that nobody runs them, which is true when the program has ended.
    for (const auto& running : running_)
        ended_.add(EndedAttempt{.key = running->attempt->task().key, .result = {}, .is_handed_back = true});
    SteadyTimer timer(co_await asio::this_coro::executor);
    for (int i = 0; i < writes_max && !ended_.empty(); ++i) {
        if (co_await write()) continue;
        timer.expires_after(after_failure);
        co_await timer.async_wait(use_task);
    }
}

/// Meanwhile what ends is written.
Task<> Worker::wait_for_running(milliseconds at_most) {
    constexpr milliseconds between{5};
    const auto until = steady_clock::now() + at_most;
    SteadyTimer timer(co_await asio::this_coro::executor);
    while (!running_.empty() && steady_clock::now() < until) {
        co_await write();
        timer.expires_after(between);
        co_await timer.async_wait(use_task);
        stop_what_is_over();
    }
}

}  // namespace gsdb::tasks
