// Repositories in states that nobody would think of, judged by git itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "integrations/git/index.hpp"
#include "integrations/git/source.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::git {
namespace {

using namespace codebase::source;

const GitHome git_home;

std::string mode_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::symlink:
            return "120000";
        case EntryKind::submodule:
            return "160000";
        case EntryKind::executable:
            return "100755";
        case EntryKind::regular:
            return "100644";
    }
    return "";
}

std::vector<std::string> shown(const std::vector<std::string>& lines) {
    std::vector<std::string> result;
    for (const auto& line : lines) result.push_back(display_path(line));
    std::ranges::sort(result);
    return result;
}

// A repository that does random things to itself.
class RandomRepository : public GitFolder {
  public:
    explicit RandomRepository(std::uint32_t seed) : random_(seed) {
        git(chance(4) ? "init -q --object-format=sha256" : "init -q");
        // Without libgit2 there is no conversion of what changed (see CommandRepository::converted).
        converts_ = git("rev-parse --show-object-format") == "sha1\n";
        git("config index.version " + std::string(chance(2) ? "2" : "4"));
        if (chance(5)) {
            git("config core.splitIndex true");
            converts_ = false;  // libgit2 reads the index to convert, and cannot read a split one
        }
        if (converts_ && chance(3)) git("config core.autocrlf " + std::string(chance(2) ? "true" : "input"));
        if (chance(5)) git("config core.fileMode false");
        if (chance(5)) {
            git("config core.ignoreCase true");
            ignores_case_ = true;
        }
    }

    // Whether a file that was added under other attributes counts as modified depends on whether git looks at its
    // content, which depends on the second in which it was written. A touch makes everyone look.
    void settle() {
        if (!has_attributes_) return;
        for (std::filesystem::recursive_directory_iterator it(path()), end; it != end; ++it) {
            if (it->path().filename() == ".git") {
                it.disable_recursion_pending();
            } else if (!it->is_symlink() && it->is_regular_file()) {
                std::filesystem::last_write_time(it->path(), std::filesystem::file_time_type::clock::now());
            }
        }
    }

    void act() {
        switch (pick(16)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return try_write(folder() + name(), content());
            case 4:
                return append_to(some_path());
            case 5:
                return remove(some_path());
            case 6:
                return replace_by_link(some_path());
            case 7:
                return replace_by_folder(some_path());
            case 8:
                return change_mode(some_path());
            case 9:
                return try_write(folder() + ".gitignore", random_patterns());
            case 10:
                return write_attributes();
            case 11:
                return try_git("add -- " + quoted(":(literal)" + some_path()));
            case 12:
                return try_git("add -A");
            case 13:
                return try_git("commit -q -m x");
            case 14:
                return try_git(chance(2) ? "rm -q --cached -- " + quoted(":(literal)" + some_path())
                                         : "add -N -- " + quoted(":(literal)" + some_path()));
            case 15:
                return switch_or_merge();
        }
    }

    bool ignores_case() const { return ignores_case_; }

  private:
    std::size_t pick(std::size_t below) { return random_() % below; }
    bool chance(std::size_t one_in) { return pick(one_in) == 0; }
    void try_git(const std::string& arguments) {
        shell_result("cd " + quoted(string()) + " && git " + arguments + " >/dev/null 2>&1");
    }

