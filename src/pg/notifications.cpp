// LISTEN and the notifications that follow.

#include <boost/asio/this_coro.hpp>

#include "pg/connection.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

namespace {

std::string quote_identifier(std::string_view name) {
    refuse_nul(name);
    std::string quoted = "\"";
    for (char c : name) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::optional<Notification> take_notification(PGconn* conn) {
    std::unique_ptr<PGnotify, decltype(&PQfreemem)> notify(PQnotifies(conn), &PQfreemem);
    if (!notify) return std::nullopt;
    return Notification{.channel = notify->relname, .payload = notify->extra, .backend_pid = notify->be_pid};
}

}  // namespace

Task<> Connection::listen(std::string channel) {
    if (options().prepared == Prepared::off)
        throw Failure({.code = "pg.listen_without_session",
                       .message = "LISTEN needs a session of its own",
                       .detail = "the connection is set up for a pooler in transaction mode",
                       .hint = "Connect to PostgreSQL directly for notifications."});
    co_await execute("listen " + quote_identifier(channel));
}

Task<> Connection::unlisten(std::string channel) {
    co_await execute("unlisten " + quote_identifier(channel));
}

Task<std::optional<Notification>> Connection::wait_notification(Milliseconds deadline) {
    auto until = std::chrono::steady_clock::now() + deadline;
    for (;;) {
        wire_->take_input("wait_notification");
        if (auto notification = take_notification(wire_->conn())) co_return notification;
        if (!co_await wire_->readable_until(until)) co_return std::nullopt;
    }
}

}  // namespace gsdb::pg
