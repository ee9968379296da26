#include "migrate/verification.hpp"

#include <fmt/format.h>

#include "migrate/plan.hpp"
#include "migrate/routines.hpp"
#include "migrate/shape.hpp"

namespace gsdb::migrate {
namespace {

void check_plan(const ModulePlan& plan, std::string_view database, Findings& findings) {
    for (const auto* step : plan.steps)
        findings.push_back({.severity = Severity::warning,
                            .code = "schema.pending",
                            .database = std::string(database),
                            .object = "migration " + step->qualified_label(),
                            .message = "is not applied yet",
                            .remedy = "gsdb db migrate"});
    for (const auto& held : plan.held)
        findings.push_back({.severity = Severity::info,
                            .code = "schema.held",
                            .database = std::string(database),
                            .object = "migration " + held.migration->qualified_label(),
                            .message = "is held back: " + held.reason,
                            .remedy = "gsdb db migrate --allow-contract, once no program of before runs"});
}

void check_backfill(const ModuleFiles& module, const BackfillProgress& progress, std::string_view database,
                    Findings& findings) {
    if (progress.module != module.module || progress.finished) return;
    findings.push_back({.severity = Severity::warning,
                        .code = "schema.backfill_unfinished",
                        .database = std::string(database),
                        .object = fmt::format("backfill {} {:04}", progress.module, progress.version),
                        .message = fmt::format("stopped after {} rows{}", progress.rows_done,
                                               progress.last_error ? ": " + *progress.last_error : ""),
                        .remedy = "gsdb db migrate goes on where it stopped"});
}

/// Text of any length in one line.
std::string shortened(std::string_view text) {
    std::string result(text.substr(0, 120));
    for (char& c : result)
        if (c == '\n') c = ' ';
    return text.size() > 120 ? result + "..." : result;
}

Finding drift_finding(const Drift& drift, std::string_view database) {
    Finding finding{.severity = Severity::error,
                    .code = "schema.drift",
                    .database = std::string(database),
                    .object = drift.object,
                    .remedy = "put it back as it was, or make the change a migration"};
    if (drift.actual.empty()) {
        finding.message = "is gone; it was recorded as: " + shortened(drift.recorded);
    } else if (drift.recorded.empty()) {
        finding.message = "was added by hand: " + shortened(drift.actual);
    } else {
        finding.message = fmt::format("was \"{}\", is \"{}\"", shortened(drift.recorded), shortened(drift.actual));
    }
    return finding;
}

std::vector<std::string> schemas_of(const std::vector<const ModuleFiles*>& modules) {
    std::vector<std::string> schemas;
    for (const auto* module : modules) schemas.insert(schemas.end(), module->schemas.begin(), module->schemas.end());
    return schemas;
}

}  // namespace

Findings check_records(const std::vector<const ModuleFiles*>& modules, const Records& records,
                       std::string_view database) {
    Findings findings;
    const auto plans = plan_database(modules, records.migrations, database);
    if (!plans) {
        const auto& error = plans.error();
        return {{.severity = Severity::error,
                 .code = error.code,
                 .database = std::string(database),
                 .object = "history",
                 .message = error.message + ": " + error.detail,
                 .remedy = error.hint}};
    }
    for (std::size_t i = 0; i < modules.size(); ++i) {
        check_plan((*plans)[i], database, findings);
        for (const auto& progress : records.backfills) check_backfill(*modules[i], progress, database, findings);
        if (!(*plans)[i].steps.empty()) continue;  // its routines follow the migrations
        for (const auto* routine : changed_routines(*modules[i], records))
            findings.push_back({.severity = Severity::warning,
                                .code = "schema.routine_pending",
                                .database = std::string(database),
                                .object = fmt::format("routine {}/{}", modules[i]->module, routine->name),
                                .message = "differs from this program's",
                                .remedy = "gsdb db migrate"});
    }
    return findings;
}

Task<Findings> check_shapes(pg::Connection* connection, std::vector<const ModuleFiles*> modules, Records records) {
    Findings findings;
    const auto& database = connection->options().database;
    for (const auto* module : modules) {
        if (records.of_module(module->module).empty()) continue;
        const auto recorded = records.shapes.find(module->module);
        if (recorded == records.shapes.end() || recorded->second.basis != shape_basis(records, module->module)) {
            findings.push_back({.severity = Severity::warning,
                                .code = "schema.shape_not_recorded",
                                .database = database,
                                .object = "module " + module->module,
                                .message = "the last run ended before it could record the shape of the schema",
                                .remedy = "gsdb db migrate"});
            continue;
        }
        for (const auto& drift : co_await find_drift(connection, module))
            findings.push_back(drift_finding(drift, database));
    }
    co_return findings;
}

Task<Findings> check_indexes(pg::Connection* connection, std::vector<const ModuleFiles*> modules) {
    Findings findings;
    // While an index is being built it is invalid, too; then somebody holds a lock on it.
    const auto rows = co_await connection->execute(
        "select format('%I.%I', n.nspname, c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid "
        "join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid and c.relkind = 'i' and n.nspname = any "
        "($1) "
        "and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid) order by 1",
        pg::Parameters::of(schemas_of(modules)));
    for (auto row : rows)
        findings.push_back(
            {.severity = Severity::error,
             .code = "schema.invalid_index",
             .database = connection->options().database,
             .object = "index " + row.next<std::string>(),
             .message = "is invalid: its build was interrupted. It slows writers down and serves no query",
             .remedy = "gsdb db migrate when a migration builds it, otherwise reindex index concurrently"});
    co_return findings;
}

Task<Findings> check_lint(pg::Connection* connection) {
    Findings findings;
    const auto exists = co_await connection->execute("select to_regprocedure('base.schema_lint()') is not null");
    if (!exists.get<bool>(0, 0)) co_return findings;
    for (auto row :
         co_await connection->execute("select rule, object, detail, remedy from base.schema_lint() order by 2, 1")) {
        auto rule = row.next<std::string>();
        auto object = row.next<std::string>();
        auto detail = row.next<std::string>();
        findings.push_back({.severity = Severity::error,
                            .code = "lint." + rule,
                            .database = connection->options().database,
                            .object = std::move(object),
                            .message = std::move(detail),
                            .remedy = row.next<std::string>()});
    }
    co_return findings;
}

}  // namespace gsdb::migrate
