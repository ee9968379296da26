#include "modules/analytics/api.hpp"

namespace gsdb::analytics {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "analytics", .schemas = {"analytics"}, .sql = embedded_sql};
}

}  // namespace gsdb::analytics
