#pragma once
// What others may use of the tasks module.

#include "migrate/module_schema.hpp"
#include "modules/tasks/database.hpp"
#include "modules/tasks/plan.hpp"
#include "modules/tasks/plan_json.hpp"
#include "modules/tasks/plan_markdown.hpp"
#include "modules/tasks/queue.hpp"
#include "modules/tasks/requirements.hpp"
#include "modules/tasks/step_tasks.hpp"
#include "modules/tasks/worker_lease.hpp"

namespace gsdb::tasks {

migrate::ModuleSchema schema();

}  // namespace gsdb::tasks
