#include "modules/prompts/api.hpp"

namespace gsdb::prompts {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "prompts", .schemas = {"prompts"}, .sql = embedded_sql};
}

}  // namespace gsdb::prompts
