#include "migrate/migrator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/together.hpp"
#include "migrate/index_repair.hpp"
#include "migrate/observations.hpp"
#include "migrate/routines.hpp"
#include "migrate/shape.hpp"
#include "migrate/sql_scanner.hpp"
#include "migrate/verification.hpp"

namespace gsdb::migrate {
namespace {

Error refused(std::string code, std::string message, std::string detail, std::string hint, ExitCode exit_code) {
    return {std::move(code), std::move(message), std::move(detail), std::move(hint), exit_code};
}

Error no_such_database(const Layout& layout, std::string_view name) {
    std::string known;
    for (const auto& target : layout.targets()) known += (known.empty() ? "" : ", ") + target.database;
    return refused("migrate.no_such_database", fmt::format("there is no database {}", name),
                   fmt::format("the {} layout has {}", to_string(layout.kind()), known), "name one of them",
                   ExitCode::not_found);
}

template <class T>
std::vector<T> flattened(std::vector<std::vector<T>> lists) {
    std::vector<T> all;
    for (auto& list : lists) std::ranges::move(list, std::back_inserter(all));
    return all;
}

Finding missing_database(std::string_view database) {
    return {.severity = Severity::error,
            .code = "schema.database_missing",
            .database = std::string(database),
            .object = fmt::format("database {}", database),
            .message = "does not exist",
            .remedy = "gsdb db init"};
}

/// How the recorded rollback of a step runs, as a script of its own transaction.
std::string rollback_script(const AppliedMigration& record, const ModuleFiles& module, std::string_view rollback_sql) {
    const auto key = fmt::format("(module, version) = ({}, {})", quote_literal(record.module), record.version);
    return fmt::format(
        "{}\n{}\n;\n{} delete from base.migration_progress where {}; delete from base.schema_migrations where {}; "
        "commit",
        begin_as_owner(module, std::chrono::seconds(5)), rollback_sql, as_record_keeper(), key, key);
}

}  // namespace

bool DatabaseStatus::is_current() const {
    return exists && !refusal && std::ranges::all_of(modules, [](const ModuleStatus& module) {
               return module.pending.empty() && module.routines_pending == 0 && module.drifted.value_or(0) == 0;
           });
}

Result<Migrator> Migrator::create(Connector connect, Layout layout, std::span<const ModuleSchema> schemas) {
    std::vector<ModuleSchema> all{base_schema()};
    all.insert(all.end(), schemas.begin(), schemas.end());
    auto modules = parse_modules(all);
    if (!modules) return std::unexpected(std::move(modules.error()));
    return Migrator(std::move(connect), std::move(layout), std::move(*modules));
}

std::vector<const ModuleFiles*> Migrator::modules_of(const DatabaseTarget& target) const {
    std::vector<const ModuleFiles*> own;
    const auto schemas = target.schemas();
    for (const auto& module : modules_)
        if (std::ranges::count(schemas, module.schemas.front()) > 0) own.push_back(&module);
    return own;
}

// ---- migrate ---------------------------------------------------------------------------------------------------

Task<std::vector<DatabaseMigration>> Migrator::migrate(MigrateOptions options) const {
    std::vector<Task<DatabaseMigration>> runs;
    for (const auto& target : layout_.targets()) runs.push_back(migrate_target(&target, modules_of(target), options));
    co_return co_await together(std::move(runs));
}

Task<DatabaseMigration> Migrator::migrate_database(std::string database, MigrateOptions options) const {
    const auto* target = target_named(database);
    co_return co_await migrate_target(target, modules_of(*target), std::move(options));
}

Task<DatabaseMigration> Migrator::migrate_base(std::string database, MigrateOptions options) const {
    co_return co_await migrate_target(target_named(database), {&modules_.front()}, std::move(options));
}

Task<DatabaseMigration> Migrator::migrate_target(const DatabaseTarget* target, std::vector<const ModuleFiles*> modules,
                                                 MigrateOptions options) const {
    const auto connection = co_await connect_(target->database);
    DatabaseRun run(connection.get(), target, std::move(modules), &options);
    co_return co_await run.migrate();
}

namespace {

Task<> apply_base(const Migrator* migrator, std::string database, MigrateOptions options) {
    co_await migrator->migrate_base(std::move(database), std::move(options));
}

}  // namespace

std::function<Task<>(std::string database)> fill_with_base(const Migrator& migrator, MigrateOptions options) {
    return [&migrator, options = std::move(options)](std::string database) {
        return apply_base(&migrator, std::move(database), options);
    };
}

const DatabaseTarget* Migrator::target_named(std::string_view database) const {
    const auto* target = layout_.target_of_database(database);
    if (!target) throw Failure(no_such_database(layout_, database));
    return target;
}

Task<std::vector<DatabasePlan>> Migrator::plan(MigrateOptions options) const {
    std::vector<Task<DatabasePlan>> plans;
    for (const auto& target : layout_.targets()) plans.push_back(plan_target(&target, options));
    co_return co_await together(std::move(plans));
}

Task<DatabasePlan> Migrator::plan_target(const DatabaseTarget* target, MigrateOptions options) const {
    const auto connection = co_await connect_if_exists(target->database);
    DatabaseRun run(connection.get(), target, modules_of(*target), &options);
    co_return co_await run.plan();
}

// ---- rollback --------------------------------------------------------------------------------------------------

Task<Rollback> Migrator::plan_rollback(std::string module) const {
    const auto* target = module == base_schema_name ? nullptr : layout_.target_of_schema(module);
    if (!target)
        throw Failure(
            refused("migrate.no_such_module", fmt::format("module {} cannot be rolled back", module),
                    module == base_schema_name ? "base is under every other module" : "there is no such module",
                    "name a module that `gsdb db status` lists", ExitCode::not_found));
    const auto connection = co_await connect_(target->database);
    const auto applied = (co_await read_records(connection.get())).of_module(module);
    if (applied.empty())
        throw Failure(refused("migrate.nothing_applied", fmt::format("module {} has nothing to roll back", module),
                              fmt::format("no migration of it is applied in {}", target->database), "",
                              ExitCode::not_found));
    const auto& last = applied.back();
    if (last.rollback_sql.empty())
        throw Failure(
            refused("migrate.no_rollback", fmt::format("migration {} {} cannot be undone", module, last.label()),
                    "it was applied without a rollback section",
                    "write a new migration that changes what has to change, or restore a backup", ExitCode::conflict));
    co_return Rollback{target->database, fmt::format("{} {}", module, last.label()), last.rollback_sql};
}

Task<Rollback> Migrator::rollback(std::string module, MigrateOptions options) const {
    auto planned = co_await plan_rollback(module);
    const auto* target = layout_.target_of_database(planned.database);
    const auto connection = co_await connect_(planned.database);
    Session session(connection.get(), planned.database, options.progress);
    co_await session.take_lock(options.lock_wait_max);
    auto records = co_await read_records(connection.get());
    const auto applied = records.of_module(module);
    if (applied.empty() || applied.back().rollback_sql != planned.sql)
        throw Failure(refused("migrate.changed_meanwhile", fmt::format("{} is no longer the last step", planned.step),
                              "another program migrated the database at the same time", "look at it again",
                              ExitCode::conflict));
    const auto own = modules_of(*target);
    const auto files = std::ranges::find(own, module, &ModuleFiles::module);
    // A module that this program does not know has its schema's name.
    const ModuleFiles unknown{.module = module, .schemas = {module}};
    const auto& place = files == own.end() ? unknown : **files;
    const auto script = rollback_script(applied.back(), place, planned.sql);
    std::optional<pg::SqlError> error;
    try {
        co_await session.with_retries("rollback of " + planned.step, [&] { return session.run(script); });
    } catch (const pg::SqlError& caught) {
        error = caught;
    }
    if (error) throw sql_failure("rollback of " + planned.step, planned.database, *error, 0);
    observe::emit(MigrationRolledBack{planned.database, planned.step});
    records = co_await read_records(connection.get());
    co_await record_shape(connection.get(), &place, shape_basis(records, module));
    co_return planned;
}

// ---- checks ----------------------------------------------------------------------------------------------------

Task<ConnectionPtr> Migrator::connect_if_exists(std::string database) const {
    try {
        co_return co_await connect_(database);
    } catch (const pg::SqlError& error) {
        if (error.sqlstate() != "3D000") throw;  // 3D000: invalid_catalog_name
    }
    co_return nullptr;
}

Task<Findings> Migrator::verify() const {
    std::vector<Task<Findings>> checks;
    for (const auto& target : layout_.targets()) checks.push_back(verify_target(&target));
    co_return flattened(co_await together(std::move(checks)));
}

Task<Findings> Migrator::verify_target(const DatabaseTarget* target) const {
    const auto connection = co_await connect_if_exists(target->database);
    if (!connection) co_return Findings{missing_database(target->database)};
    const auto modules = modules_of(*target);
    const auto records = co_await read_records(connection.get());
    std::vector<Findings> all{check_records(modules, records, target->database)};
    all.push_back(co_await check_shapes(connection.get(), modules, records));
    all.push_back(co_await check_indexes(connection.get(), modules));
    all.push_back(co_await check_lint(connection.get()));
    co_return flattened(std::move(all));
}

Task<Findings> Migrator::lint() const {
    std::vector<Task<Findings>> checks;
    for (const auto& target : layout_.targets()) checks.push_back(lint_target(&target));
    co_return flattened(co_await together(std::move(checks)));
}

Task<Findings> Migrator::lint_target(const DatabaseTarget* target) const {
    const auto connection = co_await connect_if_exists(target->database);
    if (!connection) co_return Findings{missing_database(target->database)};
    co_return co_await check_lint(connection.get());
}

// ---- status ----------------------------------------------------------------------------------------------------

namespace {

ModuleStatus status_of_module(const ModuleFiles& module, const Records& records) {
    const auto applied = records.of_module(module.module);
    ModuleStatus status{.module = module.module, .applied = applied.size()};
    for (const auto& migration : module.migrations)
        if (std::ranges::count(applied, migration.version, &AppliedMigration::version) == 0)
            status.pending.push_back(migration.label());
    status.routines_pending = changed_routines(module, records).size();
    for (const auto& progress : records.backfills)
        if (progress.module == module.module && !progress.finished)
            status.backfill = {fmt::format("{} {:04}", progress.module, progress.version), progress.rows_done,
                               progress.rows_estimated, progress.last_error};
    if (applied.empty()) return status;
    status.version = applied.back().label();
    status.applied_at = applied.back().applied_at;
    status.program_version = applied.back().program_version;
    return status;
}

}  // namespace

Task<std::vector<DatabaseStatus>> Migrator::status() const {
    std::vector<Task<DatabaseStatus>> all;
    for (const auto& target : layout_.targets()) all.push_back(status_of(&target));
    co_return co_await together(std::move(all));
}

Task<DatabaseStatus> Migrator::status_of(const DatabaseTarget* target) const {
    DatabaseStatus status{.database = target->database};
    const auto connection = co_await connect_if_exists(target->database);
    if (!connection) co_return status;
    status.exists = true;
    const auto size = co_await connection->execute("select pg_database_size(current_database())");
    status.size_bytes = size.get<std::int64_t>(0, 0);
    const auto modules = modules_of(*target);
    const auto records = co_await read_records(connection.get());
    const auto plans = plan_database(modules, records.migrations, target->database);
    if (!plans) status.refusal = plans.error();
    for (const auto* module : modules) {
        auto module_status = status_of_module(*module, records);
        if (records.shapes.contains(module->module))
            module_status.drifted = (co_await find_drift(connection.get(), module)).size();
        status.modules.push_back(std::move(module_status));
    }
    co_return status;
}

}  // namespace gsdb::migrate
