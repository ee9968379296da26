#include "pg/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <mutex>
#include <vector>

#include "pg/observations.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

namespace {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

Task<> sleep_until(TimePoint moment) {
    Timer timer(co_await asio::this_coro::executor, moment);
    co_await timer.async_wait(use_task);
}

Milliseconds until(TimePoint moment) {
    return std::max(Milliseconds{1}, std::chrono::ceil<Milliseconds>(moment - SteadyClock::now()));
}

double seconds_since(TimePoint start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// A coroutine that waits for its turn. Others fill in `connection` or `has_slot` under the pool's mutex, and wake it.
struct Waiter {
    explicit Waiter(const Executor& executor) : timer(executor) {}

    Timer timer;
    std::unique_ptr<Connection> connection;
    bool has_slot = false;
    bool is_served = false;
};

}  // namespace

/// What a caller is given: an idle connection, or the right to open one.
struct Turn {
    std::unique_ptr<Connection> connection;
};

class PoolState : public std::enable_shared_from_this<PoolState> {
  public:
    explicit PoolState(PoolOptions options) : options(std::move(options)) {}

    /// Waits for an idle connection or for a free slot, which the caller must fill or give back.
    Task<Turn> take_turn(TimePoint deadline);
    Task<std::unique_ptr<Connection>> open_with_retry(TimePoint deadline);

    void give_back(std::unique_ptr<Connection> connection);
    void give_back_slot();
    void remove(const std::shared_ptr<Waiter>& waiter);
    void throw_if_closed() const;

    const PoolOptions options;

    mutable std::mutex mutex;
    // All below is guarded by the mutex.
    std::size_t slots_taken = 0;                    ///< connections open or being opened
    std::vector<std::unique_ptr<Connection>> idle;  ///< the last used at the end
    std::deque<std::shared_ptr<Waiter>> waiters;
    std::vector<std::shared_ptr<Waiter>> drainers;
    int connect_failures = 0;  ///< in a row
    TimePoint next_connect{};
    std::optional<SqlError> last_failure;  ///< why the next attempt has to wait
    bool is_closed = false;

  private:
    // These are called under the mutex.
    std::shared_ptr<Waiter> serve_next(std::unique_ptr<Connection>& connection);
    static void wake(std::shared_ptr<Waiter> waiter);
    void wake_drainers();
};

namespace {

/// Keeps a waiter in the queue for as long as its coroutine is there, and returns what it was given too late.
class Queued {
  public:
    Queued(std::shared_ptr<PoolState> pool, std::shared_ptr<Waiter> waiter)
        : pool_(std::move(pool)), waiter_(std::move(waiter)) {}
    // NOLINTNEXTLINE(bugprone-exception-escape): a mutex that cannot be locked leaves nothing to go on with
    ~Queued() { pool_->remove(waiter_); }
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;

