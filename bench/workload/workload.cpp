// Every query of every module's sql/workload.sql on synthetic data, asked as the module's login role with values of the
// data: how long each takes one client, and 32 clients side by side while others write; and how long fetching as many
// rows of the same table by primary key takes them in the same run.
//
//     bench_workload [--scale X] [--folder F] [--url CONNINFO] [--clients N] [--seconds S] [--writes N] [--pause MS]
//                    [--only TEXT] [--sources FOLDER]
//
// Without --url an embedded cluster is made in a folder below F (default: memory), installed and filled at the scale
// (default 0.02). With it the databases there are asked as they are: an administrator who may become any role; they
// were filled by `gsdb db generate`. --writes: rows of events, metrics and tasks that are added a second, a third each.
// --pause: what a client waits between two calls; 0 keeps the processors busy all the time, and the calls queue.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "client.hpp"
#include "cluster/cluster.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/generator.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "migrate/sql_scanner.hpp"
#include "workload_file.hpp"

namespace gsdb::bench {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

struct Options {
    double scale = 0.02;
    std::string folder, url, only, sources = "src/modules";
    std::size_t clients = 32;
    double seconds = 60, writes = 300, pause = 0;
};

Options read_options(int count, char** words) {
    Options options;
    if (count % 2 == 0) throw std::runtime_error("every option takes a value; workload.cpp begins with what there is");
    for (int i = 1; i < count; i += 2) {
        const std::string name = words[i], value = words[i + 1];
        if (name == "--scale")
            options.scale = std::stod(value);
        else if (name == "--folder")
            options.folder = value;
        else if (name == "--url")
            options.url = value;
        else if (name == "--only")
            options.only = value;
        else if (name == "--sources")
            options.sources = value;
        else if (name == "--clients")
            options.clients = std::stoul(value);
        else if (name == "--seconds")
            options.seconds = std::stod(value);
        else if (name == "--writes")
            options.writes = std::stod(value);
        else if (name == "--pause")
            options.pause = std::stod(value);
        else
            throw std::runtime_error("unknown option " + name);
    }
    return options;
}

double percentile(std::vector<double> sorted, double part) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

/// What was measured of one query.
struct Figures {
    std::mutex mutex;
    std::vector<double> alone, busy, by_key;
    std::size_t rows = 0;

    void add(std::vector<double>& to, double milliseconds) {
        const std::lock_guard lock(mutex);
        to.push_back(milliseconds);
    }
    void sort() {
        for (auto* times : {&alone, &busy, &by_key}) std::ranges::sort(*times);
    }
};

/// Where a module's queries run, and as whom.
struct Place {
    std::string database, role;
};

Place place_of(const std::string& module) {
    static const auto layout = migrate::Layout::split();
    return {layout.target_of_schema(module)->database, std::string(migrate::spec_of_schema(module)->login_role)};
}

/// One client's sessions, one for each login role that it came to need.
class Sessions {
  public:
    Sessions(std::string conninfo, const std::vector<Query>& queries)
        : conninfo_(std::move(conninfo)), queries_(&queries) {}

    Client& of(const std::string& module) {
        auto& session = sessions_[module];
        if (!session) {
            const auto place = place_of(module);
            session = std::make_unique<Client>(conninfo_, place.database, place.role);
            for (const auto& query : *queries_) {
                if (query.module != module) continue;
                session->query(query.prepare);
                if (!query.key_prepare.empty()) session->query(query.key_prepare);
            }
        }
        return *session;
    }

