// Events that are written to files before retention deletes them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "modules/events/archiver.hpp"
#include "modules/events/line_file.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/retention.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

class Archiving : public SourceFixture {
  protected:
    Archiving() {
        add(SourceKind::github, "octo");
        keep("push", 30, true);
    }
    ~Archiving() override { fs::remove_all(folder_); }

    void keep(std::string name, std::optional<int> days, bool is_archived) {
        run_task(set_retention(
            database_, actor_,
            {.kind = SourceKind::github, .name = std::move(name), .days = days, .is_archived = is_archived}));
    }
    /// Processed events of a month that is past.
    void store_old(int count, const std::string& type = "push") {
        std::vector<std::string> lines;
        for (int i = 0; i < count; ++i)
            lines.push_back(fmt::format(
                R"({{"type":"{}","delivery_key":"{}-{}","actor":"mona","target":"{}","repository":"octo/hello","thread":"t","reference":"r",)"
                R"("occurred_at":"2026-01-02T03:04:05.{:06}Z","payload":{{"n":{},"text":"\u00e4\n\"x\"","number":1.50e3}}}})",
                type, type, i, i % 7, i, i));
        lines[0].insert(1, R"("raw_body":"cGF5bG9hZD17fQ==",)");
        ASSERT_EQ(import(lines, "octo").stored, count);
        ask("update events.events set received_at = date_trunc('month', now()) - interval '80 days' "
            "where received_at > now() - interval '1 day' returning id::text");
        run_task(database_.query<sql::ProcessPending>({}, {.batch_size = 100'000}));
    }
    std::vector<WrittenArchive> archive(
        std::size_t events_per_file_max = 500'000, std::function<void()> on_event = [] {}) {
        std::vector<WrittenArchive> written;
        const Archiver archiver(database_, {.folder = folder_, .events_per_file_max = events_per_file_max});
        run_task(archiver.archive_due({.on_event = std::move(on_event),
                                       .on_archive = [&](const WrittenArchive& one) { written.push_back(one); }}));
        return written;
    }
    std::string failure_of(std::function<void()> on_event) {
        try {
            archive(500'000, std::move(on_event));
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "none";
    }
    std::vector<fs::path> files() {
        std::vector<fs::path> all;
        if (fs::exists(folder_))
            for (const auto& entry : fs::recursive_directory_iterator(folder_))
                if (entry.is_regular_file()) all.push_back(entry.path());
        return all;
    }
    std::int64_t events() { return std::stoll(ask("select count(*)::text from events.events")[0]); }
    /// All that a sender said of each event.
    std::vector<std::string> rows() {
        return ask(
            "select concat_ws('|', s.name, e.event_type, e.delivery_key, e.actor, e.target, e.repository, "
            "e.thread, e.reference, e.occurred_at, e.payload, e.raw_body) from events.events e "
            "join events.event_sources s on s.id = e.source_id order by e.delivery_key collate \"C\"");
    }

    std::string folder_ = fs::temp_directory_path() / fmt::format("gsdb-archive-{}", getpid());
};

TEST_F(Archiving, WritesWhatIsPastItsTimeAndImportingMakesTheSameRows) {
    store_old(1200);
    store_old(3, "issues.opened");
    import({R"({"type":"push","delivery_key":"young","payload":{}})"}, "octo");
    run_task(database_.query<sql::ProcessPending>({}, {.batch_size = 100}));
    const auto before = rows();
    ASSERT_THAT(before, SizeIs(1204));
    const auto written = archive();
    ASSERT_THAT(written, SizeIs(1));
    EXPECT_EQ(written[0].events, 1200);
    EXPECT_EQ(written[0].deleted, 1200);
    EXPECT_THAT(ask("select distinct event_type || ' ' || (delivery_key = 'young') from events.events order by 1"),
                ElementsAre("issues.opened false", "push true"))
        << "the young one and the other type are left";
    EXPECT_THAT(ask("select event_id::text from events.github_events where event_name = 'push' and received_at < now() "
                    "- interval '1 day'"),
                IsEmpty());
    EXPECT_THAT(archive(), IsEmpty()) << "nothing is left to do";

    ask("delete from events.event_keys returning delivery_key");
    LineReader reader(written[0].file);
    const auto imported =
        run_task(EventImport(database_, organization_, "").run([&] { return reader.next(); }, clock_));
    EXPECT_EQ(imported.stored, 1200);
    EXPECT_EQ(rows(), before);
}

TEST_F(Archiving, DeletesNothingThatTheFileDoesNotHave) {
    store_old(20);
    int written = 0;
    EXPECT_EQ(failure_of([&] {
                  if (++written != 20) return;
                  // Whoever meddles with the file before it is read back.
                  const auto draft = files().at(0);
                  fs::remove(draft);
                  std::ofstream(draft) << "{\"type\":\"push\"}\n";
              }),
              "archive.damaged");
    EXPECT_EQ(events(), 20);
    const auto outcome = archive();
    ASSERT_THAT(outcome, SizeIs(1)) << "the next time it is done";
    EXPECT_EQ(outcome[0].deleted, 20);
    EXPECT_EQ(events(), 0);
}

TEST_F(Archiving, LeavesNothingHalfWhereItIsStopped) {
    store_old(700);
    struct Stopped {};
    for (const int stop_at : {1, 650, 701, 1400}) {
        int looked = 0;
        EXPECT_THROW(archive(500'000,
                             [&] {
                                 if (++looked == stop_at) throw Stopped{};
                             }),
                     Stopped);
        EXPECT_EQ(events(), 700) << stop_at;
        EXPECT_THAT(files(), SizeIs(stop_at <= 700 ? 0 : stop_at == 701 ? 1 : 2)) << "whole files, or none";
    }
    EXPECT_EQ(archive().at(0).deleted, 700);
}

TEST_F(Archiving, WritesSeveralFilesWhereThereIsMuchOfAMonth) {
    store_old(1100);
    const auto written = archive(500);
    ASSERT_THAT(written, SizeIs(3));
    EXPECT_EQ(written[0].events + written[1].events + written[2].events, 1100);
    EXPECT_EQ(events(), 0);
    EXPECT_THAT(files(), SizeIs(3));
}

TEST_F(Archiving, KeepsEverythingWhereItCannotWrite) {
    store_old(5);
    std::ofstream(folder_) << "a file";
    EXPECT_EQ(failure_of([] {}), "file.not_writable");
    EXPECT_EQ(events(), 5);
    EXPECT_THAT(ask("select events.cleanup_old_events()::text"), ElementsAre("0")) << "nor does retention delete them";
}

TEST_F(Archiving, RulesOfTheOrganizationTakeThePlaceOfTheCommonOnes) {
    const auto rule = [&](const std::string& name) -> std::string {
        for (const auto& one : run_task(list_retentions(database_, organization_)))
            if (one.kind == SourceKind::github && one.name == name)
                return fmt::format("{} {} {}", one.days ? std::to_string(*one.days) : "for ever",
                                   one.is_archived ? "archived" : "deleted", one.is_own ? "own" : "common");
        return "none";
    };
    EXPECT_EQ(rule("push"), "30 archived own");
    EXPECT_EQ(rule("release"), "800 deleted common");
    keep("release", std::nullopt, false);
    EXPECT_EQ(rule("release"), "for ever deleted own");
    keep("push", 90, false);
    EXPECT_EQ(rule("push"), "90 deleted own");
    run_task(remove_retention(database_, actor_, SourceKind::github, "push"));
    EXPECT_EQ(rule("push"), "400 deleted common");
    EXPECT_THROW(run_task(remove_retention(database_, actor_, SourceKind::github, "push")), Failure);
    EXPECT_THROW(keep("push", std::nullopt, true), Failure);
    EXPECT_THROW(keep("Push It", 3, false), Failure);
    EXPECT_THROW(keep("push", 0, false), Failure);
}

}  // namespace
}  // namespace gsdb::events
