// Schedules start what is due, once, whoever looks.
#include <thread>

#include "modules/tasks/cron.hpp"
#include "modules/tasks/schedules.hpp"
#include "queue_fixture.hpp"

namespace gsdb::tasks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Scheduling : public QueueFixture {
  protected:
    Schedule add(NewSchedule wanted) {
        if (wanted.executor.empty()) wanted.executor = "http";
        return value_or_throw(run_task(schedules_.add(me_, std::move(wanted))));
    }
    /// As if the server had been away since then.
    void set_back(const std::string& name, const std::string& interval) {
        ask("update tasks.schedules set next_run_at = date_trunc('minute', now()) - interval '" + interval +
            "' where name = '" + name + "'");
    }
    std::string started(const std::string& name) {
        return ask("select count(*)::text from tasks.tasks where title = '" + name + "'").front();
    }
    std::string refused(NewSchedule wanted, identity::Actor actor) {
        if (wanted.executor.empty()) wanted.executor = "http";
        const auto added = run_task(schedules_.add(actor, std::move(wanted)));
        return added ? "added" : added.error().code;
    }

    Schedules schedules_{database_};
    identity::Actor me_ = identity::Actor::system(default_organization());
};

TEST_F(Scheduling, WhatIsDueIsStartedOnceHoweverManyLook) {
    add({.name = "a",
         .cron = "* * * * *",
         .configuration = R"({"url":"http://a/"})",
         .input = R"({"n":1})",
         .priority = "high"});
    set_back("a", "0 minutes");
    std::atomic<std::int64_t> sum = 0;
    {
        std::vector<std::jthread> servers;
        for (int i = 0; i < 4; ++i)
            servers.emplace_back([&] {
                for (int k = 0; k < 5; ++k) sum += run_task(start_due_schedules(database_));
            });
    }
    EXPECT_EQ(std::to_string(sum), started("a"));
    EXPECT_THAT(started("a"), testing::AnyOf("1", "2")) << "a minute may have passed";
    EXPECT_THAT(ask("select concat_ws(' ', executor, priority, input, status, timeout_seconds, attempts_max) from "
                    "tasks.tasks limit 1"),
                ElementsAre(R"(http high {"n": 1} queued 3600 3)"));
    EXPECT_EQ(ask("select (next_run_at > now() and next_run_at <= now() + interval '1 minute')::text from "
                  "tasks.schedules")
                  .front(),
              "true");
}

TEST_F(Scheduling, MissedRunsAreMadeUpForAsTheScheduleHasIt) {
    for (const auto& [name, most, overlaps] : {std::tuple("none", 0, true), std::tuple("one", 1, true),
                                               std::tuple("three", 3, true), std::tuple("last", 3, false)}) {
        add({.name = name, .cron = "*/10 * * * *", .missed_runs_max = most, .may_overlap = overlaps});
        ask(std::string("update tasks.schedules set next_run_at = date_bin('10 minutes', now() - interval '1 day', "
                        "'2026-01-01') where name = '") +
            name + "'");
    }
    // So that none of the times is on time.
    while (ask("select (extract(minute from now())::integer % 10 between 2 and 9)::text").front() != "true")
        std::this_thread::sleep_for(1s);
    run_task(start_due_schedules(database_));
    EXPECT_EQ(started("none"), "0");
    EXPECT_EQ(started("one"), "1");
    EXPECT_EQ(started("three"), "3");
    EXPECT_EQ(started("last"), "1");
    EXPECT_EQ(ask("select count(distinct max)::text from (select max(scheduled_for) from tasks.tasks group by "
                  "schedule_id) t")
                  .front(),
              "1")
        << "the latest";
}

TEST_F(Scheduling, ARunIsLeftOutWhileTheOneBeforeIsUnderWay) {
    add({.name = "alone", .cron = "* * * * *"});
    add({.name = "many", .cron = "* * * * *", .may_overlap = true});
    for (const auto* name : {"alone", "many"}) set_back(name, "0 minutes");
    run_task(start_due_schedules(database_));
    ask("update tasks.tasks set scheduled_for = scheduled_for - interval '1 hour'");
    for (const auto* name : {"alone", "many"}) set_back(name, "0 minutes");
    run_task(start_due_schedules(database_));
    EXPECT_EQ(started("alone"), "1");
    EXPECT_EQ(started("many"), "2");
}

