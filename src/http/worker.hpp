#pragma once
// One thread of the server: what its connections share. Private to the server.

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/listen.hpp"
#include "http/router.hpp"
#include "base/steady_timer.hpp"
#include "http/server.hpp"

namespace gsdb::http {

using Moment = std::chrono::steady_clock::time_point;

/// A connection as its worker sees it.
class ConnectionBase : public boost::intrusive::list_base_hook<> {
  public:
    virtual ~ConnectionBase() = default;
    virtual void cancel_io() = 0;
    virtual void close() = 0;

    /// The server stops: between requests the connection ends at once, a stream is asked to end.
    void begin_stop();
    /// Called by the sweep. The first time what waits is cancelled and can still answer; the next time it is closed.
    void check_deadline(Moment now);
    /// Ends whatever the connection waits for, in a handler, too.
    void abort();

    asio::cancellation_signal cancellation;

  protected:
    Moment deadline_ = Moment::max();
    bool timed_out_ = false;
    bool is_idle_ = false;
    bool is_stopping_ = false;
    std::function<void()> wake_stream_;
};

/// Unique over restarts: a random prefix for the thread, then a count.
class RequestIds {
  public:
    RequestIds();
    void write_next(std::string& id);

  private:
    std::string prefix_;
    std::uint64_t count_ = 0;
};

/// What the threads of one server share.
struct Shared {
    ServerOptions options;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::shared_ptr<asio::ssl::context>> tls;
};

class Worker {
  public:
    explicit Worker(Shared& shared_state) : shared(shared_state) {}
    ~Worker();

    /// On the worker's thread: serves until stopped.
    void run();

    // Called from other threads.
    void begin_stop();
    void abort_connections();

    // Called by connections.
    void opened(ConnectionBase& connection);
    void closed(ConnectionBase& connection);

    Shared& shared;
    std::string date;  ///< for the Date header, renewed by the sweep
    RequestIds request_ids;
    bool is_stopping = false;

    // The router and the sockets live on the context, so it is destroyed last.
    asio::io_context io{1};
    std::optional<Acceptor> acceptor;
    std::optional<Router> router;

  private:
    Task<> accept_connections();
    Task<> sweep();
    void accepted(Socket socket);
    void end_when_drained();

    boost::intrusive::list<ConnectionBase, boost::intrusive::constant_time_size<true>> connections_;
    std::optional<SteadyTimer> sweep_timer_;
};

/// Serves the socket until it closes. With `refusal`, answers that and closes.
void spawn_plain_connection(Worker& worker, Socket socket, const Problem* refusal);
void spawn_tls_connection(Worker& worker, Socket socket, std::shared_ptr<asio::ssl::context> tls);

}  // namespace gsdb::http
