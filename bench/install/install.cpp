// How long `gsdb db init` takes in an empty cluster that runs already: roles, eight databases, all migrations, what the
// reader sees; and how long again, when there is nothing to do.
//
// usage: bench_install [FOLDER]     FOLDER decides the file system; default: memory

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "cluster/cluster.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/foreign_schemas.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gsdb;
using namespace gsdb::migrate;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Seconds of the three parts.
struct Parts {
    double install, migrate, reader;
    double sum() const { return install + migrate + reader; }
};

Parts init(const cluster::EmbeddedCluster& server) {
    const auto connect = connector_to(pg::ConnectOptions::parse(server.conninfo("postgres")));
    const auto schemas = app::module_schemas();
    FileSecretStore secrets(server.home().secrets());
    const MigrateOptions options{.program_version = "bench"};
    Parts parts{};
    auto began = Clock::now();
    const auto migrator = value_or_throw(Migrator::create(connect, Layout::split(), schemas));
    run_task(Installer(connect, Layout::split(), schemas, &secrets, {.fill_first = fill_with_base(migrator, options)})
                 .install());
    parts.install = seconds_since(began);
    began = Clock::now();
    run_task(migrator.migrate(options));
    parts.migrate = seconds_since(began);
    began = Clock::now();
    run_task(refresh_foreign_schemas(connect, Layout::split(), &secrets));
    parts.reader = seconds_since(began);
    return parts;
}

void print(const char* name, std::vector<Parts> rounds, double goal) {
    std::ranges::sort(rounds, {}, &Parts::sum);
    const auto& median = rounds[rounds.size() / 2];
    fmt::print("{}: {:.2f} s = {:.2f} roles and databases, {:.2f} migrations, {:.2f} what the reader sees\n", name,
               median.sum(), median.install, median.migrate, median.reader);
    fmt::print("RATIO {} {:.2f} {:.2f} {:.2f} goal<={}\n", name, median.sum(), rounds.front().sum(),
               rounds.back().sum(), goal);
}

}  // namespace

int main(int count, char** arguments) {
    constexpr int rounds = 5;
    const cluster::TestFolder memory("bench");
    const auto base = count > 1 ? fs::absolute(arguments[1]) / fmt::format("gsdb-bench-{}", getpid()) : memory.path();
    fs::create_directories(base);
    std::vector<Parts> first, again;
    for (int round = 0; round < rounds; ++round) {
        const auto folder = base / std::to_string(round);
        const auto server = value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(folder)}));
        first.push_back(init(*server));
        again.push_back(init(*server));
        server->stop(cluster::StopMode::fast);
        fs::remove_all(folder);
    }
    if (count > 1) fs::remove_all(base);
    print("install_seconds", first, 3);
    print("install_again_seconds", again, 0.5);
}
