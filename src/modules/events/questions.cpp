#include "modules/events/questions.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "modules/events/queries.hpp"

namespace gsdb::events {

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

bool ends_with_star(std::string_view type) {
    return type.ends_with('*');
}

Failure no_such_event(Uuid id) {
    return Failure({.code = "events.no_such_event",
                    .message = fmt::format("there is no event {}", to_string(id)),
                    .detail = "",
                    .hint = "gsdb events list shows the newest",
                    .exit_code = ExitCode::not_found});
}

bool fits(const EventFilter& filter, const KnownEvent& event) {
    const auto& type = filter.type;
    const bool is_type = type.empty() || (ends_with_star(type) ? event.type.starts_with(type.substr(0, type.size() - 1))
                                                               : event.type == type);
    return is_type && (filter.source.empty() || filter.source == event.source);
}

}  // namespace

std::string like_pattern(std::string_view type) {
    std::string pattern;
    for (const auto c : type.substr(0, type.size() - (ends_with_star(type) ? 1 : 0))) {
        if (c == '_' || c == '%' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return ends_with_star(type) ? pattern + "%" : pattern;
}

Task<std::vector<KnownEvent>> list_events(pg::Database<Database> database, OrganizationId organization,
                                          EventFilter filter, std::optional<Uuid> before, int rows_max) {
    std::vector<KnownEvent> events;
    for (auto& row :
         co_await database.query<sql::ListEvents>(reading(organization), {.organization_id = organization,
                                                                          .source_name = std::move(filter.source),
                                                                          .event_type = like_pattern(filter.type),
                                                                          .before_id = before,
                                                                          .rows_max = rows_max}))
        events.push_back(known_event(row));
    co_return events;
}

Task<EventDetails> find_event(pg::Database<Database> database, OrganizationId organization, Uuid id) {
    auto row =
        co_await database.query<sql::FindEvent>(reading(organization), {.organization_id = organization, .id = id});
    if (!row) throw no_such_event(id);
    EventDetails details{.event = known_event(*row),
                         .delivery_key = std::move(row->delivery_key),
                         .payload = std::move(row->payload),
                         .processing_status = std::move(row->dead_letter_status),
                         .error = std::move(row->error_message)};
    co_return details;
}

Task<std::vector<TypeStatistics>> event_statistics(pg::Database<Database> database, OrganizationId organization,
                                                   std::string source, int rows_max) {
    std::vector<TypeStatistics> types;
    for (auto& row : co_await database.query<sql::EventStatistics>(
             reading(organization),
             {.organization_id = organization, .source_name = std::move(source), .rows_max = rows_max}))
        types.push_back({.source = std::move(row.source_name),
                         .type = std::move(row.event_type),
                         .category = std::move(row.category),
                         .events_24_hours = row.events_24_hours,
                         .events_30_days = row.events_30_days,
                         .events = row.events,
                         .last_received_at = row.last_received_at});
    co_return types;
}

Task<std::vector<NameStatistics>> busiest_names(pg::Database<Database> database, OrganizationId organization,
                                                EventRole role, Timestamp since, std::string source, int rows_max) {
    std::vector<NameStatistics> names;
    for (auto& row : co_await database.query<sql::BusiestNames>(
             reading(organization), {.organization_id = organization,
                                     .role = role == EventRole::actor ? "actor" : "target",
                                     .occurred_from = std::chrono::floor<std::chrono::days>(since),
                                     .source_name = std::move(source),
                                     .rows_max = rows_max}))
        names.push_back({.source = std::move(row.source_name),
                         .name = std::move(row.name),
                         .events = row.event_count,
                         .last_received_at = row.last_received_at});
    co_return names;
}

Task<LogPlace> end_of_log(pg::Database<Database> database, OrganizationId organization) {
    const auto row = co_await database.query<sql::LogEnd>(reading(organization), {});
    co_return LogPlace{.position = row.position, .id = {}};
}

Task<LogPlace> place_of_event(pg::Database<Database> database, OrganizationId organization, Uuid id) {
    const auto row =
        co_await database.query<sql::PlaceOfEvent>(reading(organization), {.organization_id = organization, .id = id});
    if (!row) throw no_such_event(id);
    co_return LogPlace{.position = row->log_position, .id = id};
}

Task<std::vector<KnownEvent>> events_behind(pg::Database<Database> database, OrganizationId organization,
                                            EventFilter filter, LogPlace* place) {
    constexpr int rows_max = 1000;
    std::vector<KnownEvent> events;
    for (auto& row : co_await database.query<sql::EventsBehind>(reading(organization), {.organization_id = organization,
                                                                                        .log_position = place->position,
                                                                                        .id = place->id,
                                                                                        .rows_max = rows_max})) {
        *place = {row.log_position, row.id};
        if (auto event = known_event(row); fits(filter, event)) events.push_back(std::move(event));
    }
    co_return events;
}

}  // namespace gsdb::events