    std::string name() {
        static const std::vector<std::string> names{
            "a",    "b",    "c",      "A",    "b.o",   "x.c",     "a b",     "-x",
            "#x",   "!x",   "a\nb",   "a\tb", "\"q\"", "back\\s", "caf\xE9", "\xFF",
            "日本", "[ab]", "*",      "a*",   "tail ", " head",   "$HOME",   "a-b",
            "a.b",  "a0",   ":(top)", "'",    "~",     "%s",      ".hidden", "long" + std::string(120, 'g')};
        return names[pick(names.size())];
    }
    std::string folder() {
        std::string result;
        for (auto depth = pick(4); depth > 0; --depth) result += name() + "/";
        return result;
    }
    std::string some_path() {
        std::vector<std::string> paths;
        for (std::filesystem::recursive_directory_iterator it(path()), end; it != end; ++it) {
            if (it->path().filename() == ".git") {
                it.disable_recursion_pending();
            } else if ((it->is_symlink() || !it->is_directory()) && it->path().filename() != ".gitattributes") {
                paths.push_back(it->path().lexically_relative(path()).string());
            }
        }
        std::ranges::sort(paths);
        return paths.empty() ? "nothing" : paths[pick(paths.size())];
    }
    std::string content() {
        static const std::vector<std::string> contents{
            "", "x", "line\n", "one\r\ntwo\r\n", "mixed\r\nends\n", "cr\ronly\r", std::string("nul\0x", 5), "\xE9\n"};
        auto text = contents[pick(contents.size())];
        // libgit2 calls text what git, for its lone carriage return, calls binary.
        if (converts_ && text == "cr\ronly\r") text = "cr\r\n";
        if (chance(20)) text += std::string(100'000, 'z');
        return text;
    }
    void try_write(const std::string& file, const std::string& text) {
        try {
            write(file, text);
        } catch (const std::exception&) {
            // A file stands where a folder is wanted, or the other way round.
        }
    }
    void append_to(const std::string& file) {
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path() / file))) {
            std::ofstream(path() / file, std::ios::app) << content();
        }
    }
    void change_mode(const std::string& file) {
        // Never that of what a link names.
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(path() / file))) {
            ::chmod((path() / file).c_str(), chance(2) ? 0755 : 0644);
        }
    }
    void remove(const std::string& file) {
        const auto target = path() / file;
        std::filesystem::remove(target);
        const auto parent = target.parent_path();
        if (chance(4) && parent != path()) std::filesystem::remove_all(parent);
    }
    void replace_by_link(const std::string& file) {
        std::filesystem::remove(path() / file);
        std::error_code ignored;
        std::filesystem::create_symlink(chance(2) ? "a" : ".", path() / file, ignored);
    }
    void replace_by_folder(const std::string& file) {
        std::filesystem::remove(path() / file);
        try_write(file + "/" + name(), content());
    }
    std::string random_patterns() {
        static const std::vector<std::string> patterns{
            "*",     "a*",    "*.o",     "/a",    "a/",      "!a",      "**/b",        "a/**",  "a/**/b",
            "[ab]",  "[!a]",  "?",       "\\#x",  "\\!x",    "tail\\ ", "tail ",       " head", "*/b",
            "/*",    "!/*/",  "b/c",     "**",    "***",     "a**b",    "[[:alpha:]]", "[a-",   "[]a]",
            "\\*",   "",      "#c",      "/",     "//",      "a//b",    "./a",         "!*.c",  "!b/",
            "**/a/", "/**/a", "a/*",     "!a/b",  "x.?",     "[^x].c",  "[[:upper:]]", "*b*",   "A",
            "a[/]b", "\\",    "b\\",     "*\\",   "[[:x:]]", "[a-c]*",  "/b/**/*.c",   "!**/c", "a.[b]",
            "\r",    "a\r",   "caf\xE9", "日本/", "[\\]]",   "*/**/a",  "**/**/b"};
        std::string text = chance(8) ? "\xEF\xBB\xBF" : "";
        for (auto count = 1 + pick(4); count > 0; --count) {
            const auto& pattern = patterns[pick(patterns.size())];
            const bool may_return = !converts_ || !pattern.ends_with('\r');
            text += pattern + (may_return && chance(6) ? "\r\n" : "\n");
        }
        if (converts_) return text;
        if (chance(4)) text.pop_back();
        return text;
    }
    void write_attributes() {
        if (!converts_) return;
        has_attributes_ = true;
        // eol= together with text=auto is understood differently by libgit2 where the index already holds
        // carriage returns.
        static const std::vector<std::string> lines{"* text=auto\n", "*.c text\n", "b -text\n", "*.o binary\n",
                                                    "a ident\n"};
        std::string text;
        for (auto count = 1 + pick(3); count > 0; --count) text += lines[pick(lines.size())];
        // Written once and left alone: where such a file differs from the index, libgit2 asks both, and git the file.
        const auto file = (chance(2) ? folder() : "") + ".gitattributes";
        if (!std::filesystem::exists(path() / file)) try_write(file, text);
    }
    void switch_or_merge() {
        if (chance(2)) return try_git("checkout -q " + std::string(chance(2) ? "-B side" : "main"));
        try_git("commit -q -a -m m");
        try_git("merge -q side -m merge");
    }

    std::mt19937 random_;
    bool converts_ = true;
    bool has_attributes_ = false;
    bool ignores_case_ = false;
};

