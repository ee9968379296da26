#include "modules/events/api.hpp"

namespace gsdb::events {

extern const migrate::ModuleSql embedded_sql;

migrate::ModuleSchema schema() {
    return {.name = "events", .schemas = {"events"}, .sql = embedded_sql};
}

}  // namespace gsdb::events