TEST_F(Scheduling, JitterPutsOffTheTaskNotTheSchedule) {
    add({.name = "a", .cron = "* * * * *", .jitter = std::chrono::hours(24)});
    set_back("a", "0 minutes");
    run_task(start_due_schedules(database_));
    EXPECT_EQ(ask("select (status = 'scheduled' and run_at > scheduled_for and run_at <= scheduled_for + interval '24 "
                  "hours')::text from tasks.tasks")
                  .front(),
              "true");
}

TEST_F(Scheduling, PausedItStartsNothingAndResumedItMakesUpForNothing) {
    add({.name = "a", .cron = "* * * * *"});
    EXPECT_TRUE(value_or_throw(run_task(schedules_.pause(me_, "A"))).paused_at);
    EXPECT_EQ(run_task(start_due_schedules(database_)), 0);
    const auto resumed = value_or_throw(run_task(schedules_.resume(me_, "a")));
    EXPECT_FALSE(resumed.paused_at);
    EXPECT_GT(resumed.next_run_at, SystemClock().now());
}

TEST_F(Scheduling, RemovedItLeavesItsTasksAndFreesItsName) {
    add({.name = "a", .cron = "* * * * *"});
    set_back("a", "0 minutes");
    run_task(start_due_schedules(database_));
    EXPECT_TRUE(value_or_throw(run_task(schedules_.list(me_))).front().last_run_at);
    ASSERT_TRUE(run_task(schedules_.remove(me_, "a")));
    EXPECT_EQ(started("a"), "1");
    add({.name = "a", .cron = "0 0 * * *"});
    EXPECT_EQ(value_or_throw(run_task(schedules_.list(me_))).front().cron, "0 0 * * *");
}

TEST_F(Scheduling, WhatIsWrongIsRefused) {
    EXPECT_EQ(refused({.name = "a", .cron = "* * *"}, me_), "tasks.cron_invalid");
    EXPECT_EQ(refused({.name = "a", .cron = "0 0 30 2 *"}, me_), "tasks.cron_never");
    EXPECT_EQ(refused({.name = "a", .cron = "* * * * *", .time_zone = "Mars/Base"}, me_), "tasks.time_zone_unknown");
    EXPECT_EQ(refused({.name = "", .cron = "* * * * *"}, me_), "tasks.bad_value");
    EXPECT_EQ(refused({.name = "a", .cron = "* * * * *"}, me_), "added");
    EXPECT_EQ(refused({.name = "A", .cron = "* * * * *"}, me_), "tasks.taken");
    const identity::Actor member(identity::Principal{
        .organization_id = default_organization(), .role = identity::Role::member, .scopes = {"*"}});
    EXPECT_EQ(refused({.name = "b", .cron = "* * * * *", .executor = "command"}, member), "identity.forbidden");
    EXPECT_EQ(run_task(schedules_.pause(me_, "nothing")).error().code, "tasks.schedule_unknown");
}

TEST_F(Scheduling, AnExpressionThatIsNotUnderstoodPausesItsSchedule) {
    add({.name = "a", .cron = "* * * * *"});
    ask("update tasks.schedules set cron = '0 0 L * *', next_run_at = now()");
    EXPECT_EQ(run_task(start_due_schedules(database_)), 0);
    EXPECT_TRUE(value_or_throw(run_task(schedules_.find(me_, "a"))).paused_at);
}

TEST_F(Scheduling, TimesAreAsTheDatabaseSeesTheClocksOfEachZone) {
    // Clocks of these zones change by an hour, by half an hour, by night, on other dates, or not at all.
    for (const auto* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
                             "Asia/Kathmandu", "Africa/Casablanca"}) {
        const auto found = value_or_throw(
            run_task(schedules_.times("30 * * * *", zone, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1),
                                      20'000)));  // more than two years
        std::vector<std::string> texts;
        for (const auto time : found) texts.push_back(to_rfc3339(time));
        const auto expected = ask(fmt::format(
            "select to_char(m at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI') from generate_series(timestamptz "
            "'2026-01-01 00:01Z', timestamptz '2028-04-01Z', interval '1 minute') m where extract(minute from m at "
            "time zone '{}') = 30 order by m limit 15000",
            zone));
        ASSERT_GE(texts.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            ASSERT_TRUE(texts[i].starts_with(expected[i])) << zone << ' ' << texts[i] << ' ' << expected[i];
    }
}

}  // namespace
}  // namespace gsdb::tasks
