#include <gmock/gmock.h>

#include <random>

#include "base/run_task.hpp"
#include "memory_history.hpp"
#include "modules/codebase/history_run.hpp"
#include "modules/codebase/index_run.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "rows.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Lines = std::vector<std::string>;

class HistoryRunTest : public testing::Test {
  protected:
    IndexSummary index(IndexOptions options = {}) {
        options.analysis.threads = 2;
        return run_task(run_index(database_, default_organization(), tree_, clock_, std::move(options)));
    }
    IndexSummary index(std::string_view depth) {
        return index({.history = value_or_throw(parse_history_depth(depth))});
    }

    Lines ask(std::string sql) { return run_task(lines_of(module_database_.superuser(), std::move(sql))); }
    /// The names of the stored commits in the order of their numbers, a minus after those lost.
    Lines commits() {
        return ask(
            "select subject || case when lost_at is null then '' else '-' end from codebase.commits order by number");
    }
    Lines changes() {
        return ask(
            "select m.subject, f.path from codebase.file_changes f join codebase.commits m on m.codebase_id = "
            "f.codebase_id and m.number = f.commit_number order by m.number, f.path");
    }
    Lines refs() {
        return ask(
            "select kind, name, (select subject from codebase.commits m where m.commit_id = r.commit_id), "
            "is_default from codebase.refs r order by kind, name");
    }
    /// All that does not depend on which run stored it, of the commits that are not lost.
    Lines everything(const std::string& codebase) {
        return ask(
            "select m.subject, m.files_changed, m.author_email, m.parent_ids, f.path, "
            "f.kind, f.lines_added from codebase.commits m left join codebase.file_changes f on f.codebase_id = "
            "m.codebase_id and f.commit_number = m.number join codebase.codebases c on c.id = m.codebase_id "
            "where c.location = '" +
            codebase + "' and m.lost_at is null order by 1, 5");
    }

    queryc::ModuleDatabase module_database_{"codebase", migrate::LayoutKind::split};
    pg::Database<Database> database_{pg::Pool({.connect = module_database_.login()})};
    SystemClock clock_;
    MemoryRepository tree_;
    MemoryCommits& git_ = tree_.history_of;
};

TEST_F(HistoryRunTest, StoresCommitsChangesAndRefs) {
    git_.commit("first", "main", {"a.py", "b.py"});
    git_.commit("second", "main", {"a.py"});
    git_.commits["second"].changes = {
        {.path = "\xff", .kind = source::ChangeKind::renamed, .lines_added = 3, .lines_removed = 2, .old_path = "a\\b"},
        {.path = "image", .kind = source::ChangeKind::added}};
    git_.tags["v1"] = "first";
    const auto summary = index();
    ASSERT_TRUE(summary.history);
    EXPECT_EQ(summary.history->commits_new, 2);
    EXPECT_EQ(summary.history->changes, 4);
    EXPECT_THAT(commits(), ElementsAre("first", "second"));
    EXPECT_THAT(refs(), ElementsAre("branch|main|second|t", "tag|v1|first|f"));
    EXPECT_THAT(ask("select number, author_name, author_email, authored_at = committed_at, extract(epoch from "
                    "committed_at)::int, cardinality(parent_ids), files_changed from codebase.commits order by 1"),
                ElementsAre("1|ada|ada@example.org|t|3600|0|2", "2|ada|ada@example.org|t|7200|1|2"));
    EXPECT_THAT(ask("select path, kind, lines_added, lines_removed, old_path from codebase.file_changes where "
                    "commit_number = 2 order by 1"),
                ElementsAre("\\xff|renamed|3|2|a\\\\b", "image|added|-|-|-"));
}

TEST_F(HistoryRunTest, ARunReadsWhatIsNewAndNothingElse) {
    for (int i = 0; i < 600; ++i) git_.commit("c" + std::to_string(i), "main", {"a.py"});
    index();
    MemoryHistory::nodes_read = 0;
    EXPECT_EQ(index().history->commits_new, 0);
    EXPECT_EQ(MemoryHistory::nodes_read, 0) << "no branch has moved";
    git_.commit("new", "main", {"a.py"});
    const auto summary = index();
    EXPECT_EQ(summary.history->commits_new, 1);
    EXPECT_EQ(summary.history->changes, 1);
    EXPECT_LT(MemoryHistory::nodes_read, 300);
    EXPECT_EQ(commits().back(), "new");
    EXPECT_THAT(refs(), ElementsAre("branch|main|new|t"));
}

