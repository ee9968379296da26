#include "integrations/git/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "integrations/git/tests/git_fixture.hpp"
#include "modules/codebase/source/blob_id.hpp"

namespace gsdb::git {
namespace {

using namespace codebase::source;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const GitHome git_home;

std::unique_ptr<SourceTree> open(const std::string& path, const OpenOptions& options = {}) {
    return value_or_throw(open_source(path, options));
}

Listing list(const std::string& path, const OpenOptions& options = {}) {
    return value_or_throw(open(path, options)->list());
}

std::vector<std::string> paths_of(const Listing& listing) {
    std::vector<std::string> paths;
    for (const auto& entry : listing.entries) paths.push_back(entry.path);
    return paths;
}

Error refusal_of(const std::string& path, const OpenOptions& options = {}) {
    auto opened = open_source(path, options);
    if (opened) {
        auto listed = (*opened)->list();
        if (!listed) return listed.error();
        ADD_FAILURE() << path << " was accepted";
        return {};
    }
    return opened.error();
}

const Entry& entry_of(const Listing& listing, std::string_view path) {
    const auto found = std::ranges::find(listing.entries, path, &Entry::path);
    if (found == listing.entries.end()) throw std::runtime_error("no entry " + std::string(path));
    return *found;
}

TEST(WorkTree, ShowsWhatIsOnDisk) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("kept", "1\n");
    folder.write("edited", "1\n");
    folder.write("removed", "1\n");
    folder.write(".gitignore", "*.o\n");
    folder.commit_all();
    folder.write("edited", "2\n");
    folder.write("added/new", "3\n");
    folder.write("a.o", "object");
    folder.write("x.globally-ignored", "");
    folder.write("staged", "s\n");
    folder.git("add staged");
    std::filesystem::remove(folder.path() / "removed");
    const auto listing = list(folder.string());
    EXPECT_THAT(paths_of(listing), ElementsAre(".gitignore", "added/new", "edited", "kept", "staged"));
    EXPECT_EQ(entry_of(listing, "edited").id, hash_blob(as_bytes("2\n")));
    EXPECT_THAT(listing.ignored, ElementsAre("a.o", "x.globally-ignored"));
    EXPECT_TRUE(listing.state.dirty);
    EXPECT_EQ(listing.state.modified, 1U);
    EXPECT_EQ(listing.state.deleted, 1U);
    EXPECT_EQ(listing.state.untracked, 1U);
    EXPECT_EQ(listing.state.staged, 1U);
    EXPECT_EQ(listing.state.branch, "main");
    EXPECT_EQ(to_string(*listing.state.commit) + "\n", folder.git("rev-parse HEAD"));
}

TEST(WorkTree, ACleanOneIsItsCommit) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("a/b", "1\n");
    folder.write("run", "#!/bin/sh\n");
    ::chmod((folder.path() / "run").c_str(), 0755);
    std::filesystem::create_symlink("a/b", folder.path() / "link");
    folder.commit_all();
    const auto disk = list(folder.string());
    const auto commit = list(folder.string(), {.rev = "HEAD"});
    EXPECT_FALSE(disk.state.dirty);
    ASSERT_EQ(disk.entries.size(), commit.entries.size());
    for (std::size_t i = 0; i < disk.entries.size(); ++i) {
        EXPECT_EQ(disk.entries[i].path, commit.entries[i].path);
        EXPECT_EQ(disk.entries[i].kind, commit.entries[i].kind);
        EXPECT_EQ(disk.entries[i].id, commit.entries[i].id);
        EXPECT_EQ(disk.entries[i].size, commit.entries[i].size);
    }
    EXPECT_EQ(entry_of(disk, "run").kind, EntryKind::executable);
    EXPECT_EQ(entry_of(disk, "link").kind, EntryKind::symlink);
}

TEST(WorkTree, NoticesAChangeWithinTheTickOfTheIndex) {
    GitFolder folder;
    folder.git("init -q");
    for (int round = 0; round < 30; ++round) {
        folder.write("f", "old " + std::to_string(round));
        folder.git("add f");
        folder.write("f", "new " + std::to_string(round));  // same size, same second, often the same tick
        const auto listing = list(folder.string());
        ASSERT_EQ(listing.entries.at(0).id, hash_blob(as_bytes("new " + std::to_string(round))));
    }
}