// The index as it is.
void expect_same_index(const RandomRepository& repository) {
    const auto algorithm =
        repository.git("rev-parse --show-object-format") == "sha1\n" ? HashAlgorithm::sha1 : HashAlgorithm::sha256;
    const auto git_dir = repository.string() + "/.git";
    auto index = read_index(git_dir, algorithm);
    if (!index && index.error().code == "source.unsupported") index = read_index_by_git(git_dir, repository.string());
    ASSERT_TRUE(index) << index.error().detail;
    std::vector<std::string> ours;
    for (const auto& file : index->files) {
        ours.push_back(file.conflicted ? "conflict " + std::string(file.path)
                                       : mode_of(file.kind) + " " + (file.id.is_null() ? "later" : to_string(file.id)) +
                                             " " + std::string(file.path));
    }
    std::vector<std::string> gits;
    for (const auto& record : split(repository.git("ls-files -s -z"), '\0')) {
        const auto tab = record.find('\t');
        const auto name = record.substr(tab + 1);
        const bool conflict = record[tab - 1] != '0';
        auto line = conflict ? "conflict " + name : record.substr(0, tab - 2) + " " + name;
        if (gits.empty() || gits.back() != line) gits.push_back(std::move(line));
    }
    // Only announced (git add -N): git shows the empty blob for it.
    for (auto& line : ours) {
        const auto later = line.find(" later ");
        if (later == std::string::npos) continue;
        const auto empty = to_string(hash_blob({}, algorithm));
        line.replace(later + 1, 5, empty);
    }
    EXPECT_EQ(shown(ours), shown(gits));
}

// The files on disk, as they would be after `git add -A`.
void expect_same_files(const RandomRepository& repository, const Listing& listing) {
    std::vector<std::string> ours;
    for (const auto& entry : listing.entries)
        ours.push_back(mode_of(entry.kind) + " " + to_string(entry.id) + " " + entry.path);
    const std::string scratch = "GIT_INDEX_FILE=.git/scratch-index ";
    shell("cd " + quoted(repository.string()) +
          " && rm -f .git/scratch-index && if [ -e .git/index ]; then cp -p .git/index .git/scratch-index; fi && " +
          scratch + "git add -A 2>/dev/null");
    std::vector<std::string> gits;
    for (const auto& record :
         split(shell("cd " + quoted(repository.string()) + " && " + scratch + "git ls-files -s -z"), '\0')) {
        const auto tab = record.find('\t');
        gits.push_back(record.substr(0, tab - 2) + " " + record.substr(tab + 1));
    }
    EXPECT_EQ(shown(ours), shown(gits));
}

void expect_same_status(const RandomRepository& repository, const State& state) {
    State gits;
    for (const auto& record :
         split(repository.git("--no-optional-locks status --porcelain -z --no-renames -uall"), '\0')) {
        const char x = record[0], y = record[1];
        const auto both = record.substr(0, 2);
        if (both == "??") {
            ++gits.untracked;
        } else if (x == 'U' || y == 'U' || both == "AA" || both == "DD") {
            ++gits.conflicted;
        } else {
            if (x != ' ') ++gits.staged;
            if (y == 'D') ++gits.deleted;
            if (y == 'M' || y == 'T' || y == 'A') ++gits.modified;
        }
        gits.dirty = true;
    }
    EXPECT_EQ(state.staged, gits.staged);
    EXPECT_EQ(state.modified, gits.modified);
    EXPECT_EQ(state.untracked, gits.untracked);
    EXPECT_EQ(state.dirty, gits.dirty);
    // A conflict whose file is gone is both to us and only a conflict to git.
    EXPECT_GE(state.deleted, gits.deleted);
    EXPECT_LE(state.deleted, gits.deleted + gits.conflicted);
    EXPECT_LE(state.conflicted, gits.conflicted);
}

