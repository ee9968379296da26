#include "app/installation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/migration_progress.hpp"
#include "app/module_list.hpp"
#include "app/version.hpp"
#include "base/run_task.hpp"
#include "migrate/foreign_schemas.hpp"
#include "migrate/installer.hpp"
#include "migrate/plan.hpp"
#include "migrate/records.hpp"
#include "migrate/routines.hpp"
#include "migrate/secret_store.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

/// What a server may open together: a pool for each database it uses, and in the background one connection for the
/// maintenance and one for the health of each database, and one for the log of statements.
std::int64_t connections_wanted(const Program& program) {
    constexpr std::int64_t databases_used = 2;
    const auto in_background = 2 * std::ssize(migrate::database_specs()) + 1;
    return program.settings.get(settings::database_connections) * server_threads(program) * databases_used +
           in_background;
}

Task<migrate::Records> records_of(migrate::Connector connect, std::string database) {
    const auto connection = co_await connect(std::move(database));
    co_return co_await migrate::read_records(connection.get());
}

bool is_as_recorded(const migrate::ModuleFiles& files, const migrate::Records& records) {
    const auto plan = migrate::plan_module(files, records.of_module(files.module), "", {});
    return plan && plan->steps.empty() && plan->held.empty() && !migrate::lags_behind(files, records);
}

void list_steps(const migrate::DatabaseMigration& database, Installed* installed) {
    for (const auto& step : database.applied)
        installed->applied.push_back(fmt::format("{}: {}", database.database, step.step));
}

}  // namespace

bool is_current(const DatabaseServer& server, std::string_view module) {
    std::vector<migrate::ModuleSchema> wanted{migrate::base_schema()};
    std::ranges::copy_if(module_schemas(), std::back_inserter(wanted),
                         [&](const auto& schema) { return schema.name == module; });
    const auto connect = migrate::connector_to(server.administrator(server.maintenance_database()));
    try {
        const auto records = run_task(records_of(connect, server.layout().target_of_schema(module)->database));
        return std::ranges::all_of(value_or_throw(migrate::parse_modules(wanted)),
                                   [&](const auto& files) { return is_as_recorded(files, records); });
    } catch (const Failure&) {
        return false;  // it is not there yet, or install() will say better what is wrong
    }
}

void install_unless_current(const Program& program, const DatabaseServer& server, std::string_view module) {
    if (server.is_embedded() && !is_current(server, module)) install(program, server, Thoroughness::in_hand);
}

Installed install(const Program& program, const DatabaseServer& server, Thoroughness thoroughness) {
    migrate::FileSecretStore secrets(server.home().secrets());
    auto schemas = module_schemas();
    const auto progress = show_migration(program);
    const auto migrator = make_migrator(server);
    const migrate::MigrateOptions options{.program_version = std::string(program_version), .progress = progress};
    Installed installed;
    const auto fill_first = [&](std::string database) -> Task<> {
        list_steps(co_await migrator.migrate_base(std::move(database), options), &installed);
    };
    migrate::Installer installer(
        migrate::connector_to(server.administrator(server.maintenance_database())), server.layout(), schemas, &secrets,
        {.maintenance_database = server.maintenance_database(), .fill_first = fill_first, .progress = progress});
    auto report = run_task(installer.install());
    installed.changes = std::move(report.changes);
    for (const auto& note : report.notes) program.note(note);
    bool is_changed = !installed.changes.empty();
    for (const auto& database : run_task(migrator.migrate(options))) {
        is_changed |= !database.applied.empty() || !database.routines.empty();
        list_steps(database, &installed);
        for (const auto& held : database.held)
            program.note(fmt::format("{}: {} is held back: {}", database.database, held.step, held.reason));
    }
    if (is_changed || thoroughness == Thoroughness::whole)
        std::ranges::move(let_reader_see_all(program, server), std::back_inserter(installed.changes));
    return installed;
}

std::vector<std::string> let_reader_see_all(const Program& program, const DatabaseServer& server) {
    const migrate::FileSecretStore secrets(server.home().secrets());
    auto report = run_task(migrate::refresh_foreign_schemas(
        migrate::connector_to(server.administrator(server.maintenance_database())), server.layout(), &secrets));
    for (const auto& note : report.notes) program.note(note);
    return std::move(report.changes);
}

migrate::DoctorOptions doctor_options(const Program& program, const DatabaseServer& server) {
    return {.connections_wanted = connections_wanted(program), .maintenance_database = server.maintenance_database()};
}

migrate::Findings examine(const Program& program, const DatabaseServer& server) {
    migrate::Doctor doctor(migrate::connector_to(server.administrator(server.maintenance_database())), server.layout(),
                           doctor_options(program, server));
    return run_task(doctor.examine());
}

}  // namespace gsdb::app
