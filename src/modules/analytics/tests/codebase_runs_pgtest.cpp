// Runs over codebases in analytics.metrics.
#include <gmock/gmock.h>

#include "base/run_task.hpp"
#include "modules/analytics/codebase_runs.hpp"
#include "pg/sql_error.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::analytics {
namespace {

using testing::ElementsAre;

class CodebaseRuns : public testing::Test {
  protected:
    std::int64_t record(CodebaseRun run) {
        return run_task(record_codebase_run(database_, default_organization(), std::move(run)));
    }
    std::vector<std::string> values() {
        return run_task(queryc::first_column(module_.superuser(),
                                             "select format('%s %s', d.name, m.value) from analytics.metrics m "
                                             "join analytics.metric_series s on s.id = m.series_id "
                                             "join analytics.metric_definitions d on d.id = s.metric_id "
                                             "where s.subject_kind = 'codebase' order by m.measured_at, d.name"));
    }

    queryc::ModuleDatabase module_{"analytics"};
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 1})};
    ManualClock clock_{SystemClock().now()};
};

TEST_F(CodebaseRuns, BecomeMetricsOnce) {
    CodebaseRun run{.codebase = CodebaseId::make(clock_),
                    .finished_at = clock_.now(),
                    .seconds = 1.5,
                    .files_parsed = 3,
                    .program_version = "1",
                    .figures = {{"codebase.files", 3}, {"codebase.lines", 40}}};
    EXPECT_EQ(record(run), 2);
    EXPECT_EQ(record(run), 2) << "again is no more";
    clock_.advance(std::chrono::minutes(1));
    run.finished_at = clock_.now();
    run.figures = {{"codebase.lines", 41}};
    record(run);
    EXPECT_THAT(values(), ElementsAre("codebase.files 3", "codebase.lines 40", "codebase.lines 41"));
    EXPECT_THAT(run_task(queryc::first_column(module_.superuser(),
                                              "select format('%s %s %s', operation, duration_ms, item_count) from "
                                              "analytics.performance_data order by measured_at")),
                ElementsAre("codebase.index 1500 3", "codebase.index 1500 3"));
}

TEST_F(CodebaseRuns, RefuseFiguresThatNobodyDefined) {
    EXPECT_THROW(record({.codebase = CodebaseId::make(clock_),
                         .finished_at = clock_.now(),
                         .program_version = "1",
                         .figures = {{"codebase.wishes", 1}}}),
                 pg::SqlError);
    EXPECT_THAT(values(), ElementsAre());
}

}  // namespace
}  // namespace gsdb::analytics
