// A migrating program for the chaos tests to kill.
//
//     migrate_process CONNINFO LAYOUT MODULES_FOLDER SECRETS_FOLDER
//
// LAYOUT is "split" or the name of the unified layout's database. Installs and migrates; tells each committed batch of
// a backfill as a line "batch <rows done>" on stdout.

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "migrate/tests/module_folder.hpp"

namespace gsdb::migrate::testing {
namespace {

Signal tell(const Progress& progress) {
    if (progress.stage == Progress::batch) {
        std::puts(fmt::format("batch {}", progress.rows_done).c_str());
        std::fflush(stdout);
    }
    return Signal::proceed;
}

void main_of(const std::vector<std::string>& arguments) {
    const auto connect = connector_to(pg::ConnectOptions::parse(arguments.at(0)));
    const auto layout = arguments.at(1) == "split" ? Layout::split() : Layout::unified(arguments.at(1));
    auto modules = read_modules(arguments.at(2));
    const auto schemas = schemas_of(modules);
    FileSecretStore secrets(arguments.at(3));
    const auto migrator = value_or_throw(Migrator::create(connect, layout, schemas));
    const MigrateOptions options{.program_version = "child", .progress = tell};
    run_task(
        Installer(connect, layout, schemas, &secrets, {.fill_first = fill_with_base(migrator, options)}).install());
    run_task(migrator.migrate(options));
}

}  // namespace
}  // namespace gsdb::migrate::testing

int main(int count, char** values) {
    try {
        gsdb::migrate::testing::main_of({values + 1, values + count});
    } catch (const std::exception& error) {
        std::cerr << "migrate_process: " << error.what() << "\n";
        return 1;
    }
}
