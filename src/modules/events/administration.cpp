#include "modules/events/administration.hpp"

#include <fmt/format.h>

#include "modules/events/queries.hpp"

namespace gsdb::events {

void authorize(const identity::Actor& actor) {
    constexpr identity::Permission administration{.area = "events", .access = identity::Access::admin};
    if (auto allowed = actor.authorize(administration); !allowed) throw Failure(allowed.error());
}

Failure no_such_source(const std::string& name) {
    return Failure({.code = "events.no_such_source",
                    .message = fmt::format("there is no event source '{}'", name),
                    .detail = "",
                    .hint = "gsdb events source list shows them",
                    .exit_code = ExitCode::not_found});
}

Task<> require_source(pg::Database<Database> database, OrganizationId organization, std::string name) {
    if (name.empty()) co_return;
    const auto found = co_await database.query<sql::ListSources>({.organization = organization},
                                                                 {.organization_id = organization, .name = name});
    if (found.empty()) throw no_such_source(name);
}

}  // namespace gsdb::events