TEST(WorkTree, KnowsUnbornDetachedAndConflictedHeads) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("f", "base\n");
    auto listing = list(folder.string());
    EXPECT_TRUE(listing.state.unborn);
    EXPECT_FALSE(listing.state.commit);
    EXPECT_THAT(paths_of(listing), ElementsAre("f"));
    folder.commit_all();
    folder.git("checkout -q -b side");
    folder.write("f", "side\n");
    folder.commit_all();
    folder.git("checkout -q --detach main");
    listing = list(folder.string());
    EXPECT_TRUE(listing.state.detached);
    EXPECT_EQ(listing.state.branch, "");
    folder.git("checkout -q main");
    folder.write("f", "main\n");
    folder.commit_all();
    EXPECT_NE(shell_result("cd " + folder.string() + " && git merge -q side >/dev/null 2>&1").exit_status, 0);
    listing = list(folder.string());
    EXPECT_EQ(listing.state.conflicted, 1U);
    ASSERT_THAT(paths_of(listing), ElementsAre("f"));
    EXPECT_EQ(to_string(listing.entries[0].id) + "\n", folder.git("hash-object --no-filters f"));
}

TEST(WorkTree, IdsAreGitsOwnWhereLineEndsAreConverted) {
    GitFolder folder;
    folder.git("init -q");
    folder.git("config core.autocrlf true");
    folder.write(".gitattributes", "*.bin -text\n*.id ident\n");
    folder.write("text.txt", "one\r\ntwo\r\n");
    folder.write("data.bin", "one\r\ntwo\r\n");
    folder.write("v.id", "$Id$\r\n");
    folder.commit_all();
    std::filesystem::remove(folder.path() / "v.id");
    folder.git("checkout -q -- v.id");  // now $Id: ...$
    const auto unchanged = list(folder.string());
    EXPECT_FALSE(unchanged.state.dirty);
    auto tree = open(folder.string());
    for (const auto& entry : value_or_throw(tree->list()).entries) {
        EXPECT_EQ(to_string(entry.id) + "\n", folder.git("rev-parse :" + entry.path)) << entry.path;
        const auto content = tree->read(entry, 1000);
        ASSERT_TRUE(content) << entry.path;
        EXPECT_EQ(content->id, entry.id) << entry.path;
        EXPECT_EQ(hash_blob(content->bytes), entry.id) << entry.path;
    }
    folder.write("text.txt", "three\r\nfour\r\n");
    folder.write("new.txt", "five\r\n");
    tree = open(folder.string());
    const auto changed = value_or_throw(tree->list());
    for (std::string name : {"text.txt", "new.txt", "data.bin"}) {
        EXPECT_EQ(to_string(entry_of(changed, name).id) + "\n", folder.git("hash-object " + name)) << name;
        EXPECT_EQ(tree->read(entry_of(changed, name), 1000)->id, entry_of(changed, name).id) << name;
    }
}

TEST(WorkTree, AttributesHoldWhereTheirFileIsIgnored) {
    GitFolder folder;
    folder.git("init -q");
    folder.write(".gitignore", ".gitattributes\n");
    folder.write("a/.gitattributes", "* text=auto\n");
    folder.write("a/b/x.txt", "one\r\n");
    const auto listing = list(folder.string());
    EXPECT_EQ(to_string(entry_of(listing, "a/b/x.txt").id) + "\n", folder.git("hash-object a/b/x.txt"));
}

TEST(WorkTree, NeverRunsAFilterAndTakesWhatItStored) {
    GitFolder folder;
    folder.git("init -q");
    folder.git("config filter.rot.clean \"tr a-z b-za\"");
    folder.git("config filter.rot.smudge \"tr b-za a-z\"");
    folder.write(".gitattributes", "*.rot filter=rot\n");
    folder.write("x.rot", "secret\n");
    folder.commit_all();
    const auto sentinel = folder.string() + "/ran";
    folder.git("config filter.rot.clean \"touch " + sentinel + "\"");
    auto tree = open(folder.string());
    const auto listing = value_or_throw(tree->list());
    const auto content = tree->read(entry_of(listing, "x.rot"), 1000);
    ASSERT_TRUE(content);
    EXPECT_EQ(to_string(content->id) + "\n", folder.git("rev-parse :x.rot"));
    EXPECT_EQ(as_text(content->bytes), "tfdsfu\n");
    EXPECT_FALSE(std::filesystem::exists(sentinel));
}

