#pragma once
// What others may use of the analytics module.

#include "migrate/module_schema.hpp"
#include "modules/analytics/codebase_runs.hpp"
#include "modules/analytics/statement_log.hpp"

namespace gsdb::analytics {

migrate::ModuleSchema schema();

}  // namespace gsdb::analytics
