#include "modules/codebase/api.hpp"

namespace gsdb::codebase {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "codebase", .schemas = {"codebase"}, .sql = embedded_sql};
}

}  // namespace gsdb::codebase
