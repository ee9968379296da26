#include "migrate/layout.hpp"
#include "modules/learning/api.hpp"

namespace gsdb::learning {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "learning", .schemas = migrate::schemas_of_module("learning"), .sql = embedded_sql};
}

}  // namespace gsdb::learning
