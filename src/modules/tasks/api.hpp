#pragma once
// What others may use of the tasks module.

#include "migrate/module_schema.hpp"

namespace gsdb::tasks {

migrate::ModuleSchema schema();

}  // namespace gsdb::tasks
