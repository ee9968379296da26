#include "modules/identity/api.hpp"

namespace gsdb::identity {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "identity", .schemas = {"identity"}, .sql = embedded_sql};
}

}  // namespace gsdb::identity
