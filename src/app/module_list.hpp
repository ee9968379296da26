#pragma once
// The modules of the program, in the order in which their SQL may run.

#include <vector>

#include "app/database_server.hpp"
#include "migrate/migrator.hpp"
#include "migrate/module_schema.hpp"

namespace gsdb::app {

std::vector<migrate::ModuleSchema> module_schemas();

/// The engine for all modules on that server.
migrate::Migrator make_migrator(const DatabaseServer& server);

}  // namespace gsdb::app
