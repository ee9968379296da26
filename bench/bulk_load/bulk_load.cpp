// How many rows a second our binary COPY loads, against psql's \copy of the same rows.
//
// The rows are events of about 1 kB with a jsonb payload, in a table with PRIMARY KEY (organization_id, occurred_at,
// id). Ours are encoded from C++ values while they are sent; psql reads them as text from a file in memory. Rounds take
// turns in who goes first, the table is emptied before each load, and the rows are counted after it.
//
//     bulk_load [--rows N] [--rounds N]

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "pg/connection.hpp"
#include "pg/copy.hpp"

using namespace gsdb;

namespace {

struct Event {
    OrganizationId organization;
    Timestamp occurred_at;
    Uuid id;
    pg::Json payload;
};

constexpr auto create_table =
    "create table events (organization_id uuid not null, occurred_at timestamptz not null, id uuid not null, "
    "payload jsonb not null, primary key (organization_id, occurred_at, id))";

std::vector<Event> make_events(std::size_t count) {
    ManualClock clock{Timestamp{std::chrono::seconds{1'795'000'000}}};
    std::vector<Event> events;
    events.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        clock.advance(std::chrono::microseconds{700});
        Bytes random(410);
        randombytes_buf(random.data(), random.size());
        auto payload = fmt::format(
            R"({{"action": "opened", "number": {}, "sender": {{"login": "user-{}", "id": {}}}, )"
            R"("labels": ["bug", "needs review", "p{}"], "repository": {{"full_name": "org/repo-{}"}}, "body": "{}"}})",
            i, i % 977, i * 7919, i % 5, i % 53, to_hex(random));
        events.push_back({default_organization(), clock.now(), Uuid::v7(clock), {std::move(payload)}});
    }
    return events;
}

// COPY's text format; the payloads have neither tabs, newlines nor backslashes.
void write_text(const std::vector<Event>& events, const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    for (const auto& event : events)
        file << to_string(event.organization) << '\t' << to_rfc3339(event.occurred_at) << '\t' << to_string(event.id)
             << '\t' << event.payload.text << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

Task<> load_with_copy(const std::string conninfo, const std::vector<Event>* events) {
    auto connection = co_await pg::Connection::open(pg::ConnectOptions::parse(conninfo));
    pg::CopyWriter writer(co_await connection->copy_in("copy events from stdin (format binary)"));
    for (const auto& event : *events)
        co_await writer.row(event.organization, event.occurred_at, event.id, event.payload);
    co_await writer.finish();
}

void load_with_psql(const std::string& conninfo, const std::string& path) {
    auto command = fmt::format(R"(psql -X -q -d "{}" -c "\copy events from '{}'")", conninfo, path);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

Task<> run_sql(const std::string conninfo, const std::string sql) {
    auto connection = co_await pg::Connection::open(pg::ConnectOptions::parse(conninfo));
    co_await connection->run_script(sql);
}

Task<> expect_rows(const std::string conninfo, std::size_t rows) {
    auto connection = co_await pg::Connection::open(pg::ConnectOptions::parse(conninfo));
    auto counted = co_await connection->execute("select count(*) from events");
    if (counted.get<std::int64_t>(0, 0) != static_cast<std::int64_t>(rows))
        throw std::runtime_error("not all rows arrived");
}

/// Rows a second of one load into the emptied table.
double measure(const std::string& conninfo, std::size_t rows, const std::function<void()>& load) {
    run_task(run_sql(conninfo, "truncate events; checkpoint"));
    auto start = std::chrono::steady_clock::now();
    load();
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    run_task(expect_rows(conninfo, rows));
    return static_cast<double>(rows) / seconds.count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

std::size_t option(int argc, char** argv, std::string_view name, std::size_t fallback) {
    for (int i = 1; i + 1 < argc; ++i)
        if (argv[i] == name) return std::strtoul(argv[i + 1], nullptr, 10);
    return fallback;
}

}  // namespace

int main(int argc, char** argv) try {
    const auto rows = option(argc, argv, "--rows", 100'000);
    const auto rounds = option(argc, argv, "--rounds", 5);
    cluster::TestDatabase database;
    cluster::TestFolder folder("bench_bulk_load");
    const auto conninfo = database.conninfo();
    const auto path = (folder.path() / "events.tsv").string();
    const auto events = make_events(rows);
    write_text(events, path);
    run_task(run_sql(conninfo, create_table));
    fmt::print("{} rows, {} bytes of JSON each, {} rounds\n", rows, events.front().payload.text.size(), rounds);

    std::vector<double> our_rates, psql_rates, ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
        auto ours = [&] {
            our_rates.push_back(measure(conninfo, rows, [&] { run_task(load_with_copy(conninfo, &events)); }));
        };
        auto psql = [&] { psql_rates.push_back(measure(conninfo, rows, [&] { load_with_psql(conninfo, path); })); };
        if (round % 2 == 0)
            ours(), psql();
        else
            psql(), ours();
        ratios.push_back(our_rates.back() / psql_rates.back());
        fmt::print("round {}: gsdb {:.0f} psql {:.0f} rows/s\n", round + 1, our_rates.back(), psql_rates.back());
    }
    fmt::print("median: gsdb {:.0f} psql {:.0f} rows/s\n", median(our_rates), median(psql_rates));
    fmt::print("RATIO bulk_load_vs_psql_copy {:.2f} {:.2f} {:.2f} goal>=1.0\n", median(ratios),
               std::ranges::min(ratios), std::ranges::max(ratios));
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "bulk_load: %s\n", error.what());
    return 1;
}
