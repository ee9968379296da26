// What the program did itself in events.events.
#include <gmock/gmock.h>

#include "base/run_task.hpp"
#include "modules/events/program_events.hpp"
#include "pg/sql_error.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;

class ProgramEvents : public testing::Test {
  protected:
    bool record(ProgramEvent event) {
        return run_task(record_program_event(database_, default_organization(), std::move(event)));
    }
    std::vector<std::string> ask(std::string sql) {
        return run_task(queryc::first_column(module_.superuser(), std::move(sql)));
    }

    queryc::ModuleDatabase module_{"events"};
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 2})};
    ManualClock clock_{SystemClock().now()};
    ProgramEvent indexed_{.key = "run 1",
                          .type = "codebase.indexed",
                          .occurred_at = clock_.now(),
                          .target = "codebase:shop",
                          .payload = R"({"files": 3})"};
};

TEST_F(ProgramEvents, AreStoredOnceUnderASourceOfTheirOwn) {
    EXPECT_TRUE(record(indexed_));
    EXPECT_FALSE(record(indexed_)) << "again is no more";
    indexed_.key = "run 2";
    EXPECT_TRUE(record(indexed_));
    EXPECT_THAT(ask("select concat_ws(' ', s.name, s.kind, e.event_type, e.target, e.payload, e.delivery_key) "
                    "from events.events e join events.event_sources s on s.id = e.source_id order by e.delivery_key"),
                ElementsAre("gsdb generic codebase.indexed codebase:shop {\"files\": 3} run 1",
                            "gsdb generic codebase.indexed codebase:shop {\"files\": 3} run 2"));
}

TEST_F(ProgramEvents, AreRefusedWhereTheSourceIsPaused) {
    record(indexed_);
    ask("update events.event_sources set paused_at = now() returning name");
    indexed_.key = "run 2";
    try {
        record(indexed_);
        FAIL() << "the source is paused";
    } catch (const pg::SqlError& error) {
        EXPECT_EQ(error.sqlstate(), "GS702");
    }
    EXPECT_THAT(ask("select delivery_key from events.events"), ElementsAre("run 1"));
}

}  // namespace
}  // namespace gsdb::events
