#include "migrate/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "migrate/foreign_schemas.hpp"
#include "migrate/index_repair.hpp"
#include "migrate/routines.hpp"
#include "migrate/session.hpp"
#include "migrate/shape.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

constexpr std::string_view by_init = "gsdb db init";

/// "codebase" of "function codebase.merge_files(text)", "index codebase.files_pkey".
std::string schema_of_object(std::string_view object) {
    const auto space = object.find(' ');
    if (space == std::string_view::npos) return "";
    const auto path = object.substr(space + 1);
    return std::string(path.substr(0, path.find('.')));
}

/// What pg_get_indexdef and pg_get_triggerdef print is a statement; a definition kept by its hash alone is none.
bool is_statement(std::string_view definition) {
    return definition.starts_with("CREATE INDEX ") || definition.starts_with("CREATE UNIQUE INDEX ") ||
           definition.starts_with("CREATE TRIGGER ");
}

/// A function or view that differs from its file is put back by applying the file.
bool is_of_a_routine_file(std::string_view object) {
    return object.starts_with("function ") || object.starts_with("procedure ") || object.starts_with("view ");
}

/// How the drift is put back; nothing when only a person can.
std::optional<Repair> repair_of(const Drift& drift, const ModuleFiles& module, const Finding& finding) {
    if (is_of_a_routine_file(drift.object) && !drift.recorded.empty())
        return Repair{.finding = finding,
                      .how = Repair::How::routines,
                      .action = fmt::format("apply the routines of module {} again", module.module),
                      .module = module.module};
    if (drift.actual.empty() && is_statement(drift.recorded))
        return Repair{.finding = finding,
                      .action = fmt::format("begin; set local role {}; {}; commit",
                                            quote_identifier(owner_of_schema(module.schemas.front())), drift.recorded)};
    return std::nullopt;
}

/// A failed REINDEX CONCURRENTLY leaves its new index, which nobody needs; any other invalid one is built again.
Repair repair_of_index(const Finding& finding) {
    const auto index = finding.object.substr(std::string_view("index ").size());
    const bool is_remnant = index.contains("_ccnew") || index.contains("_ccold");
    const auto schema = schema_of_object(finding.object);
    return {.finding = finding,
            .how = Repair::How::alone,
            .action = fmt::format("{} index concurrently {}", is_remnant ? "drop" : "reindex", index),
            .owner = quote_identifier(owner_of_schema(schema))};
}

bool is_found_again_by_init(const Finding& finding) {
    return finding.remedy.contains(by_init);
}

/// A role that is more than a login role, or a member of one that is: the remedy is the statement.
std::optional<Repair> repair_of_role(const Finding& finding) {
    if (finding.code != "doctor.role" || is_found_again_by_init(finding)) return std::nullopt;
    return Repair{.finding = finding, .action = finding.remedy};
}

constexpr const char* statistics_sql = R"(
    select format('%I.%I', s.schemaname, s.relname), s.n_live_tup, s.n_mod_since_analyze
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.schemaname = any ($1) and c.relkind = 'r'
      and s.n_mod_since_analyze > greatest(1000, s.n_live_tup * 0.5)
    order by 1)";

constexpr const char* partitions_sql = R"(
    select t.relation::text, coalesce(max(p.upper_bound)::text, 'no time'), max(p.upper_bound) is null
           or max(p.upper_bound) < now() + t.step
    from base.time_partitions t left join lateral base.time_partitions_of(t.relation) p on not p.is_default
    where t.strategy = 'range' group by t.relation, t.step order by 1)";

constexpr const char* leftovers_sql =
    "select datname::text from pg_database, unnest($1::text[]) as name where left(datname, length(name)) = name "
    "and substr(datname, length(name) + 1) ~ '^_gsdb_(draft|replaced)_[0-9a-f]{8}$' and not exists "
    "(select from pg_stat_activity a where a.datname = pg_database.datname) order by 1";

Task<> plan_statistics(pg::Connection* connection, std::vector<std::string> schemas, RepairPlan* plan) {
    for (auto row : co_await connection->execute(statistics_sql, pg::Parameters::of(schemas))) {
        auto table = row.next<std::string>();
        const auto rows = row.next<std::int64_t>();
        const auto changed = row.next<std::int64_t>();
        plan->repairs.push_back({.finding = {.severity = Severity::warning,
                                             .code = "repair.statistics",
                                             .database = connection->options().database,
                                             .object = "table " + table,
                                             .message = fmt::format("changed {} rows of about {} since its statistics "
                                                                    "were taken: queries are planned for other data",
                                                                    changed, rows)},
                                 .action = "analyze " + table});
    }
}

Task<> plan_partitions(pg::Connection* connection, RepairPlan* plan) {
    const auto exists = co_await connection->execute("select to_regclass('base.time_partitions') is not null");
    if (!exists.get<bool>(0, 0)) co_return;
    for (auto row : co_await connection->execute(partitions_sql)) {
        auto table = row.next<std::string>();
        auto until = row.next<std::string>();
        if (!row.next<bool>()) continue;
        plan->repairs.push_back(
            {.finding = {.severity = Severity::warning,
                         .code = "repair.partitions",
                         .database = connection->options().database,
                         .object = "table " + table,
                         .message = fmt::format("has partitions up to {}: new rows go to the "
                                                "default partition",
                                                until)},
             .action = fmt::format("select count(*) from base.maintain_time_partitions({}::regclass)",
                                   quote_literal(table))});
    }
}

}  // namespace

