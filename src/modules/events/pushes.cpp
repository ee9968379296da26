#include "modules/events/pushes.hpp"

#include <fmt/format.h>

#include "modules/events/queries.hpp"

namespace gsdb::events {

Task<Pushes> read_pushes(pg::Database<Database> database) {
    constexpr std::int32_t batch_size = 1000;
    Pushes found;
    for (auto& row : co_await database.query<sql::ReadPushes>({}, {.batch_size = batch_size})) {
        found.end = PushPlace{row.log_position, row.event_id, row.organization_id};
        if (!row.clone_url) continue;
        const auto branch = row.default_branch ? fmt::format("refs/heads/{}", *row.default_branch) : std::string();
        found.pushes.push_back({.organization = row.organization_id,
                                .clone_url = *std::move(row.clone_url),
                                .is_to_default_branch = row.ref && *row.ref == branch});
    }
    co_return found;
}

Task<> pass_pushes(pg::Database<Database> database, PushPlace end) {
    co_await database.query<sql::PassPushes>(
        {}, {.log_position = end.position, .event_id = end.event, .event_organization_id = end.organization});
}

Task<> pass_all_pushes(pg::Database<Database> database) {
    co_await database.query<sql::PassAllPushes>({}, {});
}

}  // namespace gsdb::events
