#pragma once
// What a database says was done to it: the rows of base.schema_migrations and its neighbours.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "migrate/plan.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

/// A row of base.migration_progress: a backfill that has begun.
struct BackfillProgress {
    std::string module;
    int version = 0;
    std::optional<std::string> position;  ///< jsonb; nothing before the first batch
    std::int64_t rows_done = 0;
    std::optional<std::int64_t> rows_estimated;
    bool finished = false;
    std::optional<std::string> last_error;
};

struct RecordedShape {
    std::string basis;     ///< shape_basis() of the records it belongs to
    int server_major = 0;  ///< the server that printed it: versions print definitions differently
};

struct Records {
    bool has_base = false;                     ///< false in a database that was never migrated
    std::vector<AppliedMigration> migrations;  ///< by module and version
    std::map<std::pair<std::string, std::string>, std::string> routines;  ///< (module, name) to checksum
    std::vector<BackfillProgress> backfills;
    std::map<std::string, RecordedShape> shapes;  ///< by module

    std::vector<AppliedMigration> of_module(std::string_view module) const;
    const BackfillProgress* backfill(std::string_view module, int version) const;
};

/// Reads everything; of a database without base.schema_migrations an empty record. The connection outlives the task.
Task<Records> read_records(pg::Connection* connection);

/// Identifies the migrations and routines in force of a module, so that a recorded shape knows what it is the shape of.
std::string shape_basis(const Records& records, std::string_view module);

}  // namespace gsdb::migrate
