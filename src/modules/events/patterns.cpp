#include "modules/events/patterns.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

/// What the constraints of events.event_patterns say, to the person who wrote the pattern.
Failure refused(const pg::SqlError& error, const std::string& name) {
    if (error.constraint() == "event_patterns_name_key")
        return Failure({.code = "events.name_taken",
                        .message = fmt::format("there is a pattern {} already", name),
                        .detail = "",
                        .hint = "gsdb events pattern list shows it; take another name, or remove it first",
                        .exit_code = ExitCode::conflict});
    return Failure({.code = "events.pattern_invalid",
                    .message = fmt::format("{} is no pattern that could be looked for", name),
                    .detail = error.facts().message,
                    .hint = "a burst needs --at-least 2 or more; a sequence and a co_occurrence two types or more; a "
                            "window is 31 days at most",
                    .exit_code = ExitCode::usage});
}

}  // namespace

Task<Uuid> add_pattern(pg::Database<Database> database, OrganizationId organization, NewPattern pattern) {
    const pg::TransactionOptions tenant{.organization = organization};
    co_await require_source(database, organization, pattern.source);
    const auto id = Uuid::v7(SystemClock());
    try {
        co_await database.query<sql::AddPattern>(tenant, {.organization_id = organization,
                                                          .pattern_id = id,
                                                          .name = pattern.name,
                                                          .description = std::move(pattern.description),
                                                          .kind = std::move(pattern.kind),
                                                          .event_types = std::move(pattern.event_types),
                                                          .source_name = unless_empty(std::move(pattern.source)),
                                                          .same = unless_empty(std::move(pattern.same)),
                                                          .time_window = pattern.window,
                                                          .events_min = pattern.events_min});
    } catch (const pg::SqlError& error) {
        const auto kind = error.sqlstate().substr(0, 2);
        if (kind == "22" || kind == "23") throw refused(error, pattern.name);
        throw;
    }
    co_return id;
}

Task<std::vector<KnownPattern>> list_patterns(pg::Database<Database> database, OrganizationId organization) {
    std::vector<KnownPattern> all;
    for (auto& row :
         co_await database.query<sql::ListPatterns>(reading(organization), {.organization_id = organization}))
        all.push_back({.id = row.pattern_id,
                       .name = std::move(row.name),
                       .kind = std::move(row.kind),
                       .event_types = std::move(row.event_types),
                       .source = std::move(row.source_name),
                       .same = std::move(row.same),
                       .window = row.time_window,
                       .events_min = row.events_min,
                       .paused_at = row.paused_at,
                       .last_found_at = row.last_found_at,
                       .looked_until = row.looked_until,
                       .occurrences = row.occurrences});
    co_return all;
}

Task<bool> remove_pattern(pg::Database<Database> database, OrganizationId organization, std::string name) {
    co_return co_await database.query<sql::RemovePattern>(
        {.organization = organization}, {.organization_id = organization, .name = std::move(name)}) > 0;
}

Task<std::vector<PatternOccurrence>> list_occurrences(pg::Database<Database> database, OrganizationId organization,
                                                      std::string pattern, int rows_max) {
    std::vector<PatternOccurrence> all;
    for (auto& row : co_await database.query<sql::ListOccurrences>(
             reading(organization),
             {.organization_id = organization, .pattern_name = std::move(pattern), .rows_max = rows_max}))
        all.push_back({.id = row.id,
                       .pattern = std::move(row.pattern_name),
                       .same_value = std::move(row.same_value),
                       .started_at = row.started_at,
                       .ended_at = row.ended_at,
                       .found_at = row.found_at,
                       .events = std::move(row.event_ids)});
    co_return all;
}

Task<std::vector<KnownAnomaly>> list_anomalies(pg::Database<Database> database, OrganizationId organization,
                                               bool with_resolved, int rows_max) {
    std::vector<KnownAnomaly> all;
    for (auto& row : co_await database.query<sql::ListAnomalies>(
             reading(organization),
             {.organization_id = organization, .with_resolved = with_resolved, .rows_max = rows_max}))
        all.push_back({.id = row.id,
                       .source = std::move(row.source_name),
                       .type = std::move(row.event_type),
                       .method = std::move(row.method),
                       .period_start = row.period_start,
                       .observed = row.observed_count,
                       .expected = row.expected_count,
                       .score = row.score,
                       .resolution = std::move(row.resolution),
                       .note = std::move(row.note)});
    co_return all;
}

Task<> resolve_anomaly(pg::Database<Database> database, OrganizationId organization, Uuid id, std::string resolution,
                       std::string note) {
    co_await database.query<sql::ResolveAnomaly>({.organization = organization}, {.anomaly_id = id,
                                                                                  .resolution = std::move(resolution),
                                                                                  .note = std::move(note),
                                                                                  .organization_id = organization});
}

}  // namespace gsdb::events
