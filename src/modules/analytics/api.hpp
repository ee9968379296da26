#pragma once
// What others may use of the analytics module.

#include "migrate/module_schema.hpp"

namespace gsdb::analytics {

migrate::ModuleSchema schema();

}  // namespace gsdb::analytics
