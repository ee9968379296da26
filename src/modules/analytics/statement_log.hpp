#pragma once
// What the program's own statements cost, summed up by name and written to analytics.query_performance_log every minute
// or so. There also without pg_stat_statements, and by the names that the .sql files give.

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/background.hpp"
#include "modules/analytics/database.hpp"
#include "observe/observation.hpp"
#include "pg/database.hpp"

namespace gsdb::analytics {

/// Copies are the same log. Memory is bounded: beyond `statements_max` names, further ones are counted as "other".
class StatementLog {
  public:
    explicit StatementLog(std::size_t statements_max = 500);

    /// Give this to observe::add_sink(). It keeps the log alive. Names and figures only, never a parameter.
    observe::Sink sink() const;

    /// Writes what has come since the last time and returns how many statements that were. What cannot be written is
    /// kept for the next time.
    Task<std::size_t> flush(pg::Database<Database> database, Timestamp moment) const;

    /// Flushes every `interval`, and once more when it is stopped.
    Task<> keep(pg::Database<Database> database, std::chrono::seconds interval, Stop stop) const;

  private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace gsdb::analytics
