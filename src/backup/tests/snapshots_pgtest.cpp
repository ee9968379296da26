#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "backup/snapshots.hpp"
#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"

namespace gsdb::backup {
namespace {

using cluster::TestCluster;
using namespace std::chrono_literals;

migrate::Connector connector() {
    return migrate::connector_to(pg::ConnectOptions::parse(TestCluster::instance().conninfo()));
}

void execute(const std::string& database, const std::string& script) {
    run_task([](std::string name, std::string sql) -> Task<> {
        const auto connection = co_await connector()(std::move(name));
        co_await connection->run_script(std::move(sql));
    }(database, script));
}

/// Writes a number into the first database, and only then into the second.
class Writer {
  public:
    Writer(std::string first, std::string second, std::chrono::milliseconds pause)
        : thread_([=, this](const std::stop_token& stop) {
              run_task([](std::string one, std::string two, std::chrono::milliseconds wait, std::stop_token end,
                          std::atomic<int>* written) -> Task<> {
                  const auto a = co_await connector()(one), b = co_await connector()(two);
                  for (int i = 1; !end.stop_requested(); ++i) {
                      co_await a->run_script("insert into s.numbers values (" + std::to_string(i) + ")");
                      co_await b->run_script("insert into s.numbers values (" + std::to_string(i) + ")");
                      *written = i;
                      std::this_thread::sleep_for(wait);
                  }
              }(first, second, pause, stop, &written_));
          }) {
        while (written_ == 0) std::this_thread::yield();
    }

  private:
    std::atomic<int> written_ = 0;
    std::jthread thread_;
};

std::int64_t rows_of(HeldSnapshot& held, asio::io_context& context) {
    return run_task_on(context, count_tables(held.connection.get(), {"s.numbers"})).front().rows;
}

TEST(Snapshots, show_one_instant_while_others_write) {
    const cluster::TestDatabase first, second;
    for (const auto* database : {&first, &second})
        execute(database->name(), "create schema s; create table s.numbers (n integer)");
    const Writer writer(first.name(), second.name(), 1ms);
    asio::io_context context(1);
    for (int i = 0; i < 5; ++i) {
        auto held = run_task_on(context, hold_snapshots(connector(), {second.name(), first.name()}, 20s));
        ASSERT_TRUE(held.one_instant);
        EXPECT_EQ(held.databases[0].visible, held.databases[1].visible);
        const auto lead = rows_of(held.databases[1], context) - rows_of(held.databases[0], context);
        EXPECT_THAT(lead, testing::AllOf(testing::Ge(0), testing::Le(1)))
            << "an effect without its cause, or many causes";
    }
}

TEST(Snapshots, say_so_when_one_instant_cannot_be_had) {
    const cluster::TestDatabase first, second;
    for (const auto* database : {&first, &second})
        execute(database->name(), "create schema s; create table s.numbers (n integer)");
    const Writer writer(first.name(), second.name(), 0ms);
    asio::io_context context(1);
    // With no patience there is one attempt; among many, some fall between two snapshots.
    bool told = false;
    for (int i = 0; i < 300 && !told; ++i) {
        auto held = run_task_on(context, hold_snapshots(connector(), {first.name(), second.name()}, 0ms));
        EXPECT_EQ(held.one_instant, held.databases[0].visible == held.databases[1].visible);
        EXPECT_EQ(held.attempts, 1);
        told = !held.one_instant;
    }
    EXPECT_TRUE(told);
}

TEST(Snapshots, keep_tables_as_they_are) {
    const cluster::TestDatabase database;
    execute(database.name(), "create schema s; create table s.numbers (n integer)");
    asio::io_context context(1);
    auto held = run_task_on(context, hold_snapshots(connector(), {database.name()}, 1s));
    EXPECT_THROW(execute(database.name(), "set lock_timeout = '100ms'; alter table s.numbers add column m integer"),
                 pg::SqlError);
}

TEST(Contents, tell_tables_apart_by_their_rows_and_not_by_their_order) {
    const cluster::TestDatabase database;
    execute(
        database.name(),
        "create schema s; create table s.a (n integer, t text); create table s.b (n integer, t text); create table s.c "
        "(n integer, t text);"
        "insert into s.a values (1, 'x'), (2, null), (2, null); insert into s.b values (2, null), (1, 'x'), (2, null);"
        "insert into s.c values (2, null), (1, 'x'), (1, 'x')");
    asio::io_context context(1);
    auto held = run_task_on(context, hold_snapshots(connector(), {database.name()}, 1s));
    auto all = run_task_on(context, count_tables(held.databases[0].connection.get(), {"s.a", "s.b", "s.c"}));
    EXPECT_EQ(all[0].hash, all[1].hash);
    EXPECT_NE(all[0].hash, all[2].hash);
    DatabaseBackup recorded{.database = "d", .tables = {all[0], all[1]}};
    EXPECT_THAT(compare_tables(recorded, {all[0], all[1]}), testing::IsEmpty());
    EXPECT_THAT(compare_tables(recorded, {all[0]}), testing::ElementsAre("d: table s.b is missing"));
    auto other = all[1];
    other.hash = all[2].hash;
    EXPECT_THAT(compare_tables(recorded, {all[0], other}),
                testing::ElementsAre("d: table s.b has other rows than those saved"));
    EXPECT_THAT(compare_tables(recorded, all), testing::ElementsAre("d: table s.c was not in the backup"));
}

}  // namespace
}  // namespace gsdb::backup
