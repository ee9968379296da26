#pragma once
// Whether a database is what was recorded, check by check.

#include <string>
#include <vector>

#include "base/task.hpp"
#include "migrate/finding.hpp"
#include "migrate/migration.hpp"
#include "migrate/records.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

/// Pending, newer, edited and renamed migrations, changed routines, unfinished backfills: files against records.
Findings check_records(const std::vector<const ModuleFiles*>& modules, const Records& records,
                       std::string_view database);

/// Objects that are not as they were recorded.
Task<Findings> check_shapes(pg::Connection* connection, std::vector<const ModuleFiles*> modules, Records records);

/// Indexes that an interrupted build left invalid, in the modules' schemas.
Task<Findings> check_indexes(pg::Connection* connection, std::vector<const ModuleFiles*> modules);

/// What base.schema_lint() finds; nothing before that function exists.
Task<Findings> check_lint(pg::Connection* connection);

}  // namespace gsdb::migrate
