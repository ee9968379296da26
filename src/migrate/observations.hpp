#pragma once
// What this folder reports to logs and metrics.

#include <cstdint>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::migrate {

struct MigrationApplied {
    std::string database;
    std::string migration;  ///< "identity 0003_add_teams"
    double seconds;
    static constexpr observe::Definition definition{
        .name = "migration_applied",
        .description = "A migration was applied and recorded.",
        .level = observe::Level::info,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}, {"migration", migration}, {"seconds", seconds}}; }
};

struct MigrationRetried {
    std::string database;
    std::string migration;
    std::string reason;
    static constexpr observe::Definition definition{
        .name = "migration_retried",
        .description = "A migration or a batch of a backfill was taken back for a busy lock and will be tried again.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}, {"migration", migration}, {"reason", reason}}; }
};

struct MigrationRolledBack {
    std::string database;
    std::string migration;
    static constexpr observe::Definition definition{.name = "migration_rolled_back",
                                                    .description = "A migration was undone with its recorded rollback.",
                                                    .level = observe::Level::warn,
                                                    .measure = {.field = "", .kind = observe::Measure::counter},
                                                    .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}, {"migration", migration}}; }
};

struct BackfillAdvanced {
    std::string database;
    std::string migration;
    std::int64_t rows;
    static constexpr observe::Definition definition{.name = "backfill_rows",
                                                    .description = "Rows that committed batches of backfills visited.",
                                                    .level = observe::Level::debug,
                                                    .measure = {.field = "rows", .kind = observe::Measure::counter},
                                                    .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}, {"migration", migration}, {"rows", rows}}; }
};

struct MaintenanceRan {
    std::string database;
    std::string routine;
    std::string state;  ///< succeeded or failed
    double seconds;
    std::int64_t rows;
    static constexpr observe::Definition definition{
        .name = "maintenance_run",
        .description = "Time a routine of maintenance took, by database, routine and state.",
        .level = observe::Level::debug,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"database", "routine", "state"}};
    observe::Fields fields() const {
        return {{"database", database}, {"routine", routine}, {"state", state}, {"seconds", seconds}, {"rows", rows}};
    }
};

struct MaintenanceFailed {
    std::string database;
    std::string routine;
    std::string error;
    static constexpr observe::Definition definition{
        .name = "maintenance_failed",
        .description = "A routine of maintenance failed; it is tried again later, and base.maintenance_log has more.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database", "routine"}};
    observe::Fields fields() const { return {{"database", database}, {"routine", routine}, {"error", error}}; }
};

struct MaintenanceInterrupted {
    std::string database;
    std::string message;
    static constexpr observe::Definition definition{
        .name = "maintenance_interrupted",
        .description = "Maintenance could not reach a database or lost it; it goes on as soon as it can.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}, {"message", message}}; }
};

}  // namespace gsdb::migrate
