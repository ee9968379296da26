// Tasks that ask databases: what comes back, and that they change nothing.
#include <boost/json.hpp>
#include <thread>

#include "attempts.hpp"
#include "migrate/layout.hpp"
#include "modules/tasks/executors/sql_statement.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::tasks {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

class Statements : public testing::Test {
  protected:
    HandlerResult run(std::string statement, json::object more = {}) {
        return attempts_.run(handler_, configuration(std::move(statement), std::move(more)));
    }
    static std::string configuration(std::string statement, json::object more = {}) {
        more["database"] = "task_db";
        more["statement"] = std::move(statement);
        return json::serialize(more);
    }
    std::string output(std::string statement, json::object more = {}) {
        return output_of(run(std::move(statement), std::move(more)));
    }
    std::string ask(std::string statement) {
        return run_task(queryc::first_column(module_.superuser(), std::move(statement))).front();
    }

    queryc::ModuleDatabase module_{"tasks"};
    Attempts attempts_;
    Handler handler_ = sql_handler([this](std::string_view database) -> std::optional<pg::ConnectOptions> {
        if (database != "task_db") return std::nullopt;
        auto options = module_.login();
        options.user = migrate::readonly_role;
        return options;
    });
};

TEST_F(Statements, AnswerWithJson) {
    EXPECT_EQ(
        output("select 1 as a, 'b' as b, null as c, array[1,2] as d, 12345678901234567890.123 as e"),
        R"({"rows":[{"a":1,"b":"b","c":null,"d":[1,2],"e":12345678901234567890.123}],"row_count":1,"is_cut":false})");
    EXPECT_EQ(output("select 1 where false;"), R"({"rows":[],"row_count":0,"is_cut":false})");
    EXPECT_EQ(output("with a as (select 1 as n) select * from a -- that is all"),
              R"({"rows":[{"n":1}],"row_count":1,"is_cut":false})");
    EXPECT_EQ(output("select $1::int + 1 as n, $2 as t, $3::bool as b, $4::text as z",
                     {{"parameters", json::array{41, "x'y", true, nullptr}}}),
              R"({"rows":[{"n":42,"t":"x'y","b":true,"z":null}],"row_count":1,"is_cut":false})");
}

TEST_F(Statements, AreBounded) {
    const auto rows = json::parse(output("select n from generate_series(1, 1000000) n", {{"rows_max", 250}}));
    EXPECT_EQ(rows.at("row_count"), 250);
    EXPECT_EQ(rows.at("rows").as_array().back().at("n"), 250);
    EXPECT_EQ(rows.at("is_cut"), true);
    EXPECT_EQ(json::parse(output("select 1 from generate_series(1, 250)", {{"rows_max", 250}})).at("is_cut"), false);
    const auto wide = output("select repeat('x', 10000) as x from generate_series(1, 1000)");
    EXPECT_LT(wide.size(), (1 << 20) + 100);
    EXPECT_EQ(json::parse(wide).at("is_cut"), true);
}

TEST_F(Statements, ChangeNothing) {
    for (const auto* statement :
         {"delete from tasks.tasks", "with d as (delete from tasks.tasks returning 1) select * from d",
          "update base.maintenance_log set routine = 'x'", "select 1; drop table tasks.tasks", "create table t ()",
          "select 1) q; drop table tasks.tasks; select (1", "commit", "select * from tasks.tasks for update",
          "select set_config('transaction_read_only', 'off', true)", "select tasks.claim_tasks(null, 1, null, 1, 1)",
          "select pg_read_file('/etc/passwd')", "select * from pg_authid"})
        EXPECT_THAT(run(statement), FailedOnce("invalid_input", "")) << statement;
    run("select lo_create(0)");  // not refused before PostgreSQL 16
    EXPECT_EQ(ask("select (to_regclass('tasks.tasks') is not null and to_regclass('t') is null and not exists (select "
                  "from pg_largeobject_metadata))::text"),
              "true");
}

TEST_F(Statements, TellWhatIsWrong) {
    EXPECT_THAT(run("select nothing"), FailedOnce("invalid_input", "nothing"));
    EXPECT_THAT(run("select 1 / $1::int", {{"parameters", json::array{0}}}), FailedOnce("invalid_input", "22012"));
    EXPECT_THAT(run("select $1::int", {{"parameters", json::array{"x"}}}), FailedOnce("invalid_input", "22P02"));
    EXPECT_THAT(run(""), FailedOnce("invalid_input", "statement of the configuration is missing"));
    EXPECT_THAT(run("select 1", {{"rows_max", 0}}), FailedOnce("invalid_input", "rows_max"));
    EXPECT_THAT(attempts_.run(handler_, R"({"database": "other_db", "statement": "select 1"})"),
                FailedOnce("invalid_input", "there is no database other_db"));
}

TEST_F(Statements, EndWithTheirTimeAndWhenCalledOff) {
    const auto late = attempts_.make(configuration("select pg_sleep(100)"), "{}", std::chrono::seconds(1));
    EXPECT_THAT(run_task(handler_(late)), FailedAndRepeated("timeout", ""));
    const auto called_off = attempts_.make(configuration("select pg_sleep(100)"));
    std::jthread stopper([&] {
        while (ask("select count(*)::text from pg_stat_activity where query = 'fetch 100 from gsdb_task' and state = "
                   "'active'") == "0")
            std::this_thread::yield();
        called_off->request_stop(StopReason::cancelled);
    });
    EXPECT_TRUE(std::holds_alternative<Failed>(run_task(handler_(called_off)).end));
}

}  // namespace
}  // namespace gsdb::tasks