TEST(WorkTree, SubmodulesAreEntriesAndOpenOnRequest) {
    GitFolder inner, outer;
    inner.git("init -q");
    inner.write("lib.c", "int f;\n");
    inner.commit_all();
    outer.git("init -q");
    outer.write("main.c", "int main;\n");
    outer.git("submodule --quiet add " + inner.string() + " deps/inner");
    outer.commit_all();
    const auto closed = list(outer.string());
    ASSERT_THAT(paths_of(closed), ElementsAre(".gitmodules", "deps/inner", "main.c"));
    EXPECT_EQ(entry_of(closed, "deps/inner").kind, EntryKind::submodule);
    EXPECT_EQ(to_string(entry_of(closed, "deps/inner").id) + "\n", inner.git("rev-parse HEAD"));
    EXPECT_FALSE(closed.state.dirty);
    for (std::string rev : {"", "HEAD"}) {
        auto tree = open(outer.string(), {.rev = rev, .include_submodules = true});
        const auto listing = value_or_throw(tree->list());
        ASSERT_THAT(paths_of(listing), ElementsAre(".gitmodules", "deps/inner", "deps/inner/lib.c", "main.c"));
        EXPECT_EQ(as_text(tree->read(entry_of(listing, "deps/inner/lib.c"), 1000)->bytes), "int f;\n");
        EXPECT_EQ(as_text(tree->read(entry_of(listing, "main.c"), 1000)->bytes), "int main;\n");
    }
    outer.write("deps/inner/lib.c", "int g;\n");
    outer.git("commit -qam moved", "deps/inner");
    EXPECT_EQ(list(outer.string()).state.modified, 1U);
}

TEST(WorkTree, LinkedOnesSeeTheirOwnIndex) {
    GitFolder folder, other;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    folder.git("worktree add -q -b side " + other.string() + "/linked");
    other.write("linked/g", "2\n");
    const auto listing = list(other.string() + "/linked");
    EXPECT_THAT(paths_of(listing), ElementsAre("f", "g"));
    EXPECT_EQ(listing.state.branch, "side");
    EXPECT_EQ(listing.state.untracked, 1U);
    EXPECT_FALSE(list(folder.string()).state.dirty);
}

TEST(WorkTree, NestedRepositoriesBelongToThemselves) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    folder.git("init -q nested");
    folder.write("nested/x", "1\n");
    const auto listing = list(folder.string());
    EXPECT_THAT(paths_of(listing), ElementsAre("f"));
    ASSERT_EQ(listing.problems.size(), 1U);
    EXPECT_EQ(listing.problems[0].kind, ProblemKind::nested_repository);
    EXPECT_EQ(listing.problems[0].path, "nested");
}

TEST(WorkTree, ASubfolderMeansTheWholeAndAnIgnoredOneItself) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("src/f", "1\n");
    folder.write(".gitignore", "/out\n");
    folder.commit_all();
    folder.write("out/x", "1\n");
    EXPECT_EQ(open(folder.string() + "/src")->identity().location, folder.string());
    const auto plain = open(folder.string() + "/out");
    EXPECT_EQ(plain->identity().kind, TreeKind::folder);
    EXPECT_THAT(paths_of(value_or_throw(plain->list())), ElementsAre("x"));
}

TEST(WorkTree, SparseCheckoutsLackWhatWasLeftOut) {
    for (std::string cone : {"--no-sparse-index", "--sparse-index"}) {
        GitFolder folder;
        folder.git("init -q");
        folder.write("in/a", "1\n");
        folder.write("out/b", "1\n");
        folder.write("top", "1\n");
        folder.commit_all();
        folder.git("sparse-checkout init --cone " + cone);
        folder.git("sparse-checkout set in");
        const auto listing = list(folder.string());
        EXPECT_THAT(paths_of(listing), ElementsAre("in/a", "top")) << cone;
        EXPECT_FALSE(listing.state.dirty) << cone;
    }
}

