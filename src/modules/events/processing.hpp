#pragma once

#include "base/background.hpp"
#include "base/task.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// Projects, counts and lists what has been stored, in the order of the log, again and again until it is stopped. Any
/// number of servers may do it: one at a time gets to.
Task<> keep_processing(pg::Database<Database> database, Stop stop);

}  // namespace gsdb::events
