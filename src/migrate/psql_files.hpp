#pragma once
// The SQL of the modules as files for psql: what an administrator without this program runs from the folder database/.
// Each file can be run again, stops at the first error, and leaves the records that the migration engine reads, so that
// either can go on from what the other did. What they are run with is database/sql/engine.sql.

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "migrate/module_schema.hpp"

namespace gsdb::migrate {

/// By path below database/. Throws a Failure for a file of SQL that is invalid, or of a kind that psql alone cannot
/// run.
std::map<std::string, std::string> psql_files(std::span<const ModuleSchema> schemas, std::string_view program_version);

}  // namespace gsdb::migrate