TEST(WorkTree, EveryFormatOfTheIndex) {
    for (std::string setting : {"index.version 2", "index.version 4", "core.splitIndex true", "index.skipHash true",
                                "core.untrackedCache true"}) {
        GitFolder folder;
        folder.git("init -q");
        folder.git("config " + setting);
        for (int i = 0; i < 300; ++i) folder.write("d" + std::to_string(i % 17) + "/sub/file" + std::to_string(i), "x");
        folder.commit_all();
        folder.write("d1/sub/file1", "y");
        folder.write("later", "z");
        folder.git("add later");
        const auto listing = list(folder.string());
        EXPECT_EQ(listing.entries.size(), 301U) << setting;
        EXPECT_EQ(listing.state.modified, 1U) << setting;
        EXPECT_EQ(listing.state.staged, 1U) << setting;
    }
}

TEST(Sha256Repository, IsReadByTheGitProgram) {
    GitFolder folder;
    folder.git("init -q --object-format=sha256");
    folder.write("a/f", "hello\n");
    folder.write("caf\xE9", "x\n");
    folder.commit_all();
    folder.write("a/f", "changed\n");
    auto disk = open(folder.string());
    const auto listing = value_or_throw(disk->list());
    ASSERT_THAT(paths_of(listing), ElementsAre("a/f", "caf\xE9"));
    EXPECT_EQ(listing.entries[0].id, hash_blob(as_bytes("changed\n"), HashAlgorithm::sha256));
    EXPECT_EQ(listing.state.modified, 1U);
    EXPECT_EQ(listing.state.branch, "main");
    EXPECT_EQ(to_string(*listing.state.commit) + "\n", folder.git("rev-parse HEAD"));
    auto commit = open(folder.string(), {.rev = "main"});
    const auto committed = value_or_throw(commit->list());
    ASSERT_THAT(paths_of(committed), ElementsAre("a/f", "caf\xE9"));
    EXPECT_EQ(committed.entries[0].size, 6U);
    const auto content = commit->read(committed.entries[0], 100);
    ASSERT_TRUE(content);
    EXPECT_EQ(as_text(content->bytes), "hello\n");
    EXPECT_EQ(commit->read(committed.entries[0], 5).error().kind, ProblemKind::too_large);
}

TEST(BareRepository, ShowsAnyCommit) {
    GitFolder folder, bare;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    folder.git("tag -a v1 -m one");
    folder.git("checkout -q -b feature/x");
    folder.write("f", "2\n");
    folder.write("g", "3\n");
    folder.commit_all();
    folder.git("checkout -q main");
    bare.git("clone -q --bare " + folder.string() + " repo.git");
    const auto path = bare.string() + "/repo.git";
    EXPECT_EQ(open(path)->identity().kind, TreeKind::bare);
    EXPECT_EQ(open(path)->identity().location, path);
    EXPECT_EQ(open(path)->identity().remote_url, folder.string());
    EXPECT_THAT(paths_of(list(path)), ElementsAre("f"));
    EXPECT_EQ(list(path).state.branch, "main");
    EXPECT_THAT(paths_of(list(path, {.rev = "feature/x"})), ElementsAre("f", "g"));
    EXPECT_EQ(list(path, {.rev = "feature/x"}).state.branch, "feature/x");
    EXPECT_EQ(list(path, {.rev = "v1"}).state.commit, list(path).state.commit);
    EXPECT_TRUE(list(path, {.rev = "v1"}).state.detached);
    EXPECT_EQ(refusal_of(path, {.rev = "nonsense"}).code, "source.no_such_revision");
    EXPECT_EQ(refusal_of(path, {.rev = "--help"}).code, "source.no_such_revision");
    auto tree = open(path, {.rev = "feature/x"});
    const auto listing = value_or_throw(tree->list());
    EXPECT_EQ(as_text(tree->read(listing.entries[0], 100)->bytes), "2\n");
    EXPECT_EQ(tree->read(listing.entries[0], 1).error().kind, ProblemKind::too_large);
}

