// The program's own statements in analytics.query_performance_log.
#include <gmock/gmock.h>

#include "base/run_task.hpp"
#include "modules/analytics/statement_log.hpp"
#include "pg/observations.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::analytics {
namespace {

using testing::ElementsAre;

class StatementLogs : public testing::Test {
  protected:
    static void ran(StatementLog& log, const std::string& statement, double seconds, std::int64_t rows,
                    const std::string& outcome = "ok") {
        const pg::StatementRan observation{
            .statement = statement, .database = "analytics_db", .outcome = outcome, .seconds = seconds, .rows = rows};
        log.sink()(pg::StatementRan::definition, observation.fields());
    }
    std::size_t flush(const StatementLog& log) { return run_task(log.flush(database_, clock_.now())); }
    std::vector<std::string> logged() {
        return run_task(queryc::first_column(
            module_.superuser(),
            "select format('%s %s %s %s %s %s', statement, calls, errors, total_ms, max_ms, row_count) "
            "from analytics.query_performance_log order by measured_at, statement"));
    }

    queryc::ModuleDatabase module_{"analytics"};
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 1})};
    ManualClock clock_{SystemClock().now()};
};

TEST_F(StatementLogs, SumsUpByNameAndWritesOnce) {
    StatementLog log;
    ran(log, "tasks.claim_next_task", 0.25, 1);
    ran(log, "tasks.claim_next_task", 0.75, 3);
    ran(log, "tasks.claim_next_task", 0.5, 0, "pg.deadlock_detected");
    ran(log, "script", 0.125, 0);
    EXPECT_EQ(flush(log), 2U);
    EXPECT_EQ(flush(log), 0U) << "nothing has run since";
    EXPECT_THAT(logged(), ElementsAre("script 1 0 125 125 0", "tasks.claim_next_task 3 1 1500 750 4"));
    clock_.advance(std::chrono::minutes(1));
    ran(log, "script", 0.5, 0);
    flush(log);
    EXPECT_THAT(logged(),
                ElementsAre("script 1 0 125 125 0", "tasks.claim_next_task 3 1 1500 750 4", "script 1 0 500 500 0"))
        << "each entry holds what ran since the one before";
}

TEST_F(StatementLogs, CountsTogetherWhatIsTooMuchOrHasNoProperName) {
    StatementLog log(2);
    for (const auto* name : {"a.one", "A'; drop table x", "a.two", "a.three", "a..b", ""}) ran(log, name, 0.001, 1);
    EXPECT_EQ(flush(log), 2U);
    EXPECT_THAT(logged(), ElementsAre("a.one 1 0 1 1 1", "other 5 0 5 1 5"));
}

TEST_F(StatementLogs, KeepsWhatCannotBeWrittenForTheNextTime) {
    StatementLog log;
    ran(log, "script", 0.5, 2);
    auto nowhere = module_.login();
    nowhere.host = "/nonexistent";
    const pg::Database<Database> lost{pg::Pool({.connect = nowhere, .acquire_deadline = pg::Milliseconds{50}})};
    EXPECT_THROW(run_task(log.flush(lost, clock_.now())), Failure);
    ran(log, "script", 0.5, 2);
    EXPECT_EQ(flush(log), 1U);
    EXPECT_THAT(logged(), ElementsAre("script 2 0 1000 500 4"));
}

TEST_F(StatementLogs, WritesOnceMoreWhenTheServerStops) {
    StatementLog log;
    ran(log, "script", 0.5, 2);
    {
        Background background({[&](Stop stop) { return log.keep(database_, std::chrono::hours(1), std::move(stop)); }});
    }
    EXPECT_THAT(logged(), ElementsAre("script 1 0 500 500 2"));
}

}  // namespace
}  // namespace gsdb::analytics
