#pragma once
// GET /api/v1/codebases, /files, /symbols and /graph: api/modules/codebase.yaml describes them.

#include "http/router.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/source/contents.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Adds the module's routes. `database` belongs to the router's thread; `contents` reads what indexed files held.
void add_routes(http::Router& router, pg::Database<Database> database, source::ContentsOpener contents);

/// Those of adapter.hpp.
void add_adapter_routes(http::Router& router, pg::Database<Database> database);

/// Those of /graph; add_routes() calls it.
void add_question_routes(http::Router& router, pg::Database<Database> database, source::ContentsOpener contents);

}  // namespace gsdb::codebase
