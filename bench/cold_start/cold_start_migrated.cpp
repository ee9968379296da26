// How long it takes from nothing to eight migrated databases: the embedded cluster, db init and db migrate, against
// initdb, a server and one psql that runs the same SQL, in turns on the same file system.
//
// The peer neither checks nor records anything: no server check, no secrets, no history, no shape to verify against;
// and it leaves out what lets analytics_readonly read all databases from one.
//
// usage: bench_cold_start_migrated [FOLDER]     FOLDER decides the file system; default: memory

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "by_hand.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/foreign_schemas.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "migrate/sql_scanner.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gsdb;
using namespace gsdb::cluster;
using namespace gsdb::migrate;
using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

struct Times {
    double server = 0, total = 0;
};

Migrator install_and_migrate(const Connector& connect, const fs::path& secrets_folder) {
    const auto schemas = app::module_schemas();
    FileSecretStore secrets(secrets_folder);
    const MigrateOptions options{.program_version = "bench"};
    auto migrator = value_or_throw(Migrator::create(connect, Layout::split(), schemas));
    const Installer installer(connect, Layout::split(), schemas, &secrets,
                              {.fill_first = fill_with_base(migrator, options)});
    run_task(installer.install());
    run_task(migrator.migrate(options));
    run_task(refresh_foreign_schemas(connect, Layout::split(), &secrets));
    return migrator;
}

Times embedded(const fs::path& folder) {
    const auto began = Clock::now();
    auto server = value_or_throw(EmbeddedCluster::start({.home = Home(folder / "home")}));
    const Seconds started = Clock::now() - began;
    const auto connect = connector_to(pg::ConnectOptions::parse(server->conninfo("postgres")));
    install_and_migrate(connect, server->home().secrets());
    const Seconds took = Clock::now() - began;
    server->stop(StopMode::fast);
    return {started.count(), took.count()};
}

std::string owned(std::string_view owner, std::string_view sql) {
    return fmt::format("begin; set local role {};\n{}\n;\ncommit;\n", owner, sql);
}

/// What was applied to a database, in the order in which the engine found that it works: "base 2", "base uuid".
using Timeline = std::vector<std::string>;

std::string module_scripts(const std::vector<const ModuleFiles*>& modules, const Timeline& timeline) {
    std::map<std::string, std::string> scripts;
    for (const auto* module : modules) {
        const auto owner = owner_of_schema(module->schemas.front());
        for (const auto& migration : module->migrations)
            scripts[fmt::format("{} {}", module->module, migration.version)] = owned(owner, migration.sql);
        for (const auto& routine : module->routines)
            scripts[fmt::format("{} {}", module->module, routine.name)] = owned(owner, routine.sql);
    }
    std::string all = "set check_function_bodies = off;\n";
    for (const auto& step : timeline) all += scripts.at(step);
    return all;
}

std::string script_by_hand(const Migrator& migrator, const std::vector<Timeline>& timelines) {
    std::string script = "set client_min_messages = error;\n";
    for (const auto role : product_roles()) script += fmt::format("create role {};\n", quote_identifier(role));
    for (const auto& target : migrator.layout().targets())
        script += fmt::format("create database {} owner {} template template0 encoding 'UTF8' locale 'C.UTF-8';\n",
                              target.database, admin_role);
    std::size_t index = 0;
    for (const auto& target : migrator.layout().targets()) {
        script += fmt::format("\\connect {}\nset client_min_messages = error;\n", target.database);
        std::set<std::string> extensions;
        for (const auto* module : migrator.modules_of(target)) extensions.merge(module->extensions());
        for (const auto& wish : database_wishes(target, LayoutKind::split, extensions)) script += wish.make_so + ";\n";
        script += module_scripts(migrator.modules_of(target), timelines[index++]);
    }
    return script;
}

Times by_hand(const fs::path& folder, const fs::path& script, const ServerBinaries& binaries, const ServerUser& user) {
    const auto began = Clock::now();
    const bench::ServerByHand server(folder, binaries, user);
    const Seconds started = Clock::now() - began;
    const auto command =
        fmt::format("'{}' -X -q -v ON_ERROR_STOP=1 -h '{}' -U postgres -d postgres -f '{}' > /dev/null",
                    (binaries.folder / "psql").string(), server.sockets().string(), script.string());
    if (std::system(command.c_str()) != 0) throw std::runtime_error("psql failed");
    const Seconds took = Clock::now() - began;
    return {started.count(), took.count()};
}

Task<Timeline> timeline_of(Connector connect, std::string database) {
    const auto connection = co_await connect(std::move(database));
    Timeline timeline;
    for (auto row : co_await connection->execute(
             // Routines of one transaction are recorded in the order in which they could be created.
             "select module || ' ' || what from (select module, version::text, applied_at, ctid from "
             "base.schema_migrations "
             "union all "
             "select module, name, applied_at, ctid from base.schema_routines) as step (module, what, applied_at, "
             "place) "
             "order by applied_at, place"))
        timeline.push_back(row.next<std::string>());
    co_return timeline;
}

/// What both do, written for psql once.
fs::path write_script(const fs::path& folder) {
    auto server = value_or_throw(EmbeddedCluster::start({.home = Home(folder / "model")}));
    const auto connect = connector_to(pg::ConnectOptions::parse(server->conninfo("postgres")));
    const auto migrator = install_and_migrate(connect, folder / "model" / "secrets");
    std::vector<Timeline> timelines;
    for (const auto& target : migrator.layout().targets())
        timelines.push_back(run_task(timeline_of(connect, target.database)));
    server->stop(StopMode::fast);
    std::ofstream(folder / "by_hand.sql") << script_by_hand(migrator, timelines);
    return folder / "by_hand.sql";
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
    constexpr int rounds = 7;
    const TestFolder memory("bench");
    const auto base = count > 1 ? fs::absolute(arguments[1]) / fmt::format("gsdb-bench-{}", getpid()) : memory.path();
    fs::create_directories(base);
    const auto user = ServerUser::choose(base);
    const auto binaries =
        value_or_throw(find_server_binaries("", {}, [](const char* name) -> const char* { return std::getenv(name); }));
    const auto script = write_script(base);

    std::vector<double> ratios, ours, theirs, our_servers, their_servers;
    for (int round = 0; round <= rounds; ++round) {
        const auto folder = base / std::to_string(round);
        fs::create_directories(folder / "by_hand");
        const auto our_times = embedded(folder);
        const auto their_times = by_hand(folder / "by_hand", script, binaries, user);
        fs::remove_all(folder);
        if (round == 0) continue;  // reads the programs from the disk
        ours.push_back(our_times.total);
        theirs.push_back(their_times.total);
        our_servers.push_back(our_times.server);
        their_servers.push_back(their_times.server);
        ratios.push_back(our_times.total / their_times.total);
    }
    if (count > 1) fs::remove_all(base);
    fmt::print(
        "PostgreSQL {}: embedded {:.0f} ms ({:.0f} until the server is up), by hand {:.0f} ms ({:.0f}); medians of "
        "{}\n",
        binaries.version, median(ours) * 1000, median(our_servers) * 1000, median(theirs) * 1000,
        median(their_servers) * 1000, rounds);
    fmt::print("RATIO cold_start_migrated {:.2f} {:.2f} {:.2f} goal<=1.2\n", median(ratios),
               *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
}
