#pragma once
// Events in bulk: from lines into the log, from the log into lines, and projected once more.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "modules/events/database.hpp"
#include "modules/events/event_lines.hpp"
#include "modules/events/questions.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct LineProblem {
    std::int64_t line = 0;
    Error error;
};

/// What became of the lines; their sum is `lines`.
struct ImportSummary {
    std::int64_t lines = 0, stored = 0, known = 0, rejected = 0, invalid = 0;
    std::vector<LineProblem> problems;  ///< of the first ten that are invalid
};

/// Imports lines in batches. The same lines again change nothing: each event is told by its key.
class EventImport {
  public:
    /// `source` is for lines that name none; empty: every line has to.
    EventImport(pg::Database<Database> database, OrganizationId organization, std::string source);

    /// The next line, or nothing; called on this thread. Asked for the end by throwing.
    using NextLine = std::function<std::optional<std::string_view>()>;

    /// Stores all that `next` gives. Throws a Failure events.no_such_source for `source`, and what the database says;
    /// what was stored before stays.
    Task<ImportSummary> run(NextLine next, const Clock& clock);

  private:
    struct Batch;

    Task<> load_sources();
    const ImportSource* source_of(const EventLine& line) const;
    bool fill(Batch& batch);
    Task<> work();

    pg::Database<Database> database_;
    DeliveryWriter writer_;
    OrganizationId organization_;
    std::string source_;
    std::vector<std::pair<std::string, ImportSource>> sources_;  ///< by name in lower case
    NextLine next_;
    const Clock* clock_ = nullptr;
    ImportSummary summary_;
};

struct ExportFilter {
    EventFilter events;
    std::optional<Timestamp> since, until;  ///< when they were received; `until` is not included
};

/// Gives the events as lines to `take`, in the order in which they were received. Returns how many.
Task<std::int64_t> export_events(pg::Database<Database> database, OrganizationId organization, ExportFilter filter,
                                 std::function<void(const std::string&)> take);

/// Projects the events once more that were received from `since` to `until`, and has those tried again that failed.
/// Events not processed yet are left to processing. Returns how many.
Task<std::int64_t> replay_events(pg::Database<Database> database, OrganizationId organization, Timestamp since,
                                 Timestamp until, std::function<void(std::int64_t)> on_progress);

}  // namespace gsdb::events
