// Events in bulk, in and out.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/moment.hpp"
#include "modules/events/dead_letters.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/transfer.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Transfer : public SourceFixture {
  protected:
    std::vector<std::string> export_all(ExportFilter filter = {}) {
        std::vector<std::string> lines;
        run_task(export_events(database_, organization_, std::move(filter),
                               [&](const std::string& line) { lines.push_back(line); }));
        return lines;
    }
    void process() { run_task(database_.query<sql::ProcessPending>({}, {.batch_size = 100'000})); }
    std::int64_t replay() {
        return run_task(replay_events(database_, organization_, clock_.now() - std::chrono::hours(1),
                                      clock_.now() + std::chrono::hours(1), [](std::int64_t) {}));
    }
};

std::string push(int number) {
    return fmt::format(
        R"({{"source":"octo","headers":{{"x-github-event":"push","x-github-delivery":"g-{}"}},"body":{{"ref":"r{}","sender":{{"login":"mona"}}}}}})",
        number, number);
}

TEST_F(Transfer, StoresLinesOnceAndSaysWhatBecameOfEach) {
    add(SourceKind::github, "octo");
    std::vector<std::string> lines;
    for (int i = 0; i < 1500; ++i) lines.push_back(push(i));
    lines.insert(lines.begin() + 700, {push(3), "no json", R"({"source":"none","type":"x","payload":{}})", "",
                                       R"({"source":"OCTO","type":"x","payload":{"a":"\u0000"}})"});
    const auto summary = import(lines);
    EXPECT_EQ(summary.lines, 1504) << "an empty line is none";
    EXPECT_EQ(summary.stored, 1500);
    EXPECT_EQ(summary.known, 1);
    EXPECT_EQ(summary.rejected, 1);
    EXPECT_EQ(summary.invalid, 2);
    ASSERT_THAT(summary.problems, SizeIs(2));
    EXPECT_EQ(summary.problems[0].line, 702);
    EXPECT_EQ(summary.problems[1].error.code, "events.no_such_source");
    EXPECT_THAT(ask("select count(*)::text from events.events"), ElementsAre("1500"));
    EXPECT_THAT(ask("select error_sqlstate from events.event_rejects"), ElementsAre("22P05"));

    EXPECT_EQ(import(lines).stored, 0) << "once more";
    EXPECT_THAT(ask("select count(*)::text from events.events"), ElementsAre("1500"));
}

TEST_F(Transfer, WhatIsExportedAndImportedElsewhereIsTheSame) {
    add(SourceKind::github, "octo");
    add(SourceKind::github, "copy");
    std::vector<std::string> lines;
    for (int i = 0; i < 1100; ++i) lines.push_back(push(i));
    import(lines);
    const auto exported = export_all({.events = {.source = "octo", .type = "pu*"}, .since = {}, .until = {}});
    ASSERT_THAT(exported, SizeIs(1100));
    EXPECT_EQ(import(exported, "copy").stored, 1100);
    EXPECT_THAT(ask("select count(*)::text from (select event_type, delivery_key, actor, target, payload, "
                    "occurred_at::date, count(*) as n from events.events "
                    "group by 1, 2, 3, 4, 5, 6) e where n = 2"),
                ElementsAre("1100"));
    EXPECT_THAT(export_all({.events = {}, .since = clock_.now() + std::chrono::hours(1), .until = {}}), IsEmpty());
}

TEST_F(Transfer, WhoKnowsAnEventGoesOnBehindIt) {
    add(SourceKind::github, "octo");
    import({push(1), push(2), push(3)});
    LogPlace place;
    const auto all = run_task(events_behind(database_, organization_, {}, &place));
    ASSERT_THAT(all, SizeIs(3));
    place = run_task(place_of_event(database_, organization_, all[0].id));
    const auto rest = run_task(events_behind(database_, organization_, {}, &place));
    ASSERT_THAT(rest, SizeIs(2));
    EXPECT_EQ(rest[0].id, all[1].id);
    EXPECT_THROW(run_task(place_of_event(database_, organization_, Uuid{})), Failure);
}

TEST_F(Transfer, ASourceThatIsNotThereIsNamedBeforeAnythingIsStored) {
    try {
        import({push(1)}, "none");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "events.no_such_source");
    }
    EXPECT_THAT(ask("select id::text from events.events"), IsEmpty());
}

TEST_F(Transfer, ReplayingGivesTheSameRows) {
    add(SourceKind::github, "octo");
    std::vector<std::string> lines;
    for (int i = 0; i < 2500; ++i) lines.push_back(push(i));
    import(lines);
    process();
    const auto rows = [&] {
        return ask("select md5(string_agg(g::text, ',' order by event_id)) from events.github_events g");
    };
    const auto before = rows();
    ask("update events.github_events set ref = 'damaged' where ref < 'r3' returning ref");
    ask("delete from events.github_events where ref > 'r8' returning ref");
    EXPECT_NE(rows(), before);
    EXPECT_EQ(replay(), 2500);
    EXPECT_EQ(rows(), before);
    EXPECT_THAT(ask("select sum(event_count)::text from events.event_aggregations where period = '1 day'"),
                ElementsAre("2500"))
        << "counted once";
}

TEST_F(Transfer, TellsWhoDidMostAndWhatWasTalkedOfMost) {
    add(SourceKind::github, "octo");
    add(SourceKind::slack, "chat");
    const auto line = [](const char* source, const char* actor, const char* target, int number) {
        return fmt::format(
            R"({{"source":"{}","type":"push","delivery_key":"k{}","actor":"{}","target":"{}","payload":{{}}}})", source,
            number, actor, target);
    };
    import({line("octo", "mona", "1", 1), line("octo", "mona", "2", 2), line("octo", "hubot", "2", 3),
            line("chat", "mona", "", 4)});
    process();
    const auto busiest = [&](EventRole role, const std::string& source = "") {
        std::vector<std::string> names;
        for (const auto& one :
             run_task(busiest_names(database_, organization_, role, clock_.now() - std::chrono::hours(24), source, 10)))
            names.push_back(fmt::format("{} {} {}", one.source, one.name, one.events));
        return names;
    };
    EXPECT_THAT(busiest(EventRole::actor), ElementsAre("octo mona 2", "chat mona 1", "octo hubot 1"));
    EXPECT_THAT(busiest(EventRole::actor, "CHAT"), ElementsAre("chat mona 1"));
    EXPECT_THAT(busiest(EventRole::target), ElementsAre("octo 2 2", "octo 1 1"));
    EXPECT_THAT(run_task(busiest_names(database_, organization_, EventRole::actor,
                                       clock_.now() + std::chrono::hours(48), "", 10)),
                IsEmpty());
}

TEST_F(Transfer, WhatFailedIsTriedAgainWhenItIsReplayedOrAskedFor) {
    add(SourceKind::github, "octo");
    import(
        {push(1),
         R"({"source":"octo","type":"issues.opened","delivery_key":"bad","payload":{"action":"opened","issue":{"number":"many"}}})"});
    process();
    auto letters = run_task(list_dead_letters(database_, organization_, false, 10));
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].status, "waiting");
    EXPECT_EQ(letters[0].type, "issues.opened");
    ask("update events.dead_letters set status = 'dead', next_attempt_at = null returning id::text");
    EXPECT_EQ(replay(), 2);
    EXPECT_THAT(ask("select status::text from events.dead_letters"), ElementsAre("waiting"));
    run_task(discard_dead_letter(database_, organization_, letters[0].id));
    EXPECT_THAT(run_task(list_dead_letters(database_, organization_, false, 10)), IsEmpty());
    run_task(retry_dead_letter(database_, organization_, letters[0].id));
    EXPECT_THAT(run_task(list_dead_letters(database_, organization_, true, 10)), SizeIs(1));
    EXPECT_THROW(run_task(retry_dead_letter(database_, organization_, Uuid{})), Failure);
}

}  // namespace
}  // namespace gsdb::events
