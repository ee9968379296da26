#pragma once
// Migrates one database, over one connection.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "migrate/layout.hpp"
#include "migrate/plan.hpp"
#include "migrate/progress.hpp"
#include "migrate/records.hpp"
#include "migrate/routines.hpp"
#include "migrate/session.hpp"

namespace gsdb::migrate {

struct MigrateOptions {
    std::string program_version;
    bool allow_contract = false;          ///< also run steps that take something away
    std::optional<std::string> module{};  ///< only this one; base still comes first where it is not there
    std::optional<int> up_to{};           ///< the last version to apply; needs `module`
    std::chrono::milliseconds lock_wait_max{600'000};
    ProgressCallback progress{};
};

/// What was done to one database.
struct DatabaseMigration {
    struct Step {
        std::string step;  ///< "identity 0003_add_teams"
        std::int64_t milliseconds = 0;
    };
    struct Held {
        std::string step;
        std::string reason;
    };
    std::string database;
    std::vector<Step> applied{};
    std::vector<std::string> routines{};  ///< "identity/verify_api_key"
    std::vector<Held> held{};             ///< pending but not run, and why
    bool paused = false;                  ///< the progress callback stopped a backfill; the next run goes on

    bool changed() const { return !applied.empty() || !routines.empty(); }
};

/// What would be done, with the SQL.
struct DatabasePlan {
    std::string database;
    std::vector<ModulePlan> modules{};
    std::string sql{};  ///< for --dry-run: what would run, in order; empty when there is nothing to do
    std::vector<DatabaseMigration::Held> held{};
};

/// One run over a database. The pointers outlive it.
class DatabaseRun {
  public:
    /// `modules` are those whose place is this database, `base` first.
    DatabaseRun(pg::Connection* connection, const DatabaseTarget* target, std::vector<const ModuleFiles*> modules,
                const MigrateOptions* options);

    /// Throws the Failure of the first step that does not succeed; what was applied before it stays.
    Task<DatabaseMigration> migrate();
    Task<DatabasePlan> plan();

  private:
    Task<> prepare_session();
    std::vector<ModulePlan> make_plans() const;
    bool has_work(const std::vector<ModulePlan>& plans) const;
    Task<> create_extensions();
    Task<> migrate_module(const ModulePlan* plan, const ModuleFiles* module);
    Task<> apply(const Migration* migration, const ModuleFiles* module);
    Task<> apply_in_transaction(const Migration* migration, const ModuleFiles* module);
    Task<> apply_statement_by_statement(const Migration* migration, const ModuleFiles* module);
    Task<> run_backfill(const Migration* migration, const ModuleFiles* module);
    Task<> refuse_stale_backfill(const Migration* contract, const ModuleFiles* module);
    Task<> apply_changed_routines(const ModuleFiles* module, Missing missing);
    Task<> refresh_shape(const ModuleFiles* module);
    std::string shown_sql(const Migration& migration, const ModuleFiles& module) const;
    void remember(const Migration& migration);
    const ModuleFiles* files_of(std::string_view module) const;

    Session session_;
    const DatabaseTarget* target_;
    std::vector<const ModuleFiles*> modules_;
    const MigrateOptions* options_;
    Records records_;
    bool is_new_ = false;  ///< nothing was ever applied before this run
    DatabaseMigration result_;
};

/// The statements of a migration as the engine sends them: its own text between the change of role and the record.
std::string transaction_script(const Migration& migration, const ModuleFiles& module, std::string_view program_version);

}  // namespace gsdb::migrate