void expect_ignored(const RandomRepository& repository, const Listing& listing) {
    if (listing.ignored.empty()) return;
    // With ./ before it no path is taken for a pathspec with magic.
    std::string input;
    std::vector<std::string> ours;
    for (const auto& ignored : listing.ignored) {
        ours.push_back("./" + ignored);
        input += ours.back() + '\0';
    }
    repository.write(".git/paths", input);
    EXPECT_EQ(shown(split(repository.git("check-ignore --no-index -z --stdin < .git/paths"), '\0')), shown(ours));
}

void expect_consistent_reads(const SourceTree& tree, const Listing& listing) {
    for (const auto& entry : listing.entries) {
        if (entry.kind == EntryKind::submodule) continue;
        const auto content = tree.read(entry, 1 << 20);
        ASSERT_TRUE(content) << display_path(entry.path) << ": " << content.error().cause;
        EXPECT_EQ(content->id, entry.id) << display_path(entry.path);
        EXPECT_EQ(hash_blob(content->bytes, entry.id.algorithm), entry.id) << display_path(entry.path);
    }
}

void expect_same_commit(const RandomRepository& repository) {
    if (shell_result("cd " + quoted(repository.string()) + " && git rev-parse -q --verify HEAD >/dev/null")
            .exit_status != 0)
        return;
    auto tree = value_or_throw(open_source(repository.string(), {.rev = "HEAD"}));
    const auto listing = value_or_throw(tree->list());
    std::vector<std::string> ours;
    for (const auto& entry : listing.entries) {
        ours.push_back(mode_of(entry.kind) + " " + to_string(entry.id) + " " + std::to_string(entry.size) + " " +
                       entry.path);
    }
    std::vector<std::string> gits;
    for (const auto& record : split(repository.git("ls-tree -r -l -z HEAD"), '\0')) {
        const auto tab = record.find('\t');
        std::istringstream words(record.substr(0, tab));
        std::string mode, type, id, size;
        words >> mode >> type >> id >> size;
        gits.push_back(mode + " " + id + " " + size + " " + record.substr(tab + 1));
    }
    EXPECT_EQ(shown(ours), shown(gits));
    expect_consistent_reads(*tree, listing);
}

std::uint32_t number_from_environment(const char* name, std::uint32_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

// GSDB_TEST_SEED=n replays a failure; GSDB_TEST_ROUNDS=n looks longer.
TEST(RandomRepositories, AreListedAsGitListsThem) {
    const auto first_seed = number_from_environment("GSDB_TEST_SEED", std::random_device{}());
    const auto rounds = number_from_environment("GSDB_TEST_ROUNDS", std::getenv("GSDB_TEST_SEED") != nullptr ? 1 : 6);
    for (std::uint32_t seed = first_seed; seed < first_seed + rounds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("GSDB_TEST_SEED=" + std::to_string(seed));
        RandomRepository repository(seed);
        repository.write("first", "1\n");
        for (int check = 0; check < 4 && !testing::Test::HasFailure(); ++check) {
            for (int i = 0; i < 15; ++i) repository.act();
            if (shell("ls -A " + quoted(repository.string())) == ".git\n") repository.write("first", "1\n");
            repository.settle();
            auto tree = value_or_throw(open_source(repository.string()));
            const auto listing = value_or_throw(tree->list({.threads = 2}));
            expect_same_index(repository);
            // Where this disk tells a from A and git is told not to, git takes the one for the other.
            if (!repository.ignores_case()) expect_same_status(repository, listing.state);
            expect_ignored(repository, listing);
            expect_consistent_reads(*tree, listing);
            expect_same_commit(repository);
            if (!repository.ignores_case()) expect_same_files(repository, listing);
        }
    }
}

}  // namespace
}  // namespace gsdb::git
