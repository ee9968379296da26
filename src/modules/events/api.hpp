#pragma once
// What others may use of the events module.

#include "migrate/module_schema.hpp"
#include "modules/events/program_events.hpp"

namespace gsdb::events {

migrate::ModuleSchema schema();

}  // namespace gsdb::events