  private:
    std::string conninfo_;
    const std::vector<Query>* queries_;
    std::map<std::string, std::unique_ptr<Client>> sessions_;
};

std::vector<Query> read_queries(const Options& options) {
    std::vector<Query> queries;
    for (const auto& module : app::module_schemas()) {
        const auto file = fs::path(options.sources) / module.name / "sql/workload.sql";
        if (!fs::exists(file)) continue;
        for (auto& query : read_workload(file, std::string(module.name)))
            if ((query.module + "." + query.name).contains(options.only)) queries.push_back(std::move(query));
    }
    if (queries.empty()) throw std::runtime_error("no query's name contains " + options.only);
    return queries;
}

/// Organizations in the measure of their tasks: a busy one is asked about more often.
std::vector<std::string> weighted_organizations(const std::string& conninfo) {
    Client client(conninfo, "task_db");
    std::vector<std::string> weighted;
    for (const auto& row : client.query("select organization_id, greatest(1, count(*) * 1000 / sum(count(*)) over ()) "
                                        "from tasks.tasks group by 1 order by 1"))
        weighted.insert(weighted.end(), std::stoul(*row[1]), *row[0]);
    if (weighted.empty()) throw std::runtime_error("there is no data: gsdb db generate --scale 0.1");
    return weighted;
}

/// Databases that were filled long ago are asked about their last hour, too: `now()` of the values is when the data
/// ends.
void end_values_with_data(std::vector<Query>& queries, const std::string& conninfo) {
    Client client(conninfo, "events_db");
    const auto rows = client.query("select least(now(), max(moved_at)) from events.event_consumers");
    const auto end = fmt::format("{}::timestamptz", migrate::quote_literal(rows.at(0).at(0).value()));
    constexpr std::string_view now = "now()";
    for (auto& query : queries)
        for (auto at = query.values.find(now); at != std::string::npos; at = query.values.find(now, at + end.size()))
            query.values.replace(at, now.size(), end);
}

/// Calls of every query with values of the data, and how many rows each answers with.
void prepare_calls(std::vector<Query>& queries, std::vector<Figures>& figures, const std::string& conninfo) {
    std::mt19937_64 random(1);
    const auto organizations = weighted_organizations(conninfo);
    std::map<std::string, std::unique_ptr<Client>> administrators;
    Sessions sessions(conninfo, queries);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto& query = queries[i];
        auto& administrator = administrators[query.module];
        if (!administrator) administrator = std::make_unique<Client>(conninfo, place_of(query.module).database);
        draw_calls(query, *administrator, organizations, 32, random);
        if (query.calls.empty()) {
            fmt::print("{}.{}: the data has no values for it\n", query.module, query.name);
            continue;
        }
        std::size_t rows = 0;
        for (const auto& call : query.calls) rows += sessions.of(query.module).time(call.organization, call.sql).rows;
        figures[i].rows = std::max<std::size_t>(1, (rows + query.calls.size() / 2) / query.calls.size());
        draw_key_calls(query, *administrator, figures[i].rows);
    }
}

void measure_alone(const std::vector<Query>& queries, std::vector<Figures>& figures, const std::string& conninfo) {
    Sessions sessions(conninfo, queries);
    for (std::size_t i = 0; i < queries.size(); ++i)
        for (int round = 0; round < 2; ++round)
            for (const auto& call : queries[i].calls)
                figures[i].add(figures[i].alone,
                               sessions.of(queries[i].module).time(call.organization, call.sql).milliseconds);
}

/// Adds rows at a steady rate until `stop`; returns how many.
std::size_t write_rows(const std::string& conninfo, const std::string& module, const std::string& statement,
                       const std::vector<std::string>& organizations, double per_second,
                       const std::atomic<bool>& stop) {
    const auto place = place_of(module);
    Client client(conninfo, place.database, place.role);
    const auto began = Steady::now();
    std::size_t written = 0;
    for (; !stop; written += 10) {
        client.time(organizations[written * 7919 % organizations.size()], statement);
        std::this_thread::sleep_until(
            began + std::chrono::duration_cast<Steady::duration>(
                        std::chrono::duration<double>(static_cast<double>(written + 10) / per_second)));
    }
    return written;
}

