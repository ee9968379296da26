#include "backup/snapshots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/together.hpp"
#include "migrate/session.hpp"

namespace gsdb::backup {

using std::chrono::steady_clock;

namespace {

struct Nothing {};

Task<HeldSnapshot> open_database(migrate::Connector connect, std::string database) {
    HeldSnapshot held{.database = database, .connection = co_await connect(database)};
    co_await migrate::Session(held.connection.get(), database, {}).take_lock(std::chrono::seconds(10));
    held.survey = co_await survey_database(held.connection.get());
    co_return held;
}

/// The tables are locked against changes of their structure before the snapshot is taken, so that it fits them.
Task<Nothing> begin(HeldSnapshot* held) {
    co_await begin_reading(held->connection.get());
    if (!held->survey.tables.empty())
        co_await held->connection->run_script(
            fmt::format("set local lock_timeout = '30s'; lock table {} in access share mode",
                        fmt::join(held->survey.tables, ", ")));
    co_return Nothing{};
}

Task<Nothing> take(HeldSnapshot* held) {
    const auto rows = co_await held->connection->execute(
        "select pg_export_snapshot(), pg_current_snapshot()::text, clock_timestamp()");
    held->name = rows.get<std::string>(0, 0);
    held->visible = rows.get<std::string>(0, 1);
    held->taken_at = rows.get<Timestamp>(0, 2);
    co_return Nothing{};
}

Task<Nothing> give_back(HeldSnapshot* held) {
    co_await held->connection->run_script("rollback");
    co_return Nothing{};
}

Task<Nothing> let_migrate(HeldSnapshot* held) {
    co_await migrate::Session(held->connection.get(), held->database, {}).release_lock();
    co_return Nothing{};
}

Task<> all(std::vector<HeldSnapshot>* databases, Task<Nothing> (*step)(HeldSnapshot*)) {
    std::vector<Task<Nothing>> steps;
    for (auto& held : *databases) steps.push_back(step(&held));
    co_await together(std::move(steps));
}

void compare(HeldSnapshots& snapshots) {
    const auto& databases = snapshots.databases;
    const auto [first, last] = std::ranges::minmax_element(databases, {}, &HeldSnapshot::taken_at);
    snapshots.spread = last->taken_at - first->taken_at;
    snapshots.one_instant = std::ranges::all_of(
        databases, [&](const HeldSnapshot& held) { return held.visible == databases.front().visible; });
}

}  // namespace

Task<HeldSnapshots> hold_snapshots(migrate::Connector connect, std::vector<std::string> databases,
                                   std::chrono::milliseconds patience) {
    std::vector<Task<HeldSnapshot>> openings;
    for (auto& database : databases) openings.push_back(open_database(connect, std::move(database)));
    HeldSnapshots snapshots{.databases = co_await together(std::move(openings))};
    for (const auto end = steady_clock::now() + patience;;) {
        co_await all(&snapshots.databases, begin);
        co_await all(&snapshots.databases, take);
        ++snapshots.attempts;
        compare(snapshots);
        if (snapshots.one_instant || steady_clock::now() >= end) break;
        co_await all(&snapshots.databases, give_back);
    }
    co_await all(&snapshots.databases, let_migrate);
    co_return snapshots;
}

}  // namespace gsdb::backup
