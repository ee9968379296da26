// What our constraints, policies, partitions and indexes on events.events cost: rows a second into it, as the login
// role with its organization set, against the same rows into the same columns with nothing else.
//
// Both get rows of about 1 KB from the same staging table in transactions of 100, as the receiver's group commit makes
// them, and as many of them as fill some seconds. Rounds take turns in who goes first.
//
// usage: bench_event_insert [FOLDER]     FOLDER decides the file system; default: memory

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "cluster/cluster.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gsdb;
using namespace gsdb::migrate;

constexpr int rows = 30'000, batch = 100, rounds = 7;

Task<> set_up(Connector connect) {
    const auto connection = co_await connect("events_db");
    // Both tables are filled by events_user. The staging table holds the columns that a receiver fills.
    co_await connection->run_script(fmt::format(
        "create table public.staged as "
        "select n, base.uuid_v7() as id, '01941f29-7c00-7000-8000-000000000001'::uuid as source_id, "
        "       (array['push', 'pull_request.opened', 'check_run.completed'])[1 + n % 3] as event_type, "
        "       gen_random_uuid()::text as delivery_key, 'user-' || n % 100 as actor, 'synthetic/repository-' || n % "
        "50 as repository, "
        "       jsonb_build_object('number', n, 'sender', 'user-' || n % 100, 'body', (select string_agg(md5(n || '/' "
        "|| k), '') from generate_series(1, 24) k)) as payload "
        "from generate_series(1, {}) n; create index on public.staged (n); analyze public.staged; "
        "create table public.bare (like events.events including defaults including compression); "
        "grant select on public.staged to events_user; grant insert, truncate on public.bare to events_user",
        rows));
}

/// Rows a second.
Task<double> fill(Connector connect, std::string table) {
    const auto connection = co_await connect("events_db");
    co_await connection->run_script("set session authorization events_user");
    co_await connection->run_script(
        fmt::format("prepare add (integer) as insert into {} (organization_id, id, source_id, event_type, "
                    "delivery_key, actor, repository, payload) "
                    "select '00000000-0000-7000-8000-000000000001', id, source_id, event_type, delivery_key, actor, "
                    "repository, payload "
                    "from public.staged where n > $1 and n <= $1 + {}",
                    table, batch));
    const auto began = std::chrono::steady_clock::now();
    for (int done = 0; done < rows; done += batch)
        co_await connection->run_script(fmt::format(
            "begin; set local app.organization_id = '00000000-0000-7000-8000-000000000001'; execute add ({}); commit",
            done));
    co_return rows / std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Task<> empty(Connector connect, std::string table) {
    const auto connection = co_await connect("events_db");
    const auto counted = co_await connection->execute("select count(*) from " + table);
    if (counted.get<std::int64_t>(0, 0) != rows) throw std::runtime_error("not all rows arrived in " + table);
    co_await connection->run_script("truncate " + table + "; checkpoint");
}

double measure(const Connector& connect, const std::string& table) {
    const auto rate = run_task(fill(connect, table));
    run_task(empty(connect, table));
    return rate;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
    const cluster::TestFolder memory("bench");
    const auto base = count > 1 ? fs::absolute(arguments[1]) / fmt::format("gsdb-bench-{}", getpid()) : memory.path();
    fs::create_directories(base);
    {
        const auto server = value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(base / "home")}));
        const auto connect = connector_to(pg::ConnectOptions::parse(server->conninfo("postgres")));
        const auto schemas = app::module_schemas();
        FileSecretStore secrets(server->home().secrets());
        run_task(Installer(connect, Layout::split(), schemas, &secrets, {}).install());
        run_task(
            value_or_throw(Migrator::create(connect, Layout::split(), schemas)).migrate({.program_version = "bench"}));
        run_task(set_up(connect));
        std::vector<double> ours, bare, ratios;
        for (int round = 0; round <= rounds; ++round) {
            const bool ours_first = round % 2 == 0;
            const auto first = measure(connect, ours_first ? "events.events" : "public.bare");
            const auto second = measure(connect, ours_first ? "public.bare" : "events.events");
            if (round == 0) continue;  // warms up
            ours.push_back(ours_first ? first : second);
            bare.push_back(ours_first ? second : first);
            ratios.push_back(ours.back() / bare.back());
        }
        fmt::print("events.events {:.0f} rows/s, bare {:.0f} rows/s (medians of {})\n", median(ours), median(bare),
                   rounds);
        fmt::print("RATIO event_insert_vs_bare_table {:.2f} {:.2f} {:.2f} goal>=0.5\n", median(ratios),
                   *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
        server->stop(cluster::StopMode::fast);
    }
    if (count > 1) fs::remove_all(base);
}
