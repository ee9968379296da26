// Runs the pgTAP files of base and of the modules against a real server: installs and migrates the databases of a
// layout as `gsdb db init` does, foreign schemas included, adds pgTAP, and hands each file to pg_prove in the databases
// where it belongs.
//
//     migrate_testdb SOURCE_FOLDER split|unified [MODULE]
//
// The modules' SQL is read from their folders, so that a change of it needs no build. With MODULE only its files are
// run, and those that hold every schema against the rules.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "migrate/foreign_schemas.hpp"
#include "migrate/tests/databases.hpp"
#include "migrate/tests/module_folder.hpp"

namespace gsdb::migrate::testing {
namespace {

constexpr const char* pgtap_script = "/usr/share/postgresql/15/extension/pgtap--1.2.0.sql";

struct Tally {
    int files = 0, tests = 0;
    bool failed = false;
};

/// pg_prove's summary lines are kept back for one over all databases, which `./dev test` reads.
void prove(const std::string& database, const std::vector<fs::path>& files, Tally& tally) {
    if (files.empty()) return;
    const auto& server = cluster::TestCluster::instance().server();
    auto command = fmt::format("pg_prove --host '{}' --port {} --username postgres --dbname {} --ext .sql",
                               server.socket_folder().string(), server.port(), database);
    for (const auto& file : files) command += fmt::format(" '{}'", file.string());
    std::cout << "# " << database << std::endl;
    FILE* output = popen((command + " 2>&1").c_str(), "r");
    if (!output) throw Failure({.code = "testdb.pg_prove", .message = "cannot start pg_prove"});
    char line[4096];
    while (std::fgets(line, sizeof line, output)) {
        int file_count = 0, test_count = 0;
        if (std::sscanf(line, "Files=%d, Tests=%d", &file_count, &test_count) == 2) {
            tally.files += file_count;
            tally.tests += test_count;
        } else {
            std::cout << line;
        }
    }
    tally.failed = pclose(output) != 0 || tally.failed;
}

void add_pgtap(const std::string& database) {
    if (query("postgres", "select 1 from pg_available_extensions where name = 'pgtap'").empty()) {
        execute(database, "set search_path = public; " + content_of(pgtap_script));
    } else {
        execute(database, "create extension if not exists pgtap schema public");
    }
}

/// What every database holds is the same in all: it is tried in the first one, and in the one that sees the others.
/// That each keeps the rules as a whole is tried in each.
std::vector<fs::path> base_tests(const fs::path& source, bool is_first, const DatabaseTarget& target,
                                 const std::string& only_module) {
    const auto folder = source / "migrate/sql/base/tests";
    if (only_module.empty() && (is_first || target.database == "analytics_db")) return files_in(folder, ".pg.sql");
    return {folder / "whole_schema.pg.sql"};
}

Tally run_tests(const fs::path& source, const Layout& layout, const std::string& only_module) {
    auto modules = read_modules(source / "modules");
    const auto schemas = schemas_of(modules);
    MemorySecrets secrets;
    run_task(Installer(connector(), layout, schemas, &secrets, {}).install());
    const auto migrator = value_or_throw(Migrator::create(connector(), layout, schemas));
    run_task(migrator.migrate({.program_version = "test"}));
    run_task(refresh_foreign_schemas(connector(), layout, &secrets));
    Tally tally;
    for (const auto& finding : run_task(migrator.verify())) {
        std::cout << finding.code << ": " << finding.database << " " << finding.object << " " << finding.message
                  << "\n";
        tally.failed = true;
    }
    for (const auto& target : layout.targets()) {
        std::vector<fs::path> files;
        for (const auto& module : modules)
            if (layout.target_of_schema(module.name) == &target && (only_module.empty() || module.name == only_module))
                std::ranges::copy(module.tests, std::back_inserter(files));
        if (files.empty() && !only_module.empty()) continue;
        std::ranges::copy(base_tests(source, &target == layout.targets().data(), target, only_module),
                          std::back_inserter(files));
        add_pgtap(target.database);
        prove(target.database, files, tally);
    }
    return tally;
}

int main_of(const std::vector<std::string>& arguments) {
    if (arguments.size() < 2 || arguments.size() > 3) {
        std::cerr << "usage: migrate_testdb SOURCE_FOLDER split|unified [MODULE]\n";
        return static_cast<int>(ExitCode::usage);
    }
    const auto kind = value_or_throw(parse_layout_kind(arguments[1]));
    const auto layout = kind == LayoutKind::split ? Layout::split() : Layout::unified();
    const auto tally = run_tests(arguments[0], layout, arguments.size() == 3 ? arguments[2] : "");
    std::cout << fmt::format("Files={}, Tests={}\n", tally.files, tally.tests);
    return tally.failed || tally.tests == 0 ? static_cast<int>(ExitCode::failed) : 0;
}

}  // namespace
}  // namespace gsdb::migrate::testing

int main(int count, char** values) {
    try {
        return gsdb::migrate::testing::main_of({values + 1, values + count});
    } catch (const std::exception& error) {
        std::cerr << "migrate_testdb: " << error.what() << "\n";
        return 1;
    }
}
