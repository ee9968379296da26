#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/connection.hpp"

namespace gsdb::http {

namespace {

using TlsStream = asio::ssl::stream<Socket>;

// The context may be replaced while the connection lives.
Task<> serve(std::shared_ptr<asio::ssl::context>, std::unique_ptr<Connection<TlsStream>> connection) {
    co_await connection->run();
}

}  // namespace

void spawn_tls_connection(Worker& worker, Socket socket, std::shared_ptr<asio::ssl::context> tls) {
    auto connection = std::make_unique<Connection<TlsStream>>(worker, TlsStream(std::move(socket), *tls), nullptr);
    auto slot = connection->cancellation.slot();
    co_spawn(worker.io, serve(std::move(tls), std::move(connection)),
             asio::bind_cancellation_slot(slot, asio::detached));
}

}  // namespace gsdb::http
