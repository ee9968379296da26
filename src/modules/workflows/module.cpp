#include "modules/workflows/api.hpp"

namespace gsdb::workflows {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "workflows", .schemas = {"workflows"}, .sql = embedded_sql};
}

}  // namespace gsdb::workflows
