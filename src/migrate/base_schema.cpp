#include "migrate/module_schema.hpp"

namespace gsdb::migrate {

extern const ModuleSql base_sql;

ModuleSchema base_schema() {
    return {.name = "base", .schemas = {"base"}, .sql = base_sql};
}

}  // namespace gsdb::migrate
