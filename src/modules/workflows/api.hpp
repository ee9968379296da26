#pragma once
// What others may use of the workflows module.

#include "migrate/module_schema.hpp"

namespace gsdb::workflows {

migrate::ModuleSchema schema();

}  // namespace gsdb::workflows
