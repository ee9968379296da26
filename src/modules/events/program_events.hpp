#pragma once
// What the program itself did, as events of a source of its own, so that subscriptions, patterns and rollups know of
// it.

#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct ProgramEvent {
    std::string key;   ///< the same key twice is one event
    std::string type;  ///< `codebase.indexed`
    Timestamp occurred_at;
    std::string target;   ///< kind, colon and name: `codebase:flask`
    std::string payload;  ///< a JSON object
};

/// Stores the event under the source `gsdb`, which is made when it is not there. Says whether it was new. Throws
/// pg::SqlError GS702 when somebody paused that source.
Task<bool> record_program_event(pg::Database<Database> database, OrganizationId organization, ProgramEvent event);

}  // namespace gsdb::events
