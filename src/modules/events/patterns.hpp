#pragma once
// What is looked for in the stream of events, where it was found, and the hours that were unusual.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct NewPattern {
    std::string name;
    std::string kind;  ///< burst, sequence, co_occurrence, absence
    std::vector<std::string> event_types;
    std::string description, source, same;  ///< a source's name; a column that the events share; empty: none
    std::chrono::seconds window{0};
    std::optional<std::int32_t> events_min;  ///< of a burst
};

struct KnownPattern {
    Uuid id;
    std::string name, kind;
    std::vector<std::string> event_types;
    std::optional<std::string> source, same;
    std::chrono::microseconds window{0};
    std::optional<std::int32_t> events_min;
    std::optional<Timestamp> paused_at, last_found_at;
    Timestamp looked_until;
    std::int64_t occurrences = 0;
};

struct PatternOccurrence {
    Uuid id;
    std::string pattern, same_value;
    Timestamp started_at, ended_at, found_at;
    std::vector<Uuid> events;
};

struct KnownAnomaly {
    Uuid id;
    std::string source, type, method;
    Timestamp period_start;
    std::int64_t observed = 0;
    double expected = 0, score = 0;
    std::optional<std::string> resolution;
    std::string note;
};

/// Throws Failures: events.name_taken, events.no_such_source, events.pattern_invalid.
Task<Uuid> add_pattern(pg::Database<Database> database, OrganizationId organization, NewPattern pattern);
Task<std::vector<KnownPattern>> list_patterns(pg::Database<Database> database, OrganizationId organization);
/// By name, whatever the case, or by id. Returns whether there was one.
Task<bool> remove_pattern(pg::Database<Database> database, OrganizationId organization, std::string name);
/// The newest first; of one pattern where it is named.
Task<std::vector<PatternOccurrence>> list_occurrences(pg::Database<Database> database, OrganizationId organization,
                                                      std::string pattern, int rows_max);

/// The newest first; also those that are resolved where that is asked for.
Task<std::vector<KnownAnomaly>> list_anomalies(pg::Database<Database> database, OrganizationId organization,
                                               bool with_resolved, int rows_max);
/// `resolution` is expected, false_alarm or repaired. Throws pg::SqlError GS705 where there is no such anomaly.
Task<> resolve_anomaly(pg::Database<Database> database, OrganizationId organization, Uuid id, std::string resolution,
                       std::string note);

}  // namespace gsdb::events
