#pragma once
// GET /api/v1/codebases, /files and /symbols: api/codebase.yaml describes them.

#include "http/router.hpp"
#include "modules/codebase/database.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Adds the module's routes. `database` belongs to the router's thread.
void add_routes(http::Router& router, pg::Database<Database> database);

}  // namespace gsdb::codebase
