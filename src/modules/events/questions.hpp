#pragma once
// What people ask of the events that were stored.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct KnownEvent {
    Uuid id;
    Timestamp received_at, occurred_at;
    std::string source, source_kind, type;
    std::optional<std::string> actor, target, repository, thread, reference;
};

struct EventFilter {
    std::string source;  ///< a name; empty: any
    std::string type;    ///< `pull_request.opened`, or `pull_request.*` for all that begin so; empty: any
};

/// The type of a filter as LIKE has it; empty for any.
std::string like_pattern(std::string_view type);

/// An event with what was sent, and what became of it.
struct EventDetails {
    KnownEvent event;
    std::string delivery_key;
    std::string payload;                                  ///< JSON
    std::optional<std::string> processing_status, error;  ///< of one that could not be processed
};

struct TypeStatistics {
    std::string source, type;
    std::optional<std::string> category;
    std::int64_t events_24_hours = 0, events_30_days = 0, events = 0;
    std::optional<Timestamp> last_received_at;
};

/// Who caused events, or what they were about.
struct NameStatistics {
    std::string source, name;
    std::int64_t events = 0;
    Timestamp last_received_at;
};
enum class EventRole : std::uint8_t { actor, target };

/// What every question about events answers with; takes the texts out of the row.
template <class Row>
KnownEvent known_event(Row& row) {
    return {.id = row.id,
            .received_at = row.received_at,
            .occurred_at = row.occurred_at,
            .source = std::move(row.source_name),
            .source_kind = std::move(row.source_kind),
            .type = std::move(row.event_type),
            .actor = std::move(row.actor),
            .target = std::move(row.target),
            .repository = std::move(row.repository),
            .thread = std::move(row.thread),
            .reference = std::move(row.reference)};
}

/// A place in the log: behind an event, or behind all that is complete.
struct LogPlace {
    std::int64_t position = 0;
    Uuid id{};

    bool operator==(const LogPlace&) const = default;
};

/// The newest first; those before `before` where it is given.
Task<std::vector<KnownEvent>> list_events(pg::Database<Database> database, OrganizationId organization,
                                          EventFilter filter, std::optional<Uuid> before, int rows_max);
/// Throws a Failure events.no_such_event.
Task<EventDetails> find_event(pg::Database<Database> database, OrganizationId organization, Uuid id);
Task<std::vector<TypeStatistics>> event_statistics(pg::Database<Database> database, OrganizationId organization,
                                                   std::string source, int rows_max);

/// Those with the most events that occurred from a moment on; the day of that moment counts as a whole.
Task<std::vector<NameStatistics>> busiest_names(pg::Database<Database> database, OrganizationId organization,
                                                EventRole role, Timestamp since, std::string source, int rows_max);

/// The place behind all that is there now.
Task<LogPlace> end_of_log(pg::Database<Database> database, OrganizationId organization);
/// The place behind an event. Throws a Failure events.no_such_event.
Task<LogPlace> place_of_event(pg::Database<Database> database, OrganizationId organization, Uuid id);
/// The events behind a place that fit the filter, in the order of the log; `place` moves on behind what was looked at.
Task<std::vector<KnownEvent>> events_behind(pg::Database<Database> database, OrganizationId organization,
                                            EventFilter filter, LogPlace* place);

}  // namespace gsdb::events
