#pragma once

#include "http/router.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// What the API tells of events, to callers with events:read. Deliveries come in by add_receiver().
/// `executor` is that of the router's thread.
void add_routes(http::Router& router, Executor executor, pg::Database<Database> database);

}  // namespace gsdb::events
