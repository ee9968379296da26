#include "modules/codebase/source/history.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "integrations/git/commit_text.hpp"
#include "integrations/git/line_changes.hpp"
#include "integrations/git/source.hpp"
#include "integrations/git/tests/git_fixture.hpp"

namespace gsdb::git {
namespace {

using namespace codebase::source;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const GitHome git_home;

/// A repository with its history opened.
struct Opened {
    explicit Opened(const std::string& path, const OpenOptions& options = {})
        : tree(value_or_throw(open_source(path, options))),
          state(value_or_throw(tree->list()).state),
          history(tree->history(state)),
          outline(value_or_throw(history->outline())) {}

    Commit commit(const std::string& hex) const { return history->commit(*ObjectId::parse(hex)).value(); }
    CommitChanges changes(const std::string& hex, const ChangeLimits& limits = {}) const {
        return history->changes(commit(hex), limits).value();
    }
    /// `kind name commit`, a star after the default branch.
    std::vector<std::string> refs() const {
        std::vector<std::string> lines;
        for (const auto& ref : outline.refs)
            lines.push_back(std::string(to_label(ref.kind)) + " " + ref.name + (ref.is_default ? "*" : ""));
        return lines;
    }

    std::unique_ptr<SourceTree> tree;
    State state;
    std::unique_ptr<History> history;
    HistoryOutline outline;
};

std::string id_of(const GitFolder& folder, const std::string& revision = "HEAD") {
    auto id = folder.git("rev-parse " + revision);
    id.pop_back();
    return id;
}

std::string shown(const FileChange& change) {
    const auto count = [](const std::optional<std::uint32_t>& lines) { return lines ? std::to_string(*lines) : "-"; };
    return std::string(to_label(change.kind)) + " " + change.path + " +" + count(change.lines_added) + " -" +
           count(change.lines_removed) + (change.old_path.empty() ? "" : " from " + change.old_path);
}

std::vector<std::string> changes_of(const GitFolder& folder, const std::string& revision = "HEAD") {
    std::vector<std::string> lines;
    for (const auto& change : Opened(folder.string()).changes(id_of(folder, revision)).list)
        lines.push_back(shown(change));
    return lines;
}

std::string lines(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
}

class GitHistory : public testing::Test {
  protected:
    GitHistory() { folder.git("init -q"); }
    GitFolder folder;
};

TEST_F(GitHistory, SaysWhatACommitChanged) {
    folder.write("kept", lines(1, 5));
    folder.write("edited", lines(1, 10));
    folder.write("gone", lines(1, 3));
    folder.write("script", "#!/bin/sh\n");
    folder.write("image", std::string("\0\1\2", 3));
    folder.commit_all();
    EXPECT_THAT(changes_of(folder), ElementsAre("added edited +10 -0", "added gone +3 -0", "added image +- --",
                                                "added kept +5 -0", "added script +1 -0"));
    folder.write("edited", lines(1, 4) + "new\n" + lines(6, 12));
    folder.write("deep/er/added", "no end of line");
    folder.write("image", std::string("\0\1\3", 3));
    folder.git("rm -q gone && chmod +x script");
    folder.commit_all();
    EXPECT_THAT(changes_of(folder),
                ElementsAre("added deep/er/added +1 -0", "modified edited +3 -1", "deleted gone +0 -3",
                            "modified image +- --", "mode_changed script +0 -0"));
}

TEST_F(GitHistory, FindsRenames) {
    folder.write("a/whole", lines(1, 20));
    folder.write("a/edited", lines(100, 140));
    folder.write("b/other", lines(200, 240));
    folder.write("empty", "");
    folder.commit_all();
    folder.git("mv a/whole moved && git mv a/edited a/renamed && git rm -q b/other");
    folder.write("a/renamed", lines(100, 139) + "changed\n");
    folder.write("b/new", lines(500, 540));
    folder.commit_all();
    EXPECT_THAT(changes_of(folder), ElementsAre("renamed a/renamed +1 -1 from a/edited", "added b/new +41 -0",
                                                "deleted b/other +0 -41", "renamed moved +0 -0 from a/whole"));
}

TEST_F(GitHistory, AFileBecomesAFolderALinkAndASubmodule) {
    folder.write("x", "1\n");
    folder.write("y", "2\n");
    folder.commit_all();
    std::filesystem::remove(folder.path() / "x");
    folder.write("x/inner", "3\n");
    folder.git("rm -q y && ln -s x/inner y");
    folder.commit_all();
    EXPECT_THAT(changes_of(folder), ElementsAre("deleted x +0 -1", "added x/inner +1 -0", "modified y +1 -1"));
    folder.git("update-index --add --cacheinfo 160000," + id_of(folder) + ",sub && git commit -qm sub");
    EXPECT_THAT(changes_of(folder), ElementsAre("added sub +- --"));
}

/// Old programs wrote 040000 and 100664; to git these are 40000 and 100644.
TEST_F(GitHistory, ModesOfOldProgramsAreNoChanges) {
    folder.write("d/x", "1\n");
    folder.write("y", "2\n");
    folder.commit_all();
    const auto raw = [&](const std::string& revision) {
        const auto id = *ObjectId::parse(id_of(folder, revision));
        return std::string(as_text(id.view()));
    };
    folder.write("raw",
                 "040000 d" + std::string(1, '\0') + raw("HEAD:d") + "100664 y" + std::string(1, '\0') + raw("HEAD:y"));
    folder.git(
        "update-ref refs/heads/main $(git commit-tree -p HEAD -m old $(git hash-object -t tree -w --literally raw))");
    std::filesystem::remove(folder.path() / "raw");
    EXPECT_THAT(changes_of(folder), IsEmpty());
    folder.git("checkout -qf main");
    EXPECT_EQ(value_or_throw(value_or_throw(open_source(folder.string(), {.rev = "main"}))->list()).entries.size(), 2U);
}

TEST(LineChanges, CommonLinesAreTakenOffWhole) {
    for (const auto& [before, after, changes] : {std::tuple("", "", LineChanges{0, 0}),
                                                 {"", "a\nb", {2, 0}},
                                                 {"a\nb\n", "", {0, 2}},
                                                 {"a", "a\n", {1, 1}},
                                                 {"a\n", "a\na\n", {1, 0}},
                                                 {"ab\n", "cb\n", {1, 1}},
                                                 {"x\nab\ny\n", "x\ncb\ny\n", {1, 1}},
                                                 {"ab", "b", {1, 1}},
                                                 {"a\nb", "ca\nb", {1, 1}},
                                                 {"a\nb\nc\n", "c\nb\na\n", {2, 2}},
                                                 {"1\n2\n3\n", "1\n3\n", {0, 1}},
                                                 {"\n\n\n", "\n\n", {0, 1}}}) {
        EXPECT_EQ(compare_lines(before, after), changes) << before << " -> " << after;
        EXPECT_EQ(compare_lines(after, before), (LineChanges{changes.removed, changes.added}))
            << after << " -> " << before;
    }
}

TEST_F(GitHistory, HugeCommitsAreCountedAndNotListed) {
    for (int i = 0; i < 12; ++i) folder.write("f" + std::to_string(i), "x\n");
    folder.commit_all();
    const auto changes = Opened(folder.string()).changes(id_of(folder), {.files_max = 11});
    EXPECT_EQ(changes.files, 12U);
    EXPECT_THAT(changes.list, IsEmpty());
    EXPECT_EQ(Opened(folder.string()).changes(id_of(folder), {.files_max = 12}).list.size(), 12U);
    const auto small = Opened(folder.string()).changes(id_of(folder), {.file_bytes_max = 1}).list;
    EXPECT_EQ(small.front().lines_added, std::nullopt) << "larger than the limit";
}

TEST_F(GitHistory, AuthorsAreWhoMailmapSaysInAnyEncoding) {
    folder.write(".mailmap",
                 "# people\nAda Lovelace <ada@example.org> <ADA@old.example>\n"
                 "Right <right@example.org> wrong <shared@example.org>\nnonsense\n");
    folder.commit_all();
    const auto commit_as = [&](const std::string& name, const std::string& email, const std::string& message) {
        folder.git("-c i18n.commitEncoding=latin1 commit -q --allow-empty --author=" +
                   quoted(name + " <" + email + ">") + " -m " + quoted(message));
        return Opened(folder.string()).commit(id_of(folder));
    };
    auto commit = commit_as("ada", "Ada@Old.example", "Subject\nsecond line\n\nbody");
    EXPECT_EQ(commit.author_name + " " + commit.author_email, "Ada Lovelace ada@example.org");
    EXPECT_EQ(commit.subject, "Subject");
    commit = commit_as("Wrong", "shared@example.org", "x");
    EXPECT_EQ(commit.author_name + " " + commit.author_email, "Right right@example.org");
    commit = commit_as("Third", "Shared@Example.org", "x");
    EXPECT_EQ(commit.author_name + " " + commit.author_email, "Third shared@example.org");
    commit = commit_as("J\xf6rg", "j@x", "gr\xfc\xdf dich " + std::string(600, 'x'));
    EXPECT_EQ(commit.author_name, "J\u00f6rg");
    EXPECT_THAT(commit.subject, HasSubstr("gr\u00fc\u00df dich"));
    EXPECT_LE(commit.subject.size(), 512U);
}

TEST(CommitText, DamagedAuthorsAreWhatIsLeftOfThem) {
    const std::string tree = "tree " + std::string(40, 'a') + "\n";
    for (const auto& [author, name, email, at] :
         {std::tuple("A U Thor <a@x> 1700000000 +0100", "A U Thor", "a@x", 1700000000L),
          {"", "", "", 0L},
          {"nobody", "nobody", "", 0L},
          {"<a@x>", "", "a@x", 0L},
          {"A <a <b>> 12 +0000", "A", "a <b>", 12L},
          {"A <a@x> -5 +0000", "A", "a@x", -5L},
          {"A <a@x> 99999999999999999999 +0000", "A", "a@x", 0L}}) {
        const auto commit = parse_commit(tree + "author " + author + "\ncommitter " + author + "\n\nx");
        ASSERT_TRUE(commit) << author;
        EXPECT_EQ(commit->author.name, name);
        EXPECT_EQ(commit->author.email, email);
        EXPECT_EQ(commit->authored_at, at);
        EXPECT_EQ(parse_commit_graph(tree + "author " + author + "\ncommitter " + author + "\n\nx")->committed_at, at);
    }
    EXPECT_FALSE(parse_commit("blob"));
    EXPECT_FALSE(parse_commit(tree + "parent x\n"));
    EXPECT_TRUE(parse_commit(tree));
}

TEST_F(GitHistory, BranchesTagsAndTheDefault) {
    folder.commit_all();
    const auto first = id_of(folder);
    folder.git("tag light && git tag -a -m x heavy && git tag -a -m x twice heavy && git tag tree HEAD^{tree}");
    folder.git("branch other");
    EXPECT_THAT(Opened(folder.string()).refs(),
                ElementsAre("branch main*", "branch other", "tag heavy", "tag light", "tag twice"));
    for (const auto& ref : Opened(folder.string()).outline.refs) EXPECT_EQ(to_string(ref.commit), first);

    GitFolder clone;
    clone.git("clone -q " + quoted(folder.string()) + " copy");
    const auto copy = clone.string() + "/copy";
    clone.git("checkout -qb mine", "copy");
    EXPECT_THAT(Opened(copy).refs(), ElementsAre("branch main*", "branch mine", "branch origin/main",
                                                 "branch origin/other", "tag heavy", "tag light", "tag twice"));
    clone.git("branch -qD main && git remote set-head origin other", "copy");
    EXPECT_THAT(Opened(copy).refs(), ElementsAre("branch mine", "branch origin/main", "branch origin/other*",
                                                 "tag heavy", "tag light", "tag twice"));
}

TEST_F(GitHistory, AnUnbornBranchHasNoHistory) {
    folder.write("a", "1\n");
    const Opened opened(folder.string());
    EXPECT_THAT(opened.refs(), IsEmpty());
    EXPECT_EQ(opened.state.commit, std::nullopt);
}

TEST_F(GitHistory, AShallowCloneEndsWhereItIsCut) {
    for (int i = 0; i < 4; ++i) folder.write("f", lines(0, i)), folder.commit_all();
    GitFolder clone;
    clone.git("clone -q --depth 2 file://" + folder.string() + " copy");
    const auto copy = clone.string() + "/copy";
    const Opened shallow(copy);
    const auto edge = id_of(folder, "HEAD~1");
    EXPECT_THAT(shallow.history->node(*ObjectId::parse(edge))->parents, IsEmpty());
    EXPECT_FALSE(shallow.commit(edge).has_parents);
    EXPECT_EQ(to_string(shallow.commit(edge).parents.front()), id_of(folder, "HEAD~2"));
    EXPECT_TRUE(shallow.commit(id_of(folder)).has_parents);
    clone.git("fetch -q --unshallow", "copy");
    const Opened deep(copy);
    EXPECT_TRUE(deep.commit(edge).has_parents);
    EXPECT_NE(deep.outline.reading, shallow.outline.reading);
}

TEST_F(GitHistory, ReplacementsAndGraftsCount) {
    for (int i = 0; i < 4; ++i) folder.write("f", lines(0, i)), folder.commit_all("c" + std::to_string(i));
    const auto last = *ObjectId::parse(id_of(folder));
    const auto parents = [&] { return Opened(folder.string()).history->node(last)->parents; };
    const auto before = Opened(folder.string()).outline.reading;
    folder.git("replace --graft HEAD HEAD~3");
    EXPECT_THAT(parents(), ElementsAre(*ObjectId::parse(id_of(folder, "HEAD~1"))));
    EXPECT_EQ(to_string(parents().front()), id_of(folder, "main~1")) << "git itself sees the replacement";
    EXPECT_NE(Opened(folder.string()).outline.reading, before);
    EXPECT_THAT(Opened(folder.string()).refs(), ElementsAre("branch main*"));
    folder.git("replace -d HEAD");
    folder.write(".git/info/grafts", to_string(last) + "\n");
    EXPECT_THAT(parents(), IsEmpty());
    EXPECT_THAT(Opened(folder.string()).commit(to_string(last)).parents, IsEmpty());
}

TEST(GitHistoryOfSha256, IsReadByTheGitProgram) {
    GitFolder folder;
    folder.git("init -q --object-format=sha256");
    folder.write("a", lines(1, 3));
    folder.commit_all("first");
    folder.write("a", lines(1, 5));
    folder.commit_all("second");
    folder.git("tag -a -m x v1");
    EXPECT_THAT(changes_of(folder), ElementsAre("modified a +2 -0"));
    const Opened opened(folder.string());
    EXPECT_EQ(opened.commit(id_of(folder)).subject, "second");
    EXPECT_THAT(opened.refs(), ElementsAre("branch main*", "tag v1"));
    EXPECT_EQ(to_string(opened.outline.refs.back().commit), id_of(folder));
}

/// `path added removed` of each change that git sees in a commit; of a rename `old => new`.
std::vector<std::string> by_git(const GitFolder& folder, const std::string& id) {
    const auto output = folder.git("show --format= --numstat -z -M -l1000 --no-textconv " + id);
    const auto parts = split(output, '\0');
    std::vector<std::string> result;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto fields = split(parts[i], '\t');
        if (fields.size() == 3) {
            result.push_back(fields[2] + " " + fields[0] + " " + fields[1]);
        } else if (fields.size() == 2) {
            result.push_back(parts[i + 1] + " => " + parts[i + 2] + " " + fields[0] + " " + fields[1]);
            i += 2;
        }
    }
    std::ranges::sort(result);
    return result;
}

std::vector<std::string> by_us(const CommitChanges& changes) {
    std::vector<std::string> result;
    const auto count = [](const std::optional<std::uint32_t>& lines) { return lines ? std::to_string(*lines) : "-"; };
    for (const auto& c : changes.list)
        result.push_back((c.old_path.empty() ? "" : c.old_path + " => ") + c.path + " " + count(c.lines_added) + " " +
                         count(c.lines_removed));
    std::ranges::sort(result);
    return result;
}

/// Random edits of a small tree; git says what each commit changed.
TEST_F(GitHistory, RandomCommitsAreWhatGitSays) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&](int count) { return std::uniform_int_distribution(0, count - 1)(random); };
    std::map<std::string, std::vector<int>> files;
    for (int commit = 0; commit < 40; ++commit) {
        for (int edit = 0; edit < 4; ++edit) {
            const auto some = [&] { return std::next(files.begin(), pick(static_cast<int>(files.size())))->first; };
            const auto fresh = "d" + std::to_string(pick(3)) + "/f" + std::to_string(commit * 4 + edit);
            switch (files.empty() ? 0 : pick(5)) {
                case 0:
                    for (int i = 0, size = pick(60); i < size; ++i) files[fresh].push_back(pick(1'000'000));
                    break;
                case 1:
                    if (files.size() > 1) files.erase(some());
                    break;
                case 2: {
                    const auto from = some();
                    files[fresh] = files[from];
                    files.erase(from);
                    for (auto& line : files[fresh])
                        if (pick(6) == 0) line = pick(1'000'000);
                    break;
                }
                default:
                    for (auto& line : files[some()])
                        if (pick(4) == 0) line = pick(20);
            }
        }
        folder.git("rm -rq --ignore-unmatch .");
        for (const auto& [path, numbers] : files) {
            std::string text;
            for (const auto number : numbers) text += "line " + std::to_string(number) + "\n";
            folder.write(path, text);
        }
        folder.commit_all();
    }
    const Opened opened(folder.string());
    for (const auto& id : split(folder.git("rev-list HEAD"), '\n'))
        EXPECT_EQ(by_us(opened.changes(id)), by_git(folder, id)) << id;
}

}  // namespace
}  // namespace gsdb::git
