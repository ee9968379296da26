#pragma once
// Runs the maintenance that modules have declared in their databases (sql/base/routines/maintenance.sql), as the login
// role of each module: for the server, which runs what is due, and for gsdb db maintain.
//
// The database says what is due, so that a second server, psql and pg_cron may run it as well and nothing is done
// twice.

#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "migrate/connector.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::migrate {

struct MaintenanceRoutine {
    std::string name;  ///< "events.cleanup_old_events"
    std::chrono::milliseconds timeout{};
};

/// An entry of base.maintenance_log.
struct MaintenanceRun {
    std::string database;
    std::string routine;
    std::string state;       ///< succeeded or failed; skipped, with nothing below, when another session did it
    std::string started_at;  ///< RFC 3339
    std::string finished_at;
    double seconds = 0;
    std::optional<std::int64_t> rows_affected{};
    std::string objects;  ///< what it did, as JSON; empty when it returns a number only
    std::string error_code, error;
};

enum class Due : std::uint8_t { only, regardless };

/// What `what` (a cadence, a routine, or everything when empty) means in that database to the connection's role. The
/// SqlError GS009 when there is no such thing.
Task<std::vector<MaintenanceRoutine>> routines_to_run(pg::Connection* connection, std::string what, Due due);

/// Runs one routine and returns what the log says of it. A routine that fails, or that takes longer than its timeout,
/// is such an entry as well; what is thrown is of the connection.
Task<MaintenanceRun> run_routine(pg::Connection* connection, MaintenanceRoutine routine, Due due);

/// Runs what is due in the database, as the role, again and again until it is stopped. A statement under way is
/// cancelled then, and tried again by whoever comes next.
Task<> maintain(pg::ConnectOptions login, Stop stop);

}  // namespace gsdb::migrate
