#pragma once
// What others may use of the projects module.

#include "migrate/module_schema.hpp"
#include "modules/projects/database.hpp"
#include "modules/projects/projects.hpp"
#include "modules/projects/repository_name.hpp"

namespace gsdb::projects {

migrate::ModuleSchema schema();

}  // namespace gsdb::projects
