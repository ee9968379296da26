#include "migrate/database_migration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "migrate/backfill.hpp"
#include "migrate/index_repair.hpp"
#include "migrate/observations.hpp"
#include "migrate/routines.hpp"
#include "migrate/shape.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

/// `duration` is an SQL expression for milliseconds.
std::string record_sql(const Migration& migration, std::string_view program_version, std::string_view duration) {
    return fmt::format(
        "{}\ninsert into base.schema_migrations (module, version, name, kind, checksum, sql_text, rollback_text, "
        "duration_ms, program_version)\nvalues ({}, {}, {}, '{}', '\\x{}', {}, {}, {}, {});",
        as_record_keeper(), quote_literal(migration.module), migration.version, quote_literal(migration.name),
        to_string(migration.kind), migration.checksum, quote_literal(migration.text),
        migration.rollback_sql.empty() ? "null" : quote_literal(migration.rollback_sql), duration,
        quote_literal(program_version));
}

constexpr std::string_view transaction_duration =
    "(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::bigint";

/// A statement that ends without a semicolon would swallow the record behind it.
std::string terminated(std::string_view sql) {
    std::string result(sql);
    if (!result.ends_with('\n')) result += '\n';
    return result += ";\n";
}

bool wants(const MigrateOptions& options, std::string_view module) {
    return !options.module || *options.module == module || module == base_schema_name;
}

}  // namespace

std::string transaction_script(const Migration& migration, const ModuleFiles& module,
                               std::string_view program_version) {
    return fmt::format("{}\n{}{}\ncommit;", begin_as_owner(module, migration.lock_timeout), terminated(migration.sql),
                       record_sql(migration, program_version, transaction_duration));
}

DatabaseRun::DatabaseRun(pg::Connection* connection, const DatabaseTarget* target,
                         std::vector<const ModuleFiles*> modules, const MigrateOptions* options)
    : session_(connection, target->database, options->progress),
      target_(target),
      modules_(std::move(modules)),
      options_(options),
      result_{.database = target->database} {}

Task<DatabaseMigration> DatabaseRun::migrate() {
    co_await prepare_session();
    records_ = co_await read_records(session_.connection());
    auto plans = make_plans();
    if (has_work(plans)) {
        co_await session_.take_lock(options_->lock_wait_max);
        records_ = co_await read_records(session_.connection());  // another runner may have done it meanwhile
        plans = make_plans();
        is_new_ = !records_.has_base;
        if (has_work(plans)) co_await create_extensions();
        for (std::size_t i = 0; i < plans.size() && !result_.paused; ++i)
            co_await migrate_module(&plans[i], files_of(plans[i].module));
        co_await session_.release_lock();
    }
    for (const auto& plan : plans)
        for (const auto& held : plan.held) result_.held.push_back({held.migration->qualified_label(), held.reason});
    co_return std::move(result_);
}

Task<DatabasePlan> DatabaseRun::plan() {
    if (session_.connection()) records_ = co_await read_records(session_.connection());
    DatabasePlan plan{.database = target_->database, .modules = make_plans()};
    for (const auto& module_plan : plan.modules) {
        const auto* module = files_of(module_plan.module);
        for (const auto* step : module_plan.steps)
            plan.sql += fmt::format("-- {}\n{}\n\n", step->qualified_label(), shown_sql(*step, *module));
        const auto routines = changed_routines(*module, records_);
        for (const auto* routine : wants(*options_, module->module) ? routines : decltype(routines){})
            plan.sql += fmt::format("-- routine {}/{}\n{}\n", module->module, routine->name, routine->sql);
        for (const auto& held : module_plan.held) plan.held.push_back({held.migration->qualified_label(), held.reason});
    }
    co_return plan;
}

std::string DatabaseRun::shown_sql(const Migration& migration, const ModuleFiles& module) const {
    if (migration.kind == Kind::backfill)
        return fmt::format("-- in batches of {}, each its own transaction, until no row is left\n{}",
                           migration.batch_size, terminated(migration.sql));
    if (migration.in_transaction) return transaction_script(migration, module, options_->program_version);
    return "-- statement by statement, without a transaction\n" + terminated(migration.sql);
}

