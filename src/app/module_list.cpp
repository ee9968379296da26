#include "app/module_list.hpp"

#include "modules/analytics/api.hpp"
#include "modules/codebase/api.hpp"
#include "modules/events/api.hpp"
#include "modules/identity/api.hpp"
#include "modules/learning/api.hpp"
#include "modules/projects/api.hpp"
#include "modules/prompts/api.hpp"
#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::app {

std::vector<migrate::ModuleSchema> module_schemas() {
    return {identity::schema(),  projects::schema(), tasks::schema(),    prompts::schema(),  codebase::schema(),
            analytics::schema(), events::schema(),   learning::schema(), workflows::schema()};
}

migrate::Migrator make_migrator(const DatabaseServer& server) {
    auto schemas = module_schemas();
    return value_or_throw(migrate::Migrator::create(
        migrate::connector_to(server.administrator(server.maintenance_database())), server.layout(), schemas));
}

}  // namespace gsdb::app
