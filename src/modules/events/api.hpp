#pragma once
// What others may use of the events module.

#include "migrate/module_schema.hpp"

namespace gsdb::events {

migrate::ModuleSchema schema();

}  // namespace gsdb::events
