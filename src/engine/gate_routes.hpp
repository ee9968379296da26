#pragma once
// /api/v1/workflow-gates: quality gates over HTTP. Described in api/modules/workflows.yaml.

#include "http/router.hpp"
#include "modules/projects/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

struct GateDatabases {
    pg::Database<workflows::Database> workflows;
    pg::Database<projects::Database> projects;
};

/// For the router of one server thread.
void add_gate_routes(http::Router& router, GateDatabases databases);

}  // namespace gsdb::engine
