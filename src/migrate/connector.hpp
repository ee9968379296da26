#pragma once
// How the engine gets at databases: through connections with an administrator's rights.

#include <functional>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

using ConnectionPtr = std::unique_ptr<pg::Connection>;

/// Opens a connection to the database of that name. One function for every database lets each live on its own server.
using Connector = std::function<Task<ConnectionPtr>(std::string database)>;

/// Opens them all on the server of `administrator`, whose database is not used.
Connector connector_to(pg::ConnectOptions administrator);

}  // namespace gsdb::migrate
