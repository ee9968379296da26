// What a workflow does to a repository, and what it leaves alone.

#include "integrations/git/workspace.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "integrations/git/tests/git_fixture.hpp"

namespace gsdb::git {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WorkspaceTest : public testing::Test {
  protected:
    WorkspaceTest() {
        repository_.git("init -q");
        repository_.write("a.txt", "one\ntwo\nthree\n");
        repository_.write(".gitignore", "*.log\n");
        repository_.commit_all("first");
        base_ = *tip("main");
    }
    Workspace open() { return Workspace::open(repository_.string(), folders_.string() + "/run"); }
    std::optional<std::string> tip(const std::string& branch) { return open().tip(branch); }
    static void write(const BranchFolder& folder, const std::string& name, const std::string& text) {
        std::ofstream(folder.folder / name) << text;
    }
    std::string change(const std::string& branch, const std::string& name, const std::string& text) {
        const auto folder = open().add_folder(branch, base_);
        write(folder, name, text);
        return open().commit_change(folder, base_, "Change " + name).value();
    }

    GitHome home_;
    GitFolder repository_;
    TemporaryFolder folders_;
    std::string base_;
};

TEST_F(WorkspaceTest, RefusesWhatIsNoRepository) {
    const TemporaryFolder empty;
    EXPECT_EQ(failure_of([&] { Workspace::open(empty.string(), folders_.string()); }).code, "workflows.no_repository");
    EXPECT_EQ(failure_of([&] { Workspace::open("/no/such/folder", folders_.string()); }).code,
              "workflows.no_repository");
    GitFolder unborn;
    unborn.git("init -q");
    EXPECT_EQ(failure_of([&] { Workspace::open(unborn.string(), folders_.string()); }).code, "workflows.no_repository");
}

TEST_F(WorkspaceTest, ChangesLeaveTheUsersFilesAndBranchAlone) {
    repository_.write("a.txt", "mine\n");
    repository_.write("new.txt", "mine too\n");
    const auto commit = change("gsdb/x/1", "b.txt", "b\n");
    EXPECT_EQ(repository_.git("show -s --format=%P " + commit), base_ + "\n");
    EXPECT_EQ(repository_.git("show -s --format='%an <%ae>' " + commit), "gsdb <gsdb@localhost>\n");
    EXPECT_EQ(tip("main"), base_);
    EXPECT_EQ(repository_.git("status --porcelain"), " M a.txt\n?? new.txt\n");
    EXPECT_EQ(open().uncommitted_files(), 2U);
    EXPECT_THAT(open().changed_files(base_, commit), ElementsAre("b.txt"));
    EXPECT_THAT(open().patch(base_, commit, 10'000), HasSubstr("+b"));
}

TEST_F(WorkspaceTest, WhatAnAgentCommittedAndWhatItDidNotBecomeOneCommit) {
    const auto folder = open().add_folder("gsdb/x/1", base_);
    write(folder, "b.txt", "b\n");
    shell("cd " + quoted(folder.folder.string()) + " && git add -A && git commit -q -m theirs");
    write(folder, "c.txt", "c\n");
    write(folder, "ignored.log", "x\n");
    const auto commit = open().commit_change(folder, base_, "Both\n\nStep: 1");
    ASSERT_TRUE(commit);
    EXPECT_THAT(open().changed_files(base_, *commit), ElementsAre("b.txt", "c.txt"));
    EXPECT_EQ(repository_.git("rev-list --count " + base_ + ".." + *commit), "1\n");
    EXPECT_EQ(open().message_of(*commit), "Both\n\nStep: 1\n\n");
}

TEST_F(WorkspaceTest, NoChangeIsNoCommit) {
    const auto folder = open().add_folder("gsdb/x/1", base_);
    EXPECT_EQ(open().commit_change(folder, base_, "Nothing"), std::nullopt);
    // Neither is one that was taken back.
    write(folder, "b.txt", "b\n");
    shell("cd " + quoted(folder.folder.string()) + " && git add -A && git commit -q -m theirs && git rm -q b.txt");
    EXPECT_EQ(open().commit_change(folder, base_, "Nothing"), std::nullopt);
    EXPECT_EQ(tip("gsdb/x/1"), base_);
}

TEST_F(WorkspaceTest, AnAgentThatLeavesItsBranchIsRefused) {
    const auto folder = open().add_folder("gsdb/x/1", base_);
    shell("cd " + quoted(folder.folder.string()) + " && git checkout -q -b elsewhere");
    const auto refusal = failure_of([&] { open().commit_change(folder, base_, "Change"); });
    EXPECT_EQ(refusal.code, "workflows.left_its_branch");
    EXPECT_THAT(refusal.detail, HasSubstr("elsewhere"));
    // Beginning anew puts it right.
    const auto again = open().add_folder("gsdb/x/1", base_);
    EXPECT_EQ(open().checked_out_in("gsdb/x/1"), again.folder.string());
}

TEST_F(WorkspaceTest, AFolderOfAKilledRunIsCleanedAndKeepsWhatIsIgnored) {
    const auto folder = open().add_folder("gsdb/x/1", base_);
    write(folder, "a.txt", "half\n");
    write(folder, "half.txt", "half\n");
    write(folder, "cache.log", "kept\n");
    const auto git_dir = shell("cd " + quoted(folder.folder.string()) + " && git rev-parse --absolute-git-dir");
    std::ofstream(git_dir.substr(0, git_dir.size() - 1) + "/index.lock") << "";
    const auto again = open().add_folder("gsdb/x/1", base_);
    EXPECT_EQ(shell("cd " + quoted(again.folder.string()) + " && git status --porcelain --ignored"), "!! cache.log\n");
    // One that somebody deleted is made again.
    std::filesystem::remove_all(folder.folder);
    EXPECT_TRUE(std::filesystem::exists(open().add_folder("gsdb/x/1", base_).folder / "a.txt"));
    open().remove_folder("gsdb/x/1");
    open().remove_folder("gsdb/x/1");
    open().delete_branch("gsdb/x/1");
    open().delete_branch("gsdb/x/1");
    EXPECT_EQ(repository_.git("worktree list | wc -l"), "1\n");
    EXPECT_THAT(open().branches("gsdb/"), IsEmpty());
}

TEST_F(WorkspaceTest, ABranchMovesOnlyFromWhereItIsBelievedToBe) {
    const auto one = change("gsdb/x/1", "b.txt", "b\n"), two = change("gsdb/x/2", "c.txt", "c\n");
    open().add_branch("dev", base_);
    open().add_branch("dev", one);  // is there
    EXPECT_EQ(tip("dev"), base_);
    EXPECT_TRUE(open().move_branch("dev", base_, one));
    EXPECT_FALSE(open().move_branch("dev", base_, two));
    EXPECT_EQ(tip("dev"), one);
    EXPECT_TRUE(open().is_ancestor(base_, one));
    EXPECT_FALSE(open().is_ancestor(two, one));
    EXPECT_THAT(open().branches("gsdb/x/"), ElementsAre("gsdb/x/1", "gsdb/x/2"));
}

TEST_F(WorkspaceTest, AChangeIsReplayedOnTopOfAnother) {
    const auto one = change("gsdb/x/1", "b.txt", "b\n"), two = change("gsdb/x/2", "c.txt", "c\n");
    const auto folder = open().add_folder("gsdb/x/2", base_);
    const auto replayed = open().replay(folder, two, one);
    EXPECT_THAT(replayed.conflicts, IsEmpty());
    EXPECT_NE(open().tree_of(replayed.commit), open().tree_of(one));
    EXPECT_EQ(repository_.git("show -s --format=%P " + replayed.commit), one + "\n");
    EXPECT_THAT(open().changed_files(base_, replayed.commit), ElementsAre("b.txt", "c.txt"));
    // What the other has already is an empty change, not an error.
    const auto again = open().replay(folder, two, replayed.commit);
    EXPECT_THAT(open().changed_files(replayed.commit, again.commit), IsEmpty());
}

TEST_F(WorkspaceTest, AConflictIsMendedInTheFolderOrSaidAgain) {
    const auto one = change("gsdb/x/1", "a.txt", "ONE\ntwo\nthree\n"),
               two = change("gsdb/x/2", "a.txt", "1\ntwo\nthree\n");
    const auto folder = open().add_folder("gsdb/x/2", base_);
    const auto replayed = open().replay(folder, two, one);
    ASSERT_THAT(replayed.conflicts, ElementsAre("a.txt"));
    EXPECT_THAT(open().end_replay(folder, replayed.conflicts).conflicts, ElementsAre("a.txt"));
    write(folder, "a.txt", "ONE 1\ntwo\nthree\n");
    const auto mended = open().end_replay(folder, replayed.conflicts);
    EXPECT_THAT(mended.conflicts, IsEmpty());
    EXPECT_EQ(repository_.git("show " + mended.commit + ":a.txt"), "ONE 1\ntwo\nthree\n");
    EXPECT_EQ(repository_.git("show -s --format='%P %s' " + mended.commit), one + " Change a.txt\n");
    // A conflict that was left is no obstacle for the next one.
    open().replay(folder, two, one);
    EXPECT_EQ(open().replay(folder, mended.commit, one).conflicts, std::vector<std::string>{});
}

TEST_F(WorkspaceTest, TouchedLinesAreThoseOfTheChange) {
    repository_.git("config diff.noprefix true");
    repository_.write("moved.txt", "1\n2\n3\n4\n5\n6\n");
    repository_.write("gone.txt", "-- gone\n");
    repository_.commit_all("second");
    const auto from = *tip("main");
    repository_.git("mv moved.txt 'b c.txt' && git rm -q gone.txt");
    repository_.write("a.txt", "zero\none\n++ TWO\nfour");
    repository_.write("\xC3\xA9\"\t.txt", "x\n");
    repository_.commit_all("third");
    EXPECT_THAT(open().touched_lines(from, *tip("main")),
                ElementsAre(TouchedLines{.path = "a.txt", .added = {{1, 1}, {3, 4}}, .removed_behind = {}},
                            TouchedLines{.path = "\xC3\xA9\"\t.txt", .added = {{1, 1}}, .removed_behind = {}}));
    repository_.write("a.txt", "zero\nfour");
    repository_.write("b c.txt", "1\n2\n3\n4\n5\n6\n7\n");
    repository_.commit_all("fourth");
    EXPECT_THAT(open().touched_lines("main~1", "main"),
                ElementsAre(TouchedLines{.path = "a.txt", .added = {}, .removed_behind = {1}},
                            TouchedLines{.path = "b c.txt", .added = {{7, 7}}, .removed_behind = {}}));
    EXPECT_THAT(open().touched_lines("main", "main"), IsEmpty());
}

TEST_F(WorkspaceTest, SeveralChangesAreMergedOrNone) {
    const auto one = change("gsdb/x/1", "b.txt", "b\n"), two = change("gsdb/x/2", "c.txt", "c\n"),
               other = change("gsdb/x/3", "b.txt", "other\n");
    const auto folder = open().add_folder("gsdb/x/4", one);
    EXPECT_THAT(open().merge(folder, {two}), IsEmpty());
    EXPECT_THAT(open().changed_files(base_, *tip("gsdb/x/4")), ElementsAre("b.txt", "c.txt"));
    const auto before = tip("gsdb/x/4");
    EXPECT_THAT(open().merge(folder, {other}), ElementsAre("b.txt"));
    EXPECT_EQ(tip("gsdb/x/4"), before);
    EXPECT_EQ(shell("cd " + quoted(folder.folder.string()) + " && git status --porcelain"), "");
}

}  // namespace
}  // namespace gsdb::git
