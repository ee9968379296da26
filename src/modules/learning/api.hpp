#pragma once
// What others may use of the learning module.

#include "migrate/module_schema.hpp"

namespace gsdb::learning {

migrate::ModuleSchema schema();

}  // namespace gsdb::learning