bool Repair::is_same(const Repair& other) const {
    return finding.code == other.finding.code && finding.database == other.finding.database &&
           finding.object == other.finding.object;
}

Repairer::Repairer(Connector connect, Layout layout, std::span<const ModuleSchema> schemas, SecretStore* secrets,
                   RepairOptions options)
    : connect_(connect),
      layout_(layout),
      migrator_(value_or_throw(Migrator::create(connect, layout, schemas))),
      installer_(std::move(connect), std::move(layout), schemas, secrets,
                 {.maintenance_database = options.doctor.maintenance_database}),
      secrets_(secrets),
      options_(std::move(options)) {}

Task<RepairPlan> Repairer::plan() const {
    RepairPlan plan;
    // Roles first: nothing is installed beside a role that could read every organization's rows.
    for (auto& finding : co_await Doctor(connect_, layout_, options_.doctor).examine()) {
        if (finding.severity == Severity::info || is_found_again_by_init(finding)) continue;
        if (auto repair = repair_of_role(finding))
            plan.repairs.push_back(std::move(*repair));
        else
            plan.left.push_back(std::move(finding));
    }
    for (auto& missing : co_await installer_.missing())
        plan.repairs.push_back({.finding = {.severity = Severity::error,
                                            .code = "repair.installation",
                                            .database = missing.database,
                                            .object = missing.change,
                                            .message = "is not so"},
                                .how = Repair::How::install,
                                .action = std::string(by_init)});
    co_await plan_drift(&plan);
    const auto maintenance = co_await connect_(options_.doctor.maintenance_database);
    std::vector<std::string> names;
    for (const auto& target : layout_.targets()) names.push_back(target.database);
    const auto databases = (co_await read_server_facts(maintenance.get())).databases;
    for (const auto& target : layout_.targets())
        if (databases.contains(target.database)) co_await plan_database(&target, &plan);
    for (auto row : co_await maintenance->execute(leftovers_sql, pg::Parameters::of(names))) {
        auto name = row.next<std::string>();
        plan.repairs.push_back({.finding = {.severity = Severity::warning,
                                            .code = "repair.leftover",
                                            .database = options_.doctor.maintenance_database,
                                            .object = "database " + name,
                                            .message = "was left by a restore that was killed"},
                                .how = Repair::How::alone,
                                .action = fmt::format("drop database if exists {}", quote_identifier(name))});
    }
    for (auto& finding : co_await check_foreign_schemas(connect_, layout_, secrets_))
        plan.repairs.push_back({.finding = std::move(finding),
                                .how = Repair::How::mirrors,
                                .action = "make what analytics_readonly sees again"});
    co_return plan;
}

/// What verify() finds, with the drift looked at once more for how it was.
Task<> Repairer::plan_drift(RepairPlan* plan) const {
    for (auto& finding : co_await migrator_.verify()) {
        if (finding.severity == Severity::info || is_found_again_by_init(finding)) continue;
        if (finding.code == "schema.invalid_index") {
            plan->repairs.push_back(repair_of_index(finding));
            continue;
        }
        std::optional<Repair> repair;
        if (const auto* module = module_of_object(finding.object);
            module != nullptr && finding.code == "schema.drift") {
            const auto connection = co_await connect_(finding.database);
            for (const auto& drift : co_await find_drift(connection.get(), module))
                if (drift.object == finding.object) repair = repair_of(drift, *module, finding);
        }
        if (repair)
            plan->repairs.push_back(std::move(*repair));
        else
            plan->left.push_back(std::move(finding));
    }
}

Task<> Repairer::plan_database(const DatabaseTarget* target, RepairPlan* plan) const {
    const auto connection = co_await connect_(target->database);
    std::vector<std::string> schemas;
    for (const auto schema : target->schemas()) schemas.emplace_back(schema);
    co_await plan_partitions(connection.get(), plan);
    co_await plan_statistics(connection.get(), schemas, plan);
}

Task<> Repairer::apply(Repair repair) const {
    if (repair.how == Repair::How::install) {
        co_await installer_.install();
        co_return;
    }
    if (repair.how == Repair::How::mirrors) {
        co_await refresh_foreign_schemas(connect_, layout_, secrets_);
        co_return;
    }
    if (repair.how == Repair::How::routines) co_return co_await apply_module(std::move(repair));
    const auto database =
        repair.finding.database.empty() ? options_.doctor.maintenance_database : repair.finding.database;
    const auto connection = co_await connect_(database);
    Session session(connection.get(), database, {});
    if (repair.how == Repair::How::alone && !repair.owner.empty())
        co_return co_await run_alone(&session, repair.action, repair.owner, std::chrono::seconds(30));
    co_await session.run(repair.action);
}

Task<> Repairer::apply_module(Repair repair) const {
    const auto connection = co_await connect_(repair.finding.database);
    Session session(connection.get(), repair.finding.database, {});
    co_await session.take_lock(std::chrono::seconds(30));
    const auto module = std::ranges::find(migrator_.modules(), repair.module, &ModuleFiles::module);
    std::vector<const Routine*> routines;
    for (const auto& routine : module->routines) routines.push_back(&routine);
    auto records = co_await read_records(connection.get());
    co_await apply_routines(&session, &*module, std::move(routines), Missing::refuse, options_.program_version,
                            &records);
}

const ModuleFiles* Repairer::module_of_object(std::string_view object) const {
    const auto schema = schema_of_object(object);
    for (const auto& module : migrator_.modules())
        if (std::ranges::count(module.schemas, schema) > 0) return &module;
    return nullptr;
}

}  // namespace gsdb::migrate
