// Maintenance as the server runs it: as a login role, beside others, until it is stopped.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "base/together.hpp"
#include "migrate/maintenance.hpp"
#include "migrate/tests/databases.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Ne;
using ::testing::UnorderedElementsAre;

constexpr const char* create_calls = R"(
create table tasks.calls (id uuid primary key default base.uuid_v7(), routine text not null);
comment on table tasks.calls is 'Calls.';
comment on column tasks.calls.id is 'Id.';
comment on column tasks.calls.routine is 'Which.';
select base.local_table('tasks.calls', 'A test.');
)";

/// A routine that notes its call, then does `body`.
std::string routine(const std::string& name, const std::string& body, const std::string& timeout = "1 minute") {
    return fmt::format(R"(
create or replace function tasks.{0}() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into tasks.calls (routine) values ('{0}');
    {1}
    return 1;
end $$;
revoke execute on function tasks.{0}() from public;
grant execute on function tasks.{0}() to task_user;
select base.declare_maintenance('tasks.{0}', 'daily', interval '{2}', 'A test.');
)",
                       name, body, timeout);
}

class Maintenance : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        clean_ = new CleanLayout(Layout::unified("gsdb_maintenance_test"));
        MemorySecrets secrets;
        run_task(Installer(connector(), clean_->layout(), {}, &secrets, {}).install());
        DemoModule tasks("tasks");
        tasks.migration("0001_create_calls.sql", create_calls);
        tasks.routine("quick.sql", routine("quick", ""));
        tasks.routine("slow.sql", routine("slow", "perform pg_sleep(0.3);"));
        tasks.routine("endless.sql", routine("endless", "perform pg_sleep(60);", "200 milliseconds"));
        tasks.routine("broken.sql", routine("broken", "raise exception 'on purpose';"));
        const std::vector<ModuleSchema> schemas{tasks.schema()};
        run_task(Migrator::create(connector(), clean_->layout(), schemas).value().migrate({.program_version = "test"}));
    }
    static void TearDownTestSuite() { delete std::exchange(clean_, nullptr); }

    Maintenance() {
        exec(
            "truncate tasks.calls, base.maintenance_log; "
            "update base.maintenance_procedures set due_at = now() + interval '1 hour', failures = 0");
    }

    static std::vector<std::string> ask(std::string sql) { return query(database, std::move(sql)); }
    static void exec(std::string sql) { execute(database, std::move(sql)); }
    static void make_due(const std::string& name) {
        exec("update base.maintenance_procedures set due_at = now() - interval '90 days' where routine = '" + name +
             "'");
    }
    static std::vector<std::string> calls() { return ask("select routine from tasks.calls order by id"); }
    static void wait_for(const std::string& condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (ask("select " + condition) != std::vector<std::string>{"t"}) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << condition;
            std::this_thread::sleep_for(10ms);
        }
    }
    static pg::ConnectOptions login() {
        return pg::ConnectOptions::parse(cluster::TestCluster::instance().conninfo(database, "task_user"));
    }
    /// As a server of its own would: finds out what is due, and runs it.
    static Task<std::vector<MaintenanceRun>> run_due() {
        const auto connection = co_await pg::Connection::open(login());
        std::vector<MaintenanceRun> runs;
        for (auto& due : co_await routines_to_run(connection.get(), "", Due::only))
            runs.push_back(co_await run_routine(connection.get(), std::move(due), Due::only));
        co_return runs;
    }

    static constexpr const char* database = "gsdb_maintenance_test";
    static inline CleanLayout* clean_ = nullptr;
};

TEST_F(Maintenance, two_servers_beside_each_other_run_a_routine_once) {
    make_due("tasks.slow");
    std::vector<Task<std::vector<MaintenanceRun>>> servers;
    for (int i = 0; i < 4; ++i) servers.push_back(run_due());
    std::vector<std::string> states;
    for (const auto& runs : run_task(together(std::move(servers))))
        for (const auto& run : runs) states.push_back(run.state);
    EXPECT_EQ(std::ranges::count(states, "succeeded"), 1);
    EXPECT_EQ(std::ranges::count(states, "succeeded") + std::ranges::count(states, "skipped"), std::ssize(states));
    EXPECT_THAT(calls(), ElementsAre("slow"));
    EXPECT_THAT(run_task(run_due()), IsEmpty()) << "nor later";
}

