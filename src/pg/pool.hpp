#pragma once
// A bounded set of connections to one database, shared by all threads of the program.

#include <chrono>
#include <memory>
#include <optional>

#include "base/task.hpp"
#include "pg/backoff.hpp"
#include "pg/connection.hpp"

namespace gsdb::pg {

struct PoolOptions {
    ConnectOptions connect;
    std::size_t size_max = 8;
    /// How long acquire() waits for a connection, opening and reconnecting included.
    Milliseconds acquire_deadline{10'000};
    /// A connection idle for longer is asked for a sign of life before it is handed out.
    Milliseconds probe_after{30'000};
    Backoff reconnect{.first = Milliseconds{20}, .max = Milliseconds{2'000}};
};

class PoolState;

/// A connection on loan. Goes back when it is destroyed; one that is broken or in a transaction is closed instead.
class Lease {
  public:
    Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Connection> connection);
    ~Lease();
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

  private:
    std::shared_ptr<PoolState> pool_;
    std::unique_ptr<Connection> connection_;
};

/// Thread-safe. A connection moves to the io_context of the coroutine that acquires it. Copies are the same pool.
class Pool {
  public:
    explicit Pool(PoolOptions options);

    /// Waits in the order of arrival for a healthy connection. A server that cannot be reached is tried again with
    /// growing pauses until the deadline; then "pg.pool_exhausted" or the last SqlError is thrown. What waiting cannot
    /// cure (a wrong password, a missing database) is thrown at once. After drain() it is "pg.pool_closed".
    Task<Lease> acquire(std::optional<Milliseconds> deadline = std::nullopt) const;

    /// Refuses new callers, waits until all leases are back or `deadline` has passed, and closes the connections.
    /// True when all came back.
    Task<bool> drain(Milliseconds deadline) const;

    struct Counts {
        std::size_t open, idle, waiting;
    };
    Counts counts() const;
    const PoolOptions& options() const;

  private:
    std::shared_ptr<PoolState> state_;
};

}  // namespace gsdb::pg