Task<> DatabaseRun::prepare_session() {
    // client_connection_check_interval lets the server notice that this program was killed, and free its locks, while a
    // long statement runs.
    co_await session_->run_script(
        "set client_min_messages = warning; set standard_conforming_strings = on; set statement_timeout = 0; "
        "set idle_in_transaction_session_timeout = 0; set client_connection_check_interval = '2s'; "
        "set check_function_bodies = on");
}

std::vector<ModulePlan> DatabaseRun::make_plans() const {
    const PlanOptions options{.allow_contract = options_->allow_contract};
    auto plans = value_or_throw(plan_database(modules_, records_.migrations, target_->database, options));
    for (auto& plan : plans) {
        if (!wants(*options_, plan.module)) {
            plan = {.module = plan.module};
        } else if (options_->module == plan.module && options_->up_to) {
            plan =
                value_or_throw(plan_module(*files_of(plan.module), records_.of_module(plan.module), target_->database,
                                           {.allow_contract = options_->allow_contract, .up_to = options_->up_to}));
        }
    }
    return plans;
}

bool DatabaseRun::has_work(const std::vector<ModulePlan>& plans) const {
    return std::ranges::any_of(plans, [&](const ModulePlan& plan) {
        if (!wants(*options_, plan.module)) return false;
        return !plan.steps.empty() || lags_behind(*files_of(plan.module), records_);
    });
}

Task<> DatabaseRun::create_extensions() {
    std::string script;
    for (const auto* module : modules_)
        for (const auto& extension : module->extensions())
            script +=
                fmt::format("create extension if not exists {} with schema public; ", quote_identifier(extension));
    if (script.empty()) co_return;
    std::optional<pg::SqlError> refused;
    try {
        co_await session_.run("set client_min_messages = error; " + script + "set client_min_messages = warning");
    } catch (const pg::SqlError& error) {
        refused = error;
    }
    if (!refused) co_return;
    auto error = sql_failure("creating the extensions that the modules need", target_->database, *refused, 0).error();
    error.code = "migrate.extension_missing";
    error.hint = "install the server's contrib package (postgresql-contrib), or create the extension as a superuser";
    throw Failure(std::move(error));
}

Task<> DatabaseRun::migrate_module(const ModulePlan* plan, const ModuleFiles* module) {
    for (const Migration* migration : plan->steps) {
        const auto begin = Clock::now();
        session_.tell(
            {.stage = Progress::started, .database = target_->database, .step = migration->qualified_label()});
        co_await apply(migration, module);
        if (result_.paused) break;
        const auto duration = milliseconds_since(begin);
        remember(*migration);
        result_.applied.push_back({migration->qualified_label(), duration});
        observe::emit(
            MigrationApplied{target_->database, migration->qualified_label(), static_cast<double>(duration) / 1000});
        session_.tell({.stage = Progress::finished,
                       .database = target_->database,
                       .step = migration->qualified_label(),
                       .milliseconds = duration});
        // Base's later migrations are written with base's own routines. Creating them before they are missed keeps
        // errors out of the server's log.
        if (module->module == base_schema_name && is_new_) co_await apply_changed_routines(module, Missing::postpone);
    }
    if (wants(*options_, module->module) && !result_.paused) co_await apply_changed_routines(module, Missing::refuse);
    co_await refresh_shape(module);
}

Task<> DatabaseRun::apply(const Migration* migration, const ModuleFiles* module) {
    if (migration->kind == Kind::contract) co_await refuse_stale_backfill(migration, module);
    std::optional<pg::SqlError> refused;
    try {
        if (migration->kind == Kind::backfill) {
            co_await run_backfill(migration, module);
        } else if (migration->in_transaction) {
            co_await apply_in_transaction(migration, module);
        } else {
            co_await apply_statement_by_statement(migration, module);
        }
    } catch (const pg::SqlError& error) {
        refused = error;
    }
    if (refused) throw step_failure(*migration, target_->database, *refused, migration->in_transaction ? 2 : 0);
}

namespace {

/// Whether a migration names a function or procedure that one of the routines makes.
bool names_one_of(const Migration& migration, const std::vector<const Routine*>& routines) {
    for (const auto* routine : routines)
        for (const std::string_view made : {"create or replace function ", "create or replace procedure "})
            for (auto at = routine->sql.find(made); at != std::string::npos; at = routine->sql.find(made, at + 1)) {
                const auto begin = at + made.size();
                const auto name = routine->sql.substr(begin, routine->sql.find('(', begin) + 1 - begin);
                if (migration.sql.contains(name)) return true;
            }
    return false;
}

}  // namespace

