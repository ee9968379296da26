#pragma once
// Whether a server that has not answered for long is still there.

#include <libpq-fe.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/task.hpp"

namespace gsdb::pg {

/// Asks on a connection of its own, without logging in: to the request for TLS that a client may begin with, PostgreSQL
/// and PgBouncer answer with one byte, busy or not, before they want to know anything.
class ServerProbe : public std::enable_shared_from_this<ServerProbe> {
  public:
    using Endpoint = asio::generic::stream_protocol::endpoint;

    /// Where the server of a connection listens; nowhere when the connection is broken.
    static Endpoint server_of(const PGconn* connection);

    /// `then` is called once, on the executor, unless stop() comes first.
    static std::shared_ptr<ServerProbe> start(const Executor& executor, const Endpoint& server,
                                              std::chrono::milliseconds patience, std::function<void(bool)> then);
    explicit ServerProbe(const Executor& executor) : socket_(executor), timer_(executor) {}

    void stop();

  private:
    void ask(const Endpoint& server);
    void read_answer();
    void end(bool is_there);

    static constexpr std::array<unsigned char, 8> tls_request{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
    asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket_;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer_;
    std::array<char, 1> answer_{};
    std::function<void(bool)> then_;
};

}  // namespace gsdb::pg