TEST_F(HistoryRunTest, MergesAndTheEdgesOfShallowClonesHaveNoChanges) {
    git_.commit("root", "main", {"a.py"});
    git_.branches["side"] = "root";
    git_.commit("left", "main", {"a.py"});
    git_.commit("right", "side", {"b.py"});
    git_.commit("merge", "main", {"b.py"});
    git_.commits["merge"].parents = {"left", "right"};
    git_.edges = {"root"};
    git_.commits["root"].parents = {"older"};
    index();
    EXPECT_THAT(commits(), ElementsAre("root", "left", "right", "merge"));
    EXPECT_THAT(changes(), ElementsAre("left|a.py", "right|b.py"));

    git_.edges.clear();  // git fetch --unshallow
    git_.commits["older"] = {.at = 1, .changes = {{.path = "z.py", .kind = source::ChangeKind::added}}};
    git_.reading = "second";
    const auto summary = index();
    EXPECT_EQ(summary.history->commits_new, 1);
    EXPECT_THAT(changes(), ElementsAre("root|a.py", "left|a.py", "right|b.py", "older|z.py"));
    EXPECT_THAT(ask("select subject from codebase.commits where files_changed is null"), ElementsAre("merge"));
}

TEST_F(HistoryRunTest, CommitsAreLostAndComeBack) {
    git_.commit("kept", "main", {"a.py"});
    git_.branches["side"] = "kept";
    git_.commit("one", "side", {"a.py"});
    git_.commit("two", "side", {"a.py"});
    git_.head = "kept";
    index();
    git_.branches["side"] = "one";
    EXPECT_EQ(index().history->commits_lost, 1);
    EXPECT_THAT(commits(), ElementsAre("kept", "one", "two-"));
    git_.branches.erase("side");
    index();
    EXPECT_THAT(commits(), ElementsAre("kept", "one-", "two-"));
    git_.tags["back"] = "two";
    const auto summary = index();
    EXPECT_EQ(summary.history->commits_new, 0);
    EXPECT_EQ(summary.history->commits_found_again, 2);
    EXPECT_THAT(commits(), ElementsAre("kept", "one", "two"));
    EXPECT_THAT(changes(), SizeIs(3));
    EXPECT_THAT(refs(), ElementsAre("branch|main|kept|t", "tag|back|two|f"));
}