Task<> DatabaseRun::apply_in_transaction(const Migration* migration, const ModuleFiles* module) {
    const auto script = transaction_script(*migration, *module, options_->program_version);
    const auto attempt = [this, &script] { return session_.run(script); };
    const auto routines = changed_routines(*module, records_);
    // Where there is no older one that the migration could mean, one is made before it is missed: that keeps errors out
    // of the server's log.
    const bool has_older = std::ranges::any_of(
        records_.routines, [&](const auto& record) { return record.first.first == module->module; });
    if (!has_older && names_one_of(*migration, routines)) co_await apply_changed_routines(module, Missing::postpone);
    std::optional<pg::SqlError> refused;
    try {
        co_await session_.with_retries(migration->qualified_label(), attempt);
        co_return;
    } catch (const pg::SqlError& error) {
        refused = error;
    }
    if (refused->sqlstate() != "42883" || routines.empty()) throw *refused;  // 42883: undefined_function
    co_await apply_changed_routines(module, Missing::postpone);
    co_await session_.with_retries(migration->qualified_label(), attempt);
}

Task<> DatabaseRun::apply_statement_by_statement(const Migration* migration, const ModuleFiles* module) {
    const auto begin = Clock::now();
    const auto owner = quote_identifier(owner_of_schema(module->schemas.front()));
    for (const auto& statement : split_statements(migration->sql)) {
        const auto attempt = [&]() {
            return run_alone(&session_, std::string(statement.text), owner, migration->lock_timeout);
        };
        co_await session_.with_retries(migration->qualified_label(), attempt);
    }
    co_await session_.run("begin; " +
                          record_sql(*migration, options_->program_version, std::to_string(milliseconds_since(begin))) +
                          " commit");
}

Task<> DatabaseRun::run_backfill(const Migration* migration, const ModuleFiles* module) {
    Backfill backfill(&session_, module, migration, options_->program_version);
    result_.paused = co_await backfill.run() == Backfill::Outcome::paused;
}

/// Looks once more at what the backfills since the last contract promise: a writer of before may have been at work
/// since.
Task<> DatabaseRun::refuse_stale_backfill(const Migration* contract, const ModuleFiles* module) {
    for (auto version = contract->version - 1; version > 0; --version) {
        const Migration& earlier = module->migrations[static_cast<std::size_t>(version - 1)];
        if (earlier.kind == Kind::contract) co_return;
        if (earlier.kind != Kind::backfill) continue;
        const auto stale = co_await Backfill(&session_, module, &earlier, options_->program_version).count_stale();
        if (stale == 0) continue;
        throw Failure({.code = "migrate.backfill_incomplete",
                       .message = fmt::format("contract {} is refused", contract->qualified_label()),
                       .detail = fmt::format("backfill {} left {} rows missing or stale in {}", earlier.label(), stale,
                                             target_->database),
                       .hint = "find the writer that does not fill the new shape, then fill those rows again",
                       .exit_code = ExitCode::conflict});
    }
}

Task<> DatabaseRun::apply_changed_routines(const ModuleFiles* module, Missing missing) {
    const auto applied = co_await apply_routines(&session_, module, changed_routines(*module, records_), missing,
                                                 options_->program_version, &records_);
    for (const auto* routine : applied) result_.routines.push_back(module->module + "/" + routine->name);
}

Task<> DatabaseRun::refresh_shape(const ModuleFiles* module) {
    if (records_.of_module(module->module).empty()) co_return;
    const auto basis = shape_basis(records_, module->module);
    const auto recorded = records_.shapes.find(module->module);
    if (recorded != records_.shapes.end() && recorded->second.basis == basis) co_return;
    co_await record_shape(session_.connection(), module, basis);
}

void DatabaseRun::remember(const Migration& migration) {
    records_.migrations.push_back({.module = migration.module,
                                   .version = migration.version,
                                   .name = migration.name,
                                   .checksum = migration.checksum});
}

const ModuleFiles* DatabaseRun::files_of(std::string_view module) const {
    return *std::ranges::find(modules_, module, &ModuleFiles::module);
}

}  // namespace gsdb::migrate
