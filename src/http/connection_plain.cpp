#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "http/connection.hpp"

namespace gsdb::http {

namespace {

Task<> serve(std::unique_ptr<Connection<Socket>> connection) {
    co_await connection->run();
}

}  // namespace

void spawn_plain_connection(Worker& worker, Socket socket, const Problem* refusal) {
    auto connection = std::make_unique<Connection<Socket>>(worker, std::move(socket), refusal);
    auto slot = connection->cancellation.slot();
    co_spawn(worker.io, serve(std::move(connection)), asio::bind_cancellation_slot(slot, asio::detached));
}

}  // namespace gsdb::http
