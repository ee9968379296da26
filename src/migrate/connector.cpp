#include "migrate/connector.hpp"

namespace gsdb::migrate {
namespace {

Task<ConnectionPtr> open(pg::ConnectOptions options) {
    co_return co_await pg::Connection::open(std::move(options));
}

}  // namespace

Connector connector_to(pg::ConnectOptions administrator) {
    // Migrations and advisory locks need the session itself, so nothing is prepared and no pooler may stand between.
    administrator.application_name = "gsdb migrate";
    administrator.prepared = pg::Prepared::off;
    return [administrator](std::string database) {
        auto options = administrator;
        options.database = std::move(database);
        return open(std::move(options));
    };
}

}  // namespace gsdb::migrate
