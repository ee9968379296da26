#include "app/health_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pg/connection.hpp"

namespace gsdb::app {

namespace {

struct Unit {
    std::string_view unit, suffix;
    double scale;
};
constexpr std::array units{Unit{"%", "_ratio", 0.01}, Unit{"s", "_seconds", 1}, Unit{"ms", "_seconds", 0.001},
                           Unit{"bytes", "_bytes", 1}};

/// The gauges under construction, by name.
class Gauges {
  public:
    void add(const std::string& name, const std::string& help, observe::Gauge::Sample sample) {
        auto& gauge = gauges_[name];
        gauge.name = name;
        gauge.help = help;
        gauge.samples.push_back(std::move(sample));
    }
    std::vector<observe::Gauge> take() {
        std::vector<observe::Gauge> all;
        for (auto& [name, gauge] : gauges_) all.push_back(std::move(gauge));
        return all;
    }

  private:
    std::map<std::string, observe::Gauge> gauges_;
};

Task<std::vector<migrate::HealthSignal>> read_once(pg::ConnectOptions login, Stop stop) {
    constexpr pg::Milliseconds deadline{10'000};
    login.connect_deadline = deadline;
    auto connection = co_await pg::Connection::open(std::move(login));
    auto hurry = stop.on_request([raw = connection.get()] { raw->cancel(); });
    co_return co_await migrate::read_health(connection.get(), deadline);
}

}  // namespace

SignalName metric_name_of(const migrate::HealthSignal& signal) {
    const bool names_its_component = signal.signal.starts_with(signal.component + "_");
    auto name = names_its_component ? "gsdb_health_" + signal.signal
                                    : fmt::format("gsdb_health_{}_{}", signal.component, signal.signal);
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    const auto* unit = std::ranges::find(units, signal.unit, &Unit::unit);
    if (unit == units.end()) return {std::move(name), 1};
    return {name + std::string(unit->suffix), unit->scale};
}

void HealthMetrics::note(const std::string& database, std::vector<migrate::HealthSignal> signals, Timestamp moment) {
    std::lock_guard lock(mutex_);
    readings_[database] = Reading{.signals = std::move(signals), .moment = moment};
}

void HealthMetrics::note_unreachable(const std::string& database) {
    std::lock_guard lock(mutex_);
    readings_[database] = std::nullopt;
}

std::vector<observe::Gauge> HealthMetrics::gauges() const {
    Gauges gauges;
    std::lock_guard lock(mutex_);
    for (const auto& [database, reading] : readings_) {
        gauges.add("gsdb_health_readable", "Whether the health of the database could be read: 1 or 0.",
                   {{{"database", database}}, reading ? 1.0 : 0.0});
        if (!reading) continue;
        gauges.add("gsdb_health_read_timestamp_seconds", "When the health of the database was read.",
                   {{{"database", database}}, static_cast<double>(reading->moment.time_since_epoch().count()) / 1e6});
        for (const auto& signal : reading->signals) {
            gauges.add("gsdb_health_status",
                       "What a signal of system_health() means: 0 healthy, 1 unknown, 2 warning, 3 critical.",
                       {{{"database", database}, {"component", signal.component}, {"signal", signal.signal}},
                        static_cast<double>(signal.status)});
            if (!signal.value) continue;
            auto [name, scale] = metric_name_of(signal);
            gauges.add(name, fmt::format("The signal {}.{} of base.health_signals().", signal.component, signal.signal),
                       {{{"database", database}}, *signal.value * scale});
        }
    }
    return gauges.take();
}

Task<> watch_health(std::shared_ptr<HealthMetrics> metrics, pg::ConnectOptions login, std::chrono::seconds interval,
                    Stop stop) {
    const auto database = login.database;
    std::chrono::milliseconds pause{0};
    while (co_await stop.sleep(pause)) {
        pause = interval;
        try {
            metrics->note(database, co_await read_once(login, stop), SystemClock().now());
        } catch (const std::exception&) {
            metrics->note_unreachable(database);
        }
    }
}

}  // namespace gsdb::app
