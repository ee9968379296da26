#include "pg/server_probe.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>

namespace gsdb::pg {

using boost::system::error_code;

// The server's own name of its Unix socket may be relative to a folder of its own, as that of the embedded server is.
ServerProbe::Endpoint ServerProbe::server_of(const PGconn* connection) {
    if (const std::string_view folder = PQhost(connection); folder.starts_with('/'))
        return asio::local::stream_protocol::endpoint(fmt::format("{}/.s.PGSQL.{}", folder, PQport(connection)));
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getpeername(PQsocket(connection), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return {&address, size};
}

std::shared_ptr<ServerProbe> ServerProbe::start(const Executor& executor, const Endpoint& server,
                                                std::chrono::milliseconds patience, std::function<void(bool)> then) {
    auto probe = std::make_shared<ServerProbe>(executor);
    probe->then_ = std::move(then);
    probe->timer_.expires_after(patience);
    probe->timer_.async_wait([probe](const error_code& error) {
        if (!error) probe->end(false);
    });
    probe->ask(server);
    return probe;
}

void ServerProbe::ask(const Endpoint& server) {
    socket_.async_connect(server, [self = shared_from_this()](const error_code& refused) {
        if (refused) return self->end(false);
        asio::async_write(self->socket_, asio::buffer(tls_request), [self](const error_code& error, std::size_t) {
            if (error) return self->end(false);
            self->read_answer();
        });
    });
}

void ServerProbe::read_answer() {
    asio::async_read(socket_, asio::buffer(answer_),
                     [self = shared_from_this()](const error_code& error, std::size_t) { self->end(!error); });
}

void ServerProbe::end(bool is_there) {
    auto then = std::exchange(then_, nullptr);
    stop();
    if (then) then(is_there);
}

void ServerProbe::stop() {
    then_ = nullptr;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace gsdb::pg