TEST_F(Maintenance, a_routine_past_its_timeout_is_cancelled_and_the_next_one_runs) {
    make_due("tasks.endless");
    make_due("tasks.quick");
    const auto began = std::chrono::steady_clock::now();
    const auto runs = run_task(run_due());
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_THAT(
        runs, ElementsAre(AllOf(Field(&MaintenanceRun::routine, "tasks.endless"),
                                Field(&MaintenanceRun::state, "failed"), Field(&MaintenanceRun::error_code, "57014")),
                          AllOf(Field(&MaintenanceRun::routine, "tasks.quick"),
                                Field(&MaintenanceRun::state, "succeeded"), Field(&MaintenanceRun::rows_affected, 1))));
    EXPECT_THAT(calls(), ElementsAre("quick")) << "what it had done is taken back";
    EXPECT_THAT(ask("select failures, due_at > now() from base.maintenance_procedures where routine = 'tasks.endless'"),
                ElementsAre("1|t"));
}

TEST_F(Maintenance, the_server_makes_good_what_was_missed_for_months_and_goes_on_after_a_failure) {
    make_due("tasks.broken");
    make_due("tasks.quick");
    Background server({[](Stop stop) { return maintain(login(), std::move(stop)); }});
    wait_for("count(*) = 2 from base.maintenance_log where state <> 'running'");
    EXPECT_THAT(ask("select routine, state, error, run_by from base.maintenance_log order by routine"),
                ElementsAre("tasks.broken|failed|on purpose|task_user", "tasks.quick|succeeded|null|task_user"));
    EXPECT_THAT(calls(), ElementsAre("quick"));
}

TEST_F(Maintenance, stopping_takes_less_than_a_second_and_leaves_nothing_running) {
    exec("update base.maintenance_procedures set timeout = interval '1 hour' where routine = 'tasks.endless'");
    make_due("tasks.endless");
    Background server({[](Stop stop) { return maintain(login(), std::move(stop)); }});
    wait_for("exists (select from pg_stat_activity where wait_event = 'PgSleep' and usename = 'task_user')");
    const auto began = std::chrono::steady_clock::now();
    server.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    wait_for("not exists (select from pg_stat_activity where usename = 'task_user')");
    // On a busy machine there may be no time to note how it ended.
    EXPECT_THAT(ask("select state, error_code from base.maintenance_log"),
                ElementsAre(::testing::AnyOf("failed|57014", "running|null")));
    exec(
        "update base.maintenance_procedures set timeout = interval '200 milliseconds' where routine = 'tasks.endless'");
}

TEST_F(Maintenance, stopping_does_not_wait_for_a_server_that_is_not_there) {
    auto nowhere = login();
    nowhere.host = "/nonexistent";
    Background server({[nowhere](Stop stop) { return maintain(nowhere, std::move(stop)); }});
    const auto began = std::chrono::steady_clock::now();
    server.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
}

TEST_F(Maintenance, a_dba_calls_it_in_psql_and_is_told_what_failed) {
    exec("call base.run_maintenance('tasks.quick')");
    EXPECT_THAT(calls(), ElementsAre("quick"));
    exec("update base.maintenance_procedures set cadence = 'monthly' where routine = 'tasks.endless'");
    try {
        exec("call base.run_maintenance('daily')");
        ADD_FAILURE() << "nothing was thrown";
    } catch (const pg::SqlError& error) {
        EXPECT_EQ(error.sqlstate(), "GS008");
        EXPECT_THAT(error.what(), HasSubstr("tasks.broken"));
    }
    EXPECT_THAT(calls(), UnorderedElementsAre("quick", "quick", "slow")) << "the others have run, each for good";
    EXPECT_THAT(ask("select count(*) from base.maintenance_log where routine like 'base.%' and state = 'succeeded'"),
                ElementsAre(Ne("0")));
    exec("truncate tasks.calls; call base.run_maintenance()");
    EXPECT_THAT(calls(), IsEmpty()) << "without a name only what is due";
    exec("update base.maintenance_procedures set cadence = 'daily' where routine = 'tasks.endless'");
}

}  // namespace
}  // namespace gsdb::migrate
