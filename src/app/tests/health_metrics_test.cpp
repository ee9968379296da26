#include "app/health_metrics.hpp"

#include <gmock/gmock.h>

namespace gsdb::app {
namespace {

using migrate::HealthSignal;
using migrate::HealthStatus;
using testing::HasSubstr;
using testing::Not;

HealthSignal signal(const std::string& component, const std::string& name, std::optional<double> value,
                    const std::string& unit, HealthStatus status = HealthStatus::healthy) {
    return {.component = component, .signal = name, .value = value, .unit = unit, .status = status};
}

std::string rendered(const std::shared_ptr<HealthMetrics>& health) {
    const observe::Metrics metrics;
    metrics.add_gauges([health] { return health->gauges(); });
    return metrics.render();
}

TEST(HealthMetrics, NamesAreInBaseUnits) {
    auto name = [](const HealthSignal& of) { return metric_name_of(of).name; };
    EXPECT_EQ(name(signal("vacuum", "dead_rows", 1, "%")), "gsdb_health_vacuum_dead_rows_ratio");
    EXPECT_EQ(name(signal("connections", "connections_used", 1, "%")), "gsdb_health_connections_used_ratio");
    EXPECT_EQ(name(signal("statements", "mean", 1, "ms")), "gsdb_health_statements_mean_seconds");
    EXPECT_EQ(name(signal("storage", "database_size", 1, "bytes")), "gsdb_health_storage_database_size_bytes");
    EXPECT_EQ(name(signal("indexes", "invalid-indexes", 1, "indexes")), "gsdb_health_indexes_invalid_indexes");
}

TEST(HealthMetrics, ShowsWhatWasReadAndWhatItMeans) {
    auto health = std::make_shared<HealthMetrics>();
    health->note("task_db",
                 {signal("vacuum", "dead_rows", 45, "%", HealthStatus::warning),
                  signal("transactions", "longest_transaction", std::nullopt, "s", HealthStatus::unknown)},
                 Timestamp{std::chrono::seconds(1'000'000)});
    const auto text = rendered(health);
    EXPECT_THAT(text, HasSubstr("# TYPE gsdb_health_vacuum_dead_rows_ratio gauge\n"));
    EXPECT_THAT(text, HasSubstr("gsdb_health_vacuum_dead_rows_ratio{database=\"task_db\"} 0.45"));
    EXPECT_THAT(text,
                HasSubstr("gsdb_health_status{component=\"vacuum\",database=\"task_db\",signal=\"dead_rows\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("signal=\"longest_transaction\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("longest_transaction_seconds"))) << "what could not be measured has no value";
    EXPECT_THAT(text, HasSubstr("gsdb_health_readable{database=\"task_db\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("gsdb_health_read_timestamp_seconds{database=\"task_db\"} 1000000\n"));
}

TEST(HealthMetrics, ADatabaseThatCannotBeReadShowsNothingOld) {
    auto health = std::make_shared<HealthMetrics>();
    health->note("task_db", {signal("vacuum", "dead_rows", 45, "%")}, Timestamp{});
    health->note("events_db", {signal("vacuum", "dead_rows", 5, "%")}, Timestamp{});
    health->note_unreachable("task_db");
    const auto text = rendered(health);
    EXPECT_THAT(text, HasSubstr("gsdb_health_readable{database=\"task_db\"} 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("gsdb_health_vacuum_dead_rows_ratio{database=\"task_db\"}")));
    EXPECT_THAT(text, HasSubstr("gsdb_health_vacuum_dead_rows_ratio{database=\"events_db\"} 0.05"));
}

}  // namespace
}  // namespace gsdb::app
