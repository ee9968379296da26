#pragma once
// What others may use of the prompts module.

#include "migrate/module_schema.hpp"

namespace gsdb::prompts {

migrate::ModuleSchema schema();

}  // namespace gsdb::prompts
