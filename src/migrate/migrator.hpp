#pragma once
// Everything behind `gsdb db migrate|rollback|status|verify|lint`: plans, runs, undoes and checks the schema of all
// databases of a layout.
//
//     auto migrator = value_or_throw(Migrator::create(connector_to(admin), Layout::split(), schemas));
//     auto done = co_await migrator.migrate({.program_version = "0.1.0", .progress = show});
//
// `schemas` are the modules in the order in which their SQL may run, without `base`, which is put first.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/connector.hpp"
#include "migrate/database_migration.hpp"
#include "migrate/finding.hpp"
#include "migrate/layout.hpp"

namespace gsdb::migrate {

struct ModuleStatus {
    std::string module;
    std::string version;  ///< label of the last applied migration; empty when none is
    std::size_t applied = 0;
    std::vector<std::string> pending{};     ///< labels; those held back included
    std::size_t routines_pending = 0;       ///< routine files whose text is not the applied one
    std::optional<Timestamp> applied_at{};  ///< of the last migration
    std::string program_version{};          ///< that applied it
    std::optional<std::size_t> drifted{};   ///< objects that differ from the record; nothing without a record
    struct Backfill {
        std::string step;
        std::int64_t rows_done = 0;
        std::optional<std::int64_t> rows_estimated;
        std::optional<std::string> last_error;
    };
    std::optional<Backfill> backfill{};  ///< the one under way
};

struct DatabaseStatus {
    std::string database;
    bool exists = false;
    std::int64_t size_bytes = 0;
    std::vector<ModuleStatus> modules{};
    std::optional<Error> refusal{};  ///< why this program cannot migrate it: newer, edited, ...

    /// Everything applied, nothing drifted, nothing refused.
    bool is_current() const;
};

/// The undoing of one step.
struct Rollback {
    std::string database;
    std::string step;  ///< "projects 0004_add_teams"
    std::string sql;   ///< as recorded when the step was applied
};

class Migrator {
  public:
    /// Parses all SQL; errors are mistakes in the files.
    static Result<Migrator> create(Connector connect, Layout layout, std::span<const ModuleSchema> schemas);

    /// All databases side by side. The first failure is thrown when every database has ended.
    Task<std::vector<DatabaseMigration>> migrate(MigrateOptions options) const;
    /// One of the layout's databases.
    Task<DatabaseMigration> migrate_database(std::string database, MigrateOptions options) const;
    /// Base alone: what all databases have.
    Task<DatabaseMigration> migrate_base(std::string database, MigrateOptions options) const;

    /// What migrate() would do. Changes nothing.
    Task<std::vector<DatabasePlan>> plan(MigrateOptions options) const;

    /// What rollback() would undo: the last applied step of the module, whether or not this program knows it. Refuses
    /// unknown modules, modules without an applied step, and steps without a recorded rollback.
    Task<Rollback> plan_rollback(std::string module) const;
    Task<Rollback> rollback(std::string module, MigrateOptions options) const;

    /// Whether each database is what was recorded: pending or edited migrations, drifted objects, invalid indexes,
    /// unfinished backfills, and what base.schema_lint() finds. Empty when all is well.
    Task<Findings> verify() const;
    /// Only the rules of base.schema_lint().
    Task<Findings> lint() const;

    Task<std::vector<DatabaseStatus>> status() const;

    const Layout& layout() const { return layout_; }
    const std::vector<ModuleFiles>& modules() const { return modules_; }
    /// `base`, then the modules that live in the database.
    std::vector<const ModuleFiles*> modules_of(const DatabaseTarget& target) const;

  private:
    Migrator(Connector connect, Layout layout, std::vector<ModuleFiles> modules)
        : connect_(std::move(connect)), layout_(std::move(layout)), modules_(std::move(modules)) {}

    Task<DatabaseMigration> migrate_target(const DatabaseTarget* target, std::vector<const ModuleFiles*> modules,
                                           MigrateOptions options) const;
    const DatabaseTarget* target_named(std::string_view database) const;
    Task<DatabasePlan> plan_target(const DatabaseTarget* target, MigrateOptions options) const;
    Task<Findings> verify_target(const DatabaseTarget* target) const;
    Task<Findings> lint_target(const DatabaseTarget* target) const;
    Task<DatabaseStatus> status_of(const DatabaseTarget* target) const;
    /// Null when the database does not exist.
    Task<ConnectionPtr> connect_if_exists(std::string database) const;

    Connector connect_;
    Layout layout_;
    std::vector<ModuleFiles> modules_;
};

/// For `InstallOptions::fill_first`. The migrator outlives it.
std::function<Task<>(std::string database)> fill_with_base(const Migrator& migrator, MigrateOptions options);

}  // namespace gsdb::migrate
