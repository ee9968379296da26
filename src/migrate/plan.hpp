#pragma once
// What is left to do for a module, decided from the program's files and the database's records alone.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "migrate/migration.hpp"

namespace gsdb::migrate {

/// A row of base.schema_migrations.
struct AppliedMigration {
    std::string module;
    int version = 0;
    std::string name;
    std::string kind;
    std::string checksum;
    std::string text;
    std::string rollback_sql;
    Timestamp applied_at{};
    std::string applied_by;
    std::int64_t duration_ms = 0;
    std::string program_version;

    std::string label() const;
};

struct PlanOptions {
    bool allow_contract = false;
    std::optional<int> up_to{};  ///< the last version to apply; nothing means all
};

/// A migration that is pending but not to be run now, and why: "contract steps need --allow-contract".
struct HeldMigration {
    const Migration* migration;
    std::string reason;
};

struct ModulePlan {
    std::string module;
    std::vector<const Migration*> steps;  ///< to run, in this order; they point into the files given
    std::vector<HeldMigration> held;      ///< the rest
};

/// The plan for one module, or why there can be none: a schema newer than the program, edited or renamed history,
/// a file that appeared below what is applied. `files` are parse_module's, `applied` are of this module, by version.
Result<ModulePlan> plan_module(const ModuleFiles& files, std::span<const AppliedMigration> applied,
                               std::string_view database, const PlanOptions& options = {});

/// Plans every module, and refuses a database with records of modules that the program does not know. Only modules in
/// `expected` (those whose place is this database) are planned.
Result<std::vector<ModulePlan>> plan_database(std::span<const ModuleFiles* const> expected,
                                              std::span<const AppliedMigration> applied, std::string_view database,
                                              const PlanOptions& options = {});

}  // namespace gsdb::migrate
