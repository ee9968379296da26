#include "modules/tasks/api.hpp"

namespace gsdb::tasks {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "tasks", .schemas = {"tasks"}, .sql = embedded_sql};
}

}  // namespace gsdb::tasks
