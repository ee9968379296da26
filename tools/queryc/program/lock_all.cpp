// gsdb_queries_lock: writes the lock files of all modules. It starts a throw-away server, installs and migrates both
// layouts from the SQL files of the tree, and prepares every statement in both.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.hpp"
#include "cluster/test_cluster.hpp"
#include "queryc/describe.hpp"
#include "queryc/program/run_and_explain.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::queryc {
namespace {

Lock describe_in(migrate::LayoutKind kind, const ModuleFolder& module, const std::vector<Statement>& statements) {
    const auto& database = MigratedDatabases::instance(kind).target_of(module.name()).database;
    return Describer(cluster::TestCluster::instance().conninfo(database)).describe(statements);
}

void lock_module(const ModuleFolder& module, const std::filesystem::path& out) {
    auto statements = read_statements(module.queries());
    auto lock = describe_in(migrate::LayoutKind::split, module, statements);
    auto different = differences(lock, describe_in(migrate::LayoutKind::unified, module, statements));
    if (!different.empty())
        throw Failure({.code = "queryc.layouts",
                       .message = fmt::format("the layouts split and unified differ in module {}", module.name()),
                       .detail = fmt::format("\n  {}", fmt::join(different, "\n  ")),
                       .hint = "a migration must not depend on the layout",
                       .exit_code = ExitCode::problems});
    auto path = out / module.lock();
    bool wrote = write_if_different(path, to_json(lock));
    fmt::print("{}: {} statements, {}\n", path.string(), statements.size(), wrote ? "written" : "unchanged");
}

int run(int argc, char** argv) {
    CLI::App app{"Writes sql/queries.lock.json of every module. Run it in the root folder of the source tree."};
    std::filesystem::path out = ".";
    app.add_option("--out", out, "folder below which the files are written instead of the source tree");
    CLI11_PARSE(app, argc, argv);
    for (const auto& module : read_module_folders())
        if (module.has_queries()) lock_module(module, out);
    return 0;
}

}  // namespace
}  // namespace gsdb::queryc

int main(int argc, char** argv) {
    return gsdb::queryc::run_and_explain("gsdb_queries_lock", gsdb::queryc::run, argc, argv);
}