  private:
    std::shared_ptr<PoolState> pool_;
    std::shared_ptr<Waiter> waiter_;
};

/// The right to one connection, given back unless a connection took its place.
class Slot {
  public:
    explicit Slot(std::shared_ptr<PoolState> pool) : pool_(std::move(pool)) {}
    // NOLINTNEXTLINE(bugprone-exception-escape): as above
    ~Slot() {
        if (pool_) pool_->give_back_slot();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    void fill() { pool_.reset(); }

  private:
    std::shared_ptr<PoolState> pool_;
};

}  // namespace

// ---- turns -----------------------------------------------------------------------------------------------------

Task<Turn> PoolState::take_turn(TimePoint deadline) {
    auto executor = co_await asio::this_coro::executor;
    auto waiter = std::make_shared<Waiter>(executor);
    waiter->timer.expires_at(deadline);
    {
        std::lock_guard lock(mutex);
        throw_if_closed();
        if (!idle.empty()) {
            Turn turn{std::move(idle.back())};
            idle.pop_back();
            co_return turn;
        }
        if (slots_taken < options.size_max) {
            ++slots_taken;
            co_return Turn{};
        }
        waiters.push_back(waiter);
    }
    Queued queued(shared_from_this(), waiter);
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(use_task, ignored));
    std::lock_guard lock(mutex);
    throw_if_closed();
    if (!waiter->is_served)
        throw Failure({.code = "pg.pool_exhausted",
                       .message = fmt::format("all {} connections to {} are in use", options.size_max,
                                              options.connect.describe()),
                       .hint = "Raise the pool's size, or look for slow transactions: pg_stat_activity.",
                       .exit_code = ExitCode::unavailable});
    waiter->has_slot = false;
    co_return Turn{std::move(waiter->connection)};
}

std::shared_ptr<Waiter> PoolState::serve_next(std::unique_ptr<Connection>& connection) {
    if (waiters.empty()) return nullptr;
    auto waiter = std::move(waiters.front());
    waiters.pop_front();
    waiter->is_served = true;
    waiter->has_slot = true;
    waiter->connection = std::move(connection);
    return waiter;
}

// Called under the mutex, without which the waiting coroutine cannot go on: so its io_context is still there. A timer
// belongs to its thread, which posting keeps to, the last reference included; posting also makes sure that the
// coroutine waits by then.
void PoolState::wake(std::shared_ptr<Waiter> waiter) {
    auto executor = waiter->timer.get_executor();
    asio::post(executor, [waiter = std::move(waiter)] { waiter->timer.cancel(); });
}

void PoolState::give_back(std::unique_ptr<Connection> connection) {
    if (connection->is_broken() || connection->in_transaction()) {
        observe::emit(ConnectionDiscarded{.database = options.connect.database});
        connection.reset();
        return give_back_slot();
    }
    connection->wire().park();
    {
        std::lock_guard lock(mutex);
        if (!is_closed) {
            if (auto served = serve_next(connection))
                wake(std::move(served));
            else
                idle.push_back(std::move(connection));
        }
    }
    if (connection) {  // the pool is closed
        connection.reset();
        return give_back_slot();
    }
}

void PoolState::give_back_slot() {
    std::lock_guard lock(mutex);
    std::unique_ptr<Connection> none;
    if (auto served = serve_next(none))
        wake(std::move(served));
    else
        --slots_taken;
    if (is_closed && slots_taken == 0) wake_drainers();
}

void PoolState::remove(const std::shared_ptr<Waiter>& waiter) {
    std::unique_ptr<Connection> unused;
    bool unused_slot = false;
    {
        std::lock_guard lock(mutex);
        std::erase(waiters, waiter);
        unused = std::move(waiter->connection);
        unused_slot = waiter->has_slot && !unused;
    }
    if (unused)
        give_back(std::move(unused));
    else if (unused_slot)
        give_back_slot();
}

void PoolState::throw_if_closed() const {
    if (is_closed)
        throw Failure({.code = "pg.pool_closed",
                       .message = fmt::format("the pool of {} is closed", options.connect.describe()),
                       .hint = "The program is shutting down.",
                       .exit_code = ExitCode::unavailable});
}

void PoolState::wake_drainers() {
    for (auto drainer : drainers) wake(std::move(drainer));
}

// ---- opening ---------------------------------------------------------------------------------------------------

Task<std::unique_ptr<Connection>> PoolState::open_with_retry(TimePoint deadline) {
    for (;;) {
        TimePoint not_before;
        {
            std::lock_guard lock(mutex);
            throw_if_closed();
            not_before = next_connect;
            // An attempt in the last moment of a deadline would fail and make everybody wait still longer.
            if (not_before >= deadline && last_failure) throw SqlError(*last_failure);
        }
        if (not_before > SteadyClock::now()) co_await sleep_until(not_before);
        std::optional<SqlError> failed;
        auto connect = options.connect;
        connect.connect_deadline = std::min(connect.connect_deadline, until(deadline));
        const bool is_hurried = connect.connect_deadline < options.connect.connect_deadline;
        try {
            auto connection = co_await Connection::open(connect);
            std::lock_guard lock(mutex);
            connect_failures = 0;
            next_connect = {};
            last_failure.reset();
            co_return connection;
        } catch (const SqlError& error) {
            failed = error;
        }
        // That the caller had no time says nothing about the server: the next one need not wait.
        if (is_hurried && failed->is_deadline_exceeded()) throw SqlError(*failed);
        Milliseconds pause{0};
        {
            std::lock_guard lock(mutex);
            pause = options.reconnect.pause(++connect_failures);
            next_connect = SteadyClock::now() + pause;
            last_failure = failed;
        }
        observe::emit(ConnectFailed{.database = options.connect.database,
                                    .reason = failed->error().code,
                                    .message = failed->what(),
                                    .retry_seconds = std::chrono::duration<double>(pause).count()});
        if (!failed->is_unavailable() || SteadyClock::now() + pause >= deadline) throw *failed;
    }
}

// ---- the pool --------------------------------------------------------------------------------------------------

Lease::Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): a mutex that cannot be locked leaves nothing to go on with
Lease::~Lease() {
    if (connection_) pool_->give_back(std::move(connection_));
}

Pool::Pool(PoolOptions options) : state_(std::make_shared<PoolState>(std::move(options))) {}

const PoolOptions& Pool::options() const {
    return state_->options;
}

Task<Lease> Pool::acquire(std::optional<Milliseconds> wanted) const {
    auto state = state_;
    auto start = SteadyClock::now();
    auto deadline = start + wanted.value_or(state->options.acquire_deadline);
    auto waited = [&](std::string outcome) {
        observe::emit(PoolWaited{.database = state->options.connect.database,
                                 .outcome = std::move(outcome),
                                 .seconds = seconds_since(start)});
    };
    try {
        for (;;) {
            auto turn = co_await state->take_turn(deadline);
            if (turn.connection) {
                turn.connection->wire().resume(co_await asio::this_coro::executor);
                Lease lease(state, std::move(turn.connection));
                if (!co_await lease->is_alive(state->options.probe_after)) continue;  // the lease closes it
                waited("ok");
                co_return lease;
            }
            Slot slot(state);
            auto connection = co_await state->open_with_retry(deadline);
            slot.fill();
            waited("ok");
            co_return Lease(state, std::move(connection));
        }
    } catch (const Failure& failure) {
        waited(failure.error().code);
        throw;
    }
}

Task<bool> Pool::drain(Milliseconds deadline) const {
    auto state = state_;
    auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
    waiter->timer.expires_after(deadline);
    std::vector<std::unique_ptr<Connection>> closing;
    bool all_back = false;
    {
        std::lock_guard lock(state->mutex);
        state->is_closed = true;
        closing.swap(state->idle);
        state->slots_taken -= closing.size();
        all_back = state->slots_taken == 0;
        state->drainers.push_back(waiter);
        for (const auto& waiting : state->waiters)
            asio::post(waiting->timer.get_executor(), [waiting] { waiting->timer.cancel(); });
    }
    closing.clear();
    if (!all_back) {
        boost::system::error_code ignored;
        co_await waiter->timer.async_wait(asio::redirect_error(use_task, ignored));
    }
    std::lock_guard lock(state->mutex);
    std::erase(state->drainers, waiter);
    co_return state->slots_taken == 0;
}

Pool::Counts Pool::counts() const {
    std::lock_guard lock(state_->mutex);
    return {.open = state_->slots_taken, .idle = state_->idle.size(), .waiting = state_->waiters.size()};
}

}  // namespace gsdb::pg
