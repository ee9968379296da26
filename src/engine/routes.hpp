#pragma once
// /api/v1/workflows: runs over HTTP. Described in api/modules/workflows.yaml.

#include "http/router.hpp"
#include "modules/projects/api.hpp"
#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

struct RouteDatabases {
    pg::Database<workflows::Database> workflows;
    pg::Database<tasks::Database> tasks;
    pg::Database<projects::Database> projects;
};

/// For the router of one server thread, whose executor it is. Runs are only started and changed here: the server
/// carries them on elsewhere.
void add_routes(http::Router& router, Executor executor, RouteDatabases databases);

}  // namespace gsdb::engine
