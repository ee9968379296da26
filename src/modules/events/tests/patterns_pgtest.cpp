// Patterns and anomalies as a person handles them; patterns.pg.sql has how they are found.
#include <gmock/gmock.h>

#include "modules/events/patterns.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Patterns : public SourceFixture {
  protected:
    std::string code_of(NewPattern pattern) {
        try {
            run_task(add_pattern(database_, organization_, std::move(pattern)));
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "";
    }
};

TEST_F(Patterns, AreAddedListedAndRemoved) {
    add(SourceKind::github, "octo");
    EXPECT_EQ(code_of({.name = "storm",
                       .kind = "burst",
                       .event_types = {"check_run.*"},
                       .source = "octo",
                       .same = "repository",
                       .window = 10min,
                       .events_min = 3}),
              "");
    EXPECT_EQ(code_of({.name = "STORM", .kind = "absence", .event_types = {"x"}, .window = 1h}), "events.name_taken");
    EXPECT_EQ(code_of({.name = "one", .kind = "sequence", .event_types = {"x"}, .window = 1h}),
              "events.pattern_invalid");
    EXPECT_EQ(code_of({.name = "long", .kind = "absence", .event_types = {"x"}, .window = 24h * 32}),
              "events.pattern_invalid");
    EXPECT_EQ(code_of({.name = "none", .kind = "absence", .event_types = {"x"}, .source = "none", .window = 1h}),
              "events.no_such_source");
    const auto known = run_task(list_patterns(database_, organization_));
    ASSERT_THAT(known, SizeIs(1));
    EXPECT_EQ(known[0].source, "octo");
    EXPECT_EQ(known[0].same, "repository");
    EXPECT_EQ(known[0].window, 10min);
    EXPECT_EQ(known[0].occurrences, 0);
    ask("insert into events.event_pattern_occurrences (organization_id, pattern_id, started_at, ended_at, event_ids) "
        "select organization_id, id, now(), now(), array[base.uuid_v7()] from events.event_patterns returning 'x'");
    const auto found = run_task(list_occurrences(database_, organization_, "Storm", 10));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].events, SizeIs(1));
    EXPECT_TRUE(run_task(remove_pattern(database_, organization_, "storm")));
    EXPECT_FALSE(run_task(remove_pattern(database_, organization_, "storm")));
    EXPECT_THAT(run_task(list_occurrences(database_, organization_, "", 10)), IsEmpty());
}

TEST_F(Patterns, AnomaliesAreListedUntilSomebodySaysWhatTheyWere) {
    add(SourceKind::github, "octo");
    ask("insert into events.event_anomalies (organization_id, source_id, period, period_start, observed_count, "
        "expected_count, score, method) "
        "select organization_id, id, '1 hour', date_bin('1 hour', now(), '2001-01-01'), 90, 10.5, 8.25, "
        "'seasonal_week' from events.event_sources returning 'x'");
    const auto found = run_task(list_anomalies(database_, organization_, false, 10));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].expected, 10.5);
    EXPECT_EQ(found[0].score, 8.25);
    run_task(resolve_anomaly(database_, organization_, found[0].id, "false_alarm", "a test"));
    EXPECT_THAT(run_task(list_anomalies(database_, organization_, false, 10)), IsEmpty());
    EXPECT_EQ(run_task(list_anomalies(database_, organization_, true, 10))[0].note, "a test");
}

}  // namespace
}  // namespace gsdb::events