/// Ten rows each, as the API and the workers would add them.
const std::map<std::string, std::string>& write_statements() {
    static const std::map<std::string, std::string> statements{
        {"events",
         "with k as (insert into events.event_keys (organization_id, source_id, delivery_key, event_id) "
         "select s.organization_id, s.id, gen_random_uuid()::text, base.uuid_v7() from (select * from "
         "events.event_sources "
         "where organization_id = base.current_organization_id() limit 1) s, generate_series(1, 10) returning *) "
         "insert into events.events (organization_id, id, source_id, event_type, delivery_key, payload) "
         "select organization_id, event_id, source_id, 'push', delivery_key, jsonb_build_object('x', repeat('y', 500)) "
         "from k"},
        {"tasks",
         "insert into tasks.tasks (organization_id, title, status, executor, project_id) select t.organization_id, "
         "'Written', 'queued', 'command', t.project_id from (select * from tasks.tasks where organization_id = "
         "base.current_organization_id() and project_id is not null limit 1) t, generate_series(1, 10)"},
        {"analytics",
         "insert into analytics.performance_data (organization_id, operation, duration_ms) select "
         "base.current_organization_id(), 'operation.written', 5 from generate_series(1, 10)"}};
    return statements;
}

void ask(std::size_t client, const std::vector<Query>& queries, std::vector<Figures>& figures, const Options& options,
         const std::string& conninfo, const std::atomic<bool>& stop) {
    std::mt19937_64 random(client + 1);
    Sessions sessions(conninfo, queries);
    while (!stop) {
        const auto i = random() % queries.size();
        const auto& query = queries[i];
        const bool by_key = random() % 3 == 0;
        const auto& calls = by_key ? query.key_calls : query.calls;
        if (calls.empty()) continue;
        const auto& call = calls[random() % calls.size()];
        const auto timed = sessions.of(query.module).time(call.organization, call.sql);
        figures[i].add(by_key ? figures[i].by_key : figures[i].busy, timed.milliseconds);
        std::this_thread::sleep_for(Milliseconds(options.pause));
    }
}

/// 32 clients and the writers for as long as asked; their first fifth, in which sessions and caches warm up, is not
/// counted.
void measure_together(const std::vector<Query>& queries, std::vector<Figures>& figures, const Options& options,
                      const std::string& conninfo) {
    std::atomic<bool> stop = false;
    std::atomic<std::size_t> written = 0;
    std::vector<std::string> errors;
    std::mutex errors_mutex;
    const auto organizations = weighted_organizations(conninfo);
    const auto guarded = [&](const auto& work) {
        try {
            work();
        } catch (const std::exception& error) {
            const std::lock_guard lock(errors_mutex);
            errors.emplace_back(error.what());
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t client = 0; client < options.clients; ++client)
            threads.emplace_back(
                [&, client] { guarded([&] { ask(client, queries, figures, options, conninfo, stop); }); });
        for (const auto& [module, statement] : write_statements())
            if (options.writes > 0)
                threads.emplace_back([&] {
                    guarded([&] {
                        written += write_rows(conninfo, module, statement, organizations, options.writes / 3, stop);
                    });
                });
        std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds / 5));
        for (auto& figure : figures) {
            const std::lock_guard lock(figure.mutex);
            figure.busy.clear();
            figure.by_key.clear();
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
        stop = true;
    }
    if (!errors.empty()) throw std::runtime_error(errors.front());
    fmt::print("{} clients, {} rows written in {:.0f} s\n", options.clients, written.load(), options.seconds * 1.2);
}

void print_ratio(const char* name, std::vector<double> values, const std::string& goal) {
    if (values.empty()) return;
    std::ranges::sort(values);
    // What is held against the goal is the worst one.
    fmt::print("RATIO {} {:.2f} {:.2f} {:.2f} {}\n", name, values.back(), values.front(), values.back(), goal);
}

