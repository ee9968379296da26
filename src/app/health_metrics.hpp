#pragma once
// The health of every database on /metrics. It is read in the background and kept, so that a scrape answers at once
// however slow a database is.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/clock.hpp"
#include "migrate/health.hpp"
#include "observe/prometheus.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::app {

/// The newest reading of each database. A database that cannot be read has none, rather than an old one.
class HealthMetrics {
  public:
    void note(const std::string& database, std::vector<migrate::HealthSignal> signals, Timestamp moment);
    void note_unreachable(const std::string& database);

    std::vector<observe::Gauge> gauges() const;

  private:
    struct Reading {
        std::vector<migrate::HealthSignal> signals;
        Timestamp moment;
    };
    mutable std::mutex mutex_;
    std::map<std::string, std::optional<Reading>> readings_;
};

/// gsdb_health_vacuum_dead_rows_ratio, gsdb_health_connections_used_ratio: the unit at the end, in base units; `scale`
/// is what a value is multiplied with.
struct SignalName {
    std::string name;
    double scale;
};
SignalName metric_name_of(const migrate::HealthSignal& signal);

/// Reads one database every `interval` until it is stopped.
Task<> watch_health(std::shared_ptr<HealthMetrics> metrics, pg::ConnectOptions login, std::chrono::seconds interval,
                    Stop stop);

}  // namespace gsdb::app
