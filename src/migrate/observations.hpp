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

}  // namespace gsdb::migrate
