#include "modules/projects/api.hpp"

namespace gsdb::projects {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "projects", .schemas = {"projects"}, .sql = embedded_sql};
}

}  // namespace gsdb::projects