TEST(Refusals, NameTheThingTheCauseAndTheRemedy) {
    GitFolder folder;
    folder.git("init -q empty");
    folder.git("init -q --bare empty.git");
    folder.write("plain/f", "x");
    folder.write("broken/.git/config", "");
    folder.write("broken/f", "x");
    folder.write("dangling/.git", "gitdir: /nowhere/at/all\n");
    folder.write("dangling/f", "x");
    const std::string base = folder.string() + "/";
    const std::tuple<std::string, OpenOptions, std::string> cases[] = {
        {"missing", {}, "source.not_found"},
        {"plain/f", {}, "source.not_a_folder"},
        {"empty", {}, "source.empty_repository"},
        {"empty.git", {}, "source.empty_repository"},
        {"plain", {.rev = "main"}, "source.not_a_repository"},
        {"broken", {}, "source.corrupted"},
        {"dangling", {}, "source.corrupted"},
    };
    for (const auto& [name, options, code] : cases) {
        const auto error = refusal_of(base + name, options);
        EXPECT_EQ(error.code, code) << name;
        EXPECT_THAT(error.message, HasSubstr(name.substr(0, name.find('/'))));
        EXPECT_FALSE(error.hint.empty()) << name;
    }
}

TEST(Refusals, DamageIsNoticed) {
    GitFolder folder;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    const auto index = folder.path() / ".git/index";
    std::filesystem::copy_file(index, folder.path() / ".git/index.kept");
    {
        std::fstream file(index, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(60);
        file.put('\x55');
    }
    EXPECT_EQ(refusal_of(folder.string()).code, "source.corrupted");
    std::filesystem::resize_file(index, 40);
    EXPECT_EQ(refusal_of(folder.string()).code, "source.corrupted");
    std::filesystem::rename(folder.path() / ".git/index.kept", index);
    const auto tree = folder.git("rev-parse HEAD^{tree}").substr(0, 40);
    std::filesystem::remove(folder.path() / ".git/objects" / tree.substr(0, 2) / tree.substr(2));
    EXPECT_EQ(refusal_of(folder.string(), {.rev = "HEAD"}).code, "source.corrupted");
    const auto commit = folder.git("rev-parse HEAD").substr(0, 40);
    std::filesystem::remove(folder.path() / ".git/objects" / commit.substr(0, 2) / commit.substr(2));
    EXPECT_EQ(refusal_of(folder.string()).code, "source.corrupted");
}

TEST(ShallowClone, IsWholeAtItsTipAndCutOffBelow) {
    GitFolder folder, clone;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    const auto first = folder.git("rev-parse HEAD").substr(0, 40);
    folder.write("f", "2\n");
    folder.commit_all();
    clone.git("clone -q --depth 1 file://" + folder.string() + " c");
    const auto path = clone.string() + "/c";
    EXPECT_TRUE(list(path).state.shallow);
    EXPECT_EQ(list(path, {.rev = "HEAD"}).entries.size(), 1U);
    EXPECT_EQ(refusal_of(path, {.rev = first}).code, "source.shallow");
    EXPECT_EQ(refusal_of(path, {.rev = "HEAD~1"}).code, "source.shallow");
}

TEST(PartialClone, ReportsWhatIsNotThereAndStaysOffTheNetwork) {
    GitFolder folder, clone;
    folder.git("init -q");
    folder.git("config uploadpack.allowFilter true");
    folder.write("f", "1\n");
    folder.commit_all();
    clone.git("clone -q --filter=blob:none --no-checkout file://" + folder.string() + " c");
    auto tree = open(clone.string() + "/c", {.rev = "HEAD"});
    const auto listing = value_or_throw(tree->list());
    ASSERT_THAT(paths_of(listing), ElementsAre("f"));
    EXPECT_EQ(tree->read(listing.entries[0], 100).error().kind, ProblemKind::missing_object);
    ASSERT_EQ(listing.problems.size(), 1U);
    EXPECT_EQ(listing.problems[0].kind, ProblemKind::missing_object);
}

TEST(Ownership, OfTheRepositoryDoesNotMatter) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make a repository of another user";
    GitFolder folder;
    folder.git("init -q");
    folder.write("f", "1\n");
    folder.commit_all();
    folder.git("update-index --split-index");  // so that the git program is asked, too
    folder.git("config core.fsmonitor 'touch ran'");
    shell("chown -R 65534:65534 " + folder.string());
    EXPECT_THAT(paths_of(list(folder.string())), ElementsAre("f"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "ran"));
}

}  // namespace
}  // namespace gsdb::git
