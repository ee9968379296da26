#pragma once
// What others may use of the workflows module.

#include "migrate/module_schema.hpp"
#include "modules/workflows/database.hpp"
#include "modules/workflows/executions.hpp"
#include "modules/workflows/progress.hpp"
#include "modules/workflows/quality_gates.hpp"

namespace gsdb::workflows {

migrate::ModuleSchema schema();

}  // namespace gsdb::workflows