TEST_F(HistoryRunTest, ADeletedBranchThatWasMergedLosesNothing) {
    git_.commit("root", "main", {"a.py"});
    git_.branches["side"] = "root";
    git_.commit("work", "side", {"b.py"});
    index();
    git_.commits["merge"] = {.parents = {"root", "work"}, .at = 100'000};
    git_.branches = {{"main", "merge"}};
    git_.head = "merge";
    index();
    git_.commit("after", "main", {"a.py"});
    const auto summary = index();
    EXPECT_EQ(summary.history->commits_lost, 0);
    EXPECT_THAT(commits(), ElementsAre("root", "work", "merge", "after"));
}

TEST_F(HistoryRunTest, ADetachedHeadIsHistoryWhileItIsThere) {
    git_.commit("root", "main", {"a.py"});
    git_.commits["detached"] = {.parents = {"root"}, .at = 7200};
    git_.head = "detached";
    index();
    EXPECT_THAT(commits(), ElementsAre("root", "detached"));
    git_.head = "root";
    index();
    EXPECT_THAT(commits(), ElementsAre("root", "detached-"));
}

TEST_F(HistoryRunTest, ThePeriodCountsBackFromTheNewestCommit) {
    for (int i = 0; i < 4; ++i) {
        git_.commit("c" + std::to_string(i), "main", {"a.py"});
        git_.commits["c" + std::to_string(i)].at = 86'400 * i;
    }
    index("2d");
    EXPECT_THAT(commits(), ElementsAre("c1", "c2", "c3"));
    EXPECT_EQ(index("2d").history->commits_new, 0);
    index("all");
    EXPECT_THAT(commits(), ElementsAre("c1", "c2", "c3", "c0"));
    index("1d");
    EXPECT_THAT(commits(), ElementsAre("c1", "c2", "c3", "c0")) << "what is stored stays";
    git_.branches["main"] = git_.head = "c2";
    EXPECT_FALSE(index("off").history);
    EXPECT_THAT(commits(), ElementsAre("c1", "c2", "c3", "c0"));
    index("all");
    EXPECT_THAT(commits(), ElementsAre("c1", "c2", "c3-", "c0")) << "after a run without, all is compared";
}

TEST_F(HistoryRunTest, AuthorsChangeWithMailmap) {
    git_.commit("first", "main", {"a.py"});
    index();
    git_.commits["first"].author = "lovelace@example.org";
    index();
    EXPECT_THAT(ask("select author_email from codebase.commits"), ElementsAre("ada@example.org")) << "not looked at";
    git_.reading = "another .mailmap";
    index();
    EXPECT_THAT(ask("select author_name, author_email from codebase.commits"),
                ElementsAre("lovelace|lovelace@example.org"));
}

TEST_F(HistoryRunTest, WhatCannotBeReadIsAProblemOfTheRun) {
    git_.commit("first", "main", {"a.py"});
    git_.commit("second", "main", {"a.py"});
    git_.unreadable = {"second"};
    git_.branches["broken"] = "nothing";
    const auto summary = index();
    ASSERT_THAT(summary.problems, SizeIs(2));
    EXPECT_EQ(summary.problems[1].path, "commit " + to_string(commit_id("second")));
    EXPECT_THAT(ask("select subject, files_changed from codebase.commits order by number"),
                ElementsAre("first|1", "second|-"));
}

TEST_F(HistoryRunTest, AnEmptyRepositoryAndAFolderHaveNone) {
    EXPECT_EQ(index().history->commits_new, 0);
    MemoryTree folder("/folder", {{"a.py", "x = 1\n"}});
    EXPECT_FALSE(run_task(run_index(database_, default_organization(), folder, clock_, {})).history);
}

TEST_F(HistoryRunTest, StoppedItLeavesNothing) {
    git_.commit("first", "main", {"a.py"});
    git_.commit("second", "main", {"a.py"});
    std::stop_source stop;
    git_.before_reading = [&] { stop.request_stop(); };
    EXPECT_THROW(index({.stop = stop.get_token()}), Failure);
    EXPECT_THAT(commits(), IsEmpty());
    EXPECT_THAT(refs(), IsEmpty());
    git_.before_reading = nullptr;
    index();
    EXPECT_THAT(commits(), ElementsAre("first", "second"));
}

TEST_F(HistoryRunTest, BoundedMemoryStoresTheSame) {
    for (int i = 0; i < 300; ++i) git_.commit("c" + std::to_string(i), "main", {"a.py", "b.py"});
    const auto summary = index({.merge_bytes = 1});
    EXPECT_EQ(summary.history->changes, 600);
    EXPECT_THAT(commits(), SizeIs(300));
    EXPECT_EQ(commits()[299], "c299");
}

/// Branches are made, moved and deleted at random; after each run the rows are those of a codebase that is new.
TEST_F(HistoryRunTest, IncrementalRunsLeaveWhatAFirstRunStores) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    git_.commit("c0", "main", {"a.py"});
    for (int round = 0; round < 12; ++round) {
        for (int step = 0; step < 6; ++step) {
            const auto name = "c" + std::to_string(git_.commits.size());
            const auto branch = "b" + std::to_string(pick(4));
            const auto some =
                std::next(git_.commits.begin(), static_cast<std::ptrdiff_t>(pick(git_.commits.size())))->first;
            const auto kind = pick(5);
            if (kind == 0) git_.branches[branch] = some;
            if (kind == 1) git_.branches.erase(branch);
            if (kind < 2) continue;
            git_.commit(name, branch, {"a.py", "f" + std::to_string(pick(3))});
            if (kind == 2) git_.commits[name].parents = {some};
            if (kind == 3) git_.commits[name].parents.push_back(some);
            git_.commits[name].at = static_cast<std::int64_t>(pick(100'000));  // clocks go wrong, too
        }
        index();
        MemoryRepository copy;
        copy.tree = MemoryTree("/copy" + std::to_string(round), tree_.tree.files);
        copy.history_of = git_;
        run_task(run_index(database_, default_organization(), copy, clock_, {}));
        EXPECT_EQ(everything("/sample"), everything(copy.identity().location)) << "round " << round;
    }
}

}  // namespace
}  // namespace gsdb::codebase