void report(const std::vector<Query>& queries, std::vector<Figures>& figures) {
    fmt::print("{:<52} {:>5} {:>7} | {:>8} {:>8} | {:>8} {:>8} {:>8} | {:>8} {:>6}\n", "query", "rows", "calls",
               "alone50", "alone95", "p50", "p95", "p99", "keys p50", "ratio");
    std::map<double, std::vector<double>> alone, busy;
    std::vector<double> ratios;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto& figure = figures[i];
        if (queries[i].calls.empty()) continue;
        figure.sort();
        const auto ratio = percentile(figure.busy, 0.5) / percentile(figure.by_key, 0.5);
        const auto p95 = percentile(figure.busy, 0.95), alone95 = percentile(figure.alone, 0.95);
        const auto goal = queries[i].goal_milliseconds;
        fmt::print("{:<52} {:>5} {:>7} | {:>8.2f} {:>8.2f} | {:>8.2f} {:>8.2f} {:>8.2f} | {:>8.2f} {:>6.1f}{}\n",
                   queries[i].module + "." + queries[i].name, figure.rows, figure.busy.size(),
                   percentile(figure.alone, 0.5), alone95, percentile(figure.busy, 0.5), p95,
                   percentile(figure.busy, 0.99), percentile(figure.by_key, 0.5), ratio,
                   alone95 > goal ? " SLOW"
                   : p95 > goal   ? " busy"
                                  : "");
        alone[goal].push_back(alone95);
        busy[goal].push_back(p95);
        if (std::isfinite(ratio)) ratios.push_back(ratio);
    }
    for (const auto& [goal, values] : alone)
        print_ratio(goal > 20 ? "workload_aggregations_p95_ms_alone" : "workload_queries_p95_ms_alone", values,
                    fmt::format("goal<={}", goal));
    for (const auto& [goal, values] : busy)
        print_ratio(goal > 20 ? "workload_aggregations_p95_ms" : "workload_queries_p95_ms", values,
                    fmt::format("goal<={}", goal));
    if (ratios.empty()) return;
    std::ranges::sort(ratios);
    fmt::print("RATIO workload_vs_primary_key {:.2f} {:.2f} {:.2f}\n", percentile(ratios, 0.5), ratios.front(),
               ratios.back());
}

void install_and_fill(const std::string& conninfo, const fs::path& secrets_folder, double scale) {
    const auto connect = migrate::connector_to(pg::ConnectOptions::parse(conninfo));
    const auto schemas = app::module_schemas();
    migrate::FileSecretStore secrets(secrets_folder);
    run_task(migrate::Installer(connect, migrate::Layout::split(), schemas, &secrets, {}).install());
    run_task(value_or_throw(migrate::Migrator::create(connect, migrate::Layout::split(), schemas))
                 .migrate({.program_version = "bench"}));
    const auto began = Steady::now();
    std::int64_t rows = 0;
    for (const auto& module : run_task(migrate::generate(connect, migrate::Layout::split(), schemas, {.scale = scale})))
        rows += module.rows;
    fmt::print("generated {} rows in {:.1f} s\n", rows, std::chrono::duration<double>(Steady::now() - began).count());
}

void measure(const Options& options, const std::string& conninfo) {
    auto queries = read_queries(options);
    std::vector<Figures> figures(queries.size());
    double load[3] = {};
    getloadavg(load, 3);
    fmt::print("load average {:.1f} before, {} queries\n", load[0], queries.size());
    end_values_with_data(queries, conninfo);
    prepare_calls(queries, figures, conninfo);
    measure_alone(queries, figures, conninfo);
    measure_together(queries, figures, options, conninfo);
    report(queries, figures);
}

}  // namespace
}  // namespace gsdb::bench

int main(int count, char** words) try {
    using namespace gsdb;
    const auto options = bench::read_options(count, words);
    if (!options.url.empty()) {
        bench::measure(options, options.url);
        return 0;
    }
    const cluster::TestFolder memory("bench");
    const auto base = options.folder.empty()
                          ? memory.path()
                          : std::filesystem::absolute(options.folder) / fmt::format("gsdb-bench-{}", getpid());
    std::filesystem::create_directories(base);
    {
        const auto server = value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(base / "home")}));
        const auto conninfo = server->conninfo("postgres");
        bench::install_and_fill(conninfo, server->home().secrets(), options.scale);
        bench::measure(options, conninfo);
        server->stop(cluster::StopMode::fast);
    }
    std::filesystem::remove_all(base);
    return 0;
} catch (const std::exception& error) {
    fmt::print(stderr, "bench_workload: {}\n", error.what());
    return 1;
}
