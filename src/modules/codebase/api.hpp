#pragma once
// What others may use of the codebase module.

#include "migrate/module_schema.hpp"
#include "modules/codebase/adapter.hpp"
#include "modules/codebase/call_graph.hpp"
#include "modules/codebase/changed_code.hpp"
#include "modules/codebase/comparison.hpp"
#include "modules/codebase/context.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/explanation.hpp"
#include "modules/codebase/history_questions.hpp"
#include "modules/codebase/index_run.hpp"
#include "modules/codebase/issues.hpp"
#include "modules/codebase/package_questions.hpp"
#include "modules/codebase/plugins/plugin_process.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"
#include "modules/codebase/plugins/worker.hpp"
#include "modules/codebase/quality_questions.hpp"
#include "modules/codebase/query_rules.hpp"
#include "modules/codebase/question_json.hpp"
#include "modules/codebase/questions.hpp"
#include "modules/codebase/routes.hpp"
#include "modules/codebase/sarif.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::codebase {

migrate::ModuleSchema schema();

}  // namespace gsdb::codebase
