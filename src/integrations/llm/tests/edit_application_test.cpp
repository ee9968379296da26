// Edits in a folder: all or none, in one place, and never outside.
#include "integrations/llm/edit_application.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "integrations/llm/edited_folder.hpp"
#include "integrations/llm/line_match.hpp"

namespace gsdb::llm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

class Edits : public testing::Test {
  protected:
    Edits() {
        std::string name = (fs::temp_directory_path() / "gsdb-edits-XXXXXX").string();
        base_ = ::mkdtemp(name.data());
        folder_ = base_ / "tree";
        fs::create_directories(folder_ / ".git");
        put(".git/config", "[core]\n");
        put("src/a.txt", "one\ntwo\nthree\n");
        std::ofstream(base_ / "outside.txt") << "outside\n";
    }
    ~Edits() override {
        std::error_code ignored;
        fs::remove_all(base_, ignored);
    }

    void put(const std::string& path, std::string_view text) {
        fs::create_directories((folder_ / path).parent_path());
        std::ofstream(folder_ / path, std::ios::binary) << text;
    }
    std::string text(const std::string& path) { return contents()["tree/" + path]; }
    /// Of everything, inside and outside.
    std::map<std::string, std::string> contents() {
        std::map<std::string, std::string> all;
        for (const auto& entry : fs::recursive_directory_iterator(base_)) {
            const auto name = entry.path().lexically_relative(base_).string();
            if (entry.is_symlink()) {
                all[name] = "-> " + fs::read_symlink(entry.path()).string();
            } else if (entry.is_regular_file()) {
                std::ostringstream text;
                text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
                all[name] = text.str();
            }
        }
        return all;
    }
    AppliedEdits apply(const std::vector<Edit>& edits) {
        auto applied = apply_edits(folder_, edits);
        if (!applied) throw std::runtime_error(repair_prompt(applied.error()));
        return std::move(*applied);
    }
    /// Nothing is changed then.
    std::vector<std::string> problems(const std::vector<Edit>& edits, const ApplicationLimits& limits = {}) {
        const auto before = contents();
        const auto applied = apply_edits(folder_, edits, limits);
        EXPECT_EQ(contents(), before);
        std::vector<std::string> said;
        if (!applied)
            for (const auto& problem : applied.error()) said.push_back(problem.text);
        return said;
    }
    static Edit replace(std::string path, std::string search, std::string text) {
        return {.path = std::move(path), .search = std::move(search), .text = std::move(text), .line = 1};
    }
    static Edit create(std::string path, std::string text) {
        return {.kind = Edit::Kind::create, .path = std::move(path), .text = std::move(text), .line = 1};
    }
    static Edit remove(std::string path) { return {.kind = Edit::Kind::remove, .path = std::move(path), .line = 1}; }
    static Edit rename(std::string path, std::string to) {
        return {.kind = Edit::Kind::rename, .path = std::move(path), .new_path = std::move(to), .line = 1};
    }

    fs::path base_, folder_;
};

TEST_F(Edits, ChangeMakeDeleteAndRename) {
    put("old/only.txt", "x\n");
    put("moved.sh", "#!/bin/sh\n");
    fs::permissions(folder_ / "moved.sh", fs::perms(0755));
    const auto applied = apply({replace("src/a.txt", "two\n", "2\n2b\n"), create("new/deep/b.txt", "b\n"),
                                remove("old/only.txt"), rename("moved.sh", "bin/run.sh"),
                                replace("bin/run.sh", "#!/bin/sh\n", "#!/bin/bash\n"), create("empty", "")});
    EXPECT_THAT(applied.written, ElementsAre("bin/run.sh", "empty", "new/deep/b.txt", "src/a.txt"));
    EXPECT_THAT(applied.removed, ElementsAre("moved.sh", "old/only.txt"));
    EXPECT_EQ(text("src/a.txt"), "one\n2\n2b\nthree\n");
    EXPECT_EQ(text("new/deep/b.txt"), "b\n");
    EXPECT_EQ(text("bin/run.sh"), "#!/bin/bash\n");
    EXPECT_EQ(fs::status(folder_ / "bin/run.sh").permissions(), fs::perms(0755));
    EXPECT_TRUE(fs::exists(folder_ / "empty"));
    EXPECT_FALSE(fs::exists(folder_ / "old")) << "a folder that is empty goes, as it does with git";
    EXPECT_THAT(contents(), SizeIs(6)) << "nothing is left beside the files";
}

TEST_F(Edits, SeeThoseBeforeThem) {
    apply({replace("src/a.txt", "two\n", "zwei\n"), replace("src/a.txt", "one\nzwei\n", "1\n2\n")});
    EXPECT_EQ(text("src/a.txt"), "1\n2\nthree\n");
    apply({remove("src/a.txt"), create("src/a.txt", "anew\n")});
    EXPECT_EQ(text("src/a.txt"), "anew\n");
    const auto nothing = apply({create("t", "t\n"), remove("t"), rename("src/a.txt", "b"), rename("b", "src/a.txt")});
    EXPECT_THAT(nothing.written, IsEmpty());
    EXPECT_THAT(nothing.removed, IsEmpty());
}

TEST_F(Edits, ForgiveWhiteSpaceAtLineEndsWhereNothingMatchesExactly) {
    put("w.txt", "a  \nb\t\nc\n");
    apply({replace("w.txt", "a \nb\n", "x\n")});
    EXPECT_EQ(text("w.txt"), "x\nc\n");
    put("w.txt", "a \nb\na\n");
    apply({replace("w.txt", "a\n", "x\n")});
    EXPECT_EQ(text("w.txt"), "a \nb\nx\n") << "the exact one";
    put("w.txt", "a \nb\na\t\n");
    EXPECT_THAT(problems({replace("w.txt", "a\n", "x\n")}), ElementsAre(HasSubstr("2 places of w.txt (lines 1, 3)")));
    put("w.txt", "  a\n");
    EXPECT_THAT(problems({replace("w.txt", "a\n", "x\n")}), SizeIs(1)) << "indentation counts";
}

TEST_F(Edits, KeepLineEnds) {
    put("crlf.txt", "one\r\ntwo\r\nthree");
    apply({replace("crlf.txt", "two\n", "2\n2b\n")});
    EXPECT_EQ(text("crlf.txt"), "one\r\n2\r\n2b\r\nthree");
    apply({replace("crlf.txt", "three\n", "3\n")});
    EXPECT_EQ(text("crlf.txt"), "one\r\n2\r\n2b\r\n3");
    put("mixed.txt", "one\r\ntwo\n");
    apply({replace("mixed.txt", "two\n", "2\n")});
    EXPECT_EQ(text("mixed.txt"), "one\r\n2\n");
    put("open.txt", "a\nb");
    apply({replace("open.txt", "b\n", "c\nd\n")});
    EXPECT_EQ(text("open.txt"), "a\nc\nd");
}

TEST_F(Edits, MustBeInOnePlace) {
    put("twice.txt", "a\nb\na\nb\n");
    EXPECT_THAT(problems({replace("twice.txt", "a\n", "c\n")}),
                ElementsAre("the SEARCH text is in 2 places of twice.txt (lines 1, 3): add lines around it"));
    EXPECT_THAT(problems({replace("src/a.txt", "zero\n", "0\n")}),
                ElementsAre(HasSubstr("not even its first line is")));
    EXPECT_THAT(problems({replace("src/a.txt", "one\ntwo\nfour\n", "0\n")}),
                ElementsAre("the SEARCH text is not in src/a.txt: its first 2 lines are at line 1, then the file has "
                            "\"three\" where SEARCH has \"four\""));
    EXPECT_THAT(problems({replace("src/a.txt", "three\nfour\n", "0\n")}),
                ElementsAre(HasSubstr("then the file has its end")));
    put("many.txt", std::string(200, '\n'));
    EXPECT_THAT(problems({replace("many.txt", "\n", "x\n")}), ElementsAre(HasSubstr("200 places")));
}

TEST_F(Edits, AreAllOrNone) {
    EXPECT_THAT(problems({create("b.txt", "b\n"), replace("src/a.txt", "one\n", "1\n"), remove("missing.txt"),
                          rename("src/a.txt", ".git/x"), create("src/a.txt", "x\n"), replace("none.txt", "a\n", "b\n"),
                          rename("b.txt", "src/a.txt")}),
                ElementsAre("missing.txt is to be deleted and does not exist", HasSubstr("leads into .git"),
                            HasSubstr("src/a.txt exists"), HasSubstr("none.txt does not exist"),
                            HasSubstr("cannot be the new name")));
}

TEST_F(Edits, DoNotLeaveTheFolder) {
    fs::create_symlink("../outside.txt", folder_ / "link.txt");
    fs::create_symlink("..", folder_ / "up");
    fs::create_symlink(base_, folder_ / "absolute");
    fs::create_symlink(".git", folder_ / "git");
    ::mkfifo((folder_ / "pipe").c_str(), 0600);
    for (const auto* path :
         {"link.txt", "up/outside.txt", "up/new.txt", "absolute/outside.txt", "git/config", "../outside.txt",
          "/etc/passwd", ".git/config", ".git/hooks/pre-commit", "pipe", "src", "src/a.txt/b"}) {
        EXPECT_THAT(problems({create(path, "x\n")}), SizeIs(1)) << path;
        EXPECT_THAT(problems({replace(path, "outside\n", "x\n")}), SizeIs(1)) << path;
        EXPECT_THAT(problems({remove(path)}), SizeIs(1)) << path;
        EXPECT_THAT(problems({rename(path, "taken.txt")}), SizeIs(1)) << path;
        EXPECT_THAT(problems({rename("src/a.txt", path)}), SizeIs(1)) << path;
    }
    EXPECT_THAT(problems({create("c", "x\n"), create("c/d", "y\n")}), ElementsAre(HasSubstr("would be a file")));
}

TEST_F(Edits, HaveLimits) {
    EXPECT_THAT(problems({create("b", std::string(11, 'x'))}, {.file_bytes_max = 10}),
                ElementsAre(HasSubstr("too large")));
    EXPECT_THAT(problems({replace("src/a.txt", "one\n", "1\n")}, {.file_bytes_max = 10}),
                ElementsAre(HasSubstr("too large")));
    EXPECT_THAT(problems({remove("src/a.txt")}, {.total_bytes_max = 10}), ElementsAre(HasSubstr("too large")));
    EXPECT_THROW(apply_edits(base_ / "nowhere", std::vector<Edit>{}), Failure);
}

/// Files of this program do not grow beyond that, whoever it runs as.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes_max) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit{.rlim_cur = bytes_max, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST_F(Edits, AreTakenBackWhenTheSystemRefusesInTheMiddle) {
    put("b/x.txt", "x\n");
    const auto before = contents();
    const std::vector<Edit> edits{replace("b/x.txt", "x\n", "y\n"), create("a/new.txt", "n\n"), remove("src/a.txt"),
                                  create("z.txt", std::string(100, 'z'))};
    {
        const FileSizeLimit limit(50);
        EXPECT_THROW(apply_edits(folder_, edits), Failure);
    }
    EXPECT_EQ(contents(), before);
    EXPECT_FALSE(fs::exists(folder_ / "a"));
    EXPECT_TRUE(apply_edits(folder_, edits));
}

TEST(LineMatch, IsFastOnTextsMadeToSlowItDown) {
    std::string text, search;
    for (int i = 0; i < 200'000; ++i) text += "a\n";
    for (int i = 0; i < 100'000; ++i) search += "a\n";
    search += "b\n";
    EXPECT_THAT(replace_lines(text, search, "", "f").problem, HasSubstr("its first 100000 lines are at line"));
}

// Answers that are almost right, each cut, doubled, mixed and sprinkled with what could lead outside.
TEST_F(Edits, OfHostileAnswersDoNoHarm) {
    const std::string answer =
        "FILE: src/a.txt\n<<<<<<< SEARCH\none\n=======\n1\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nthree\n=======\n3\n"
        ">>>>>>> REPLACE\nFILE: n/b.txt\n<<<<<<< SEARCH\n=======\nb\n>>>>>>> REPLACE\nDELETE: src/c.txt\n"
        "RENAME: src/d.txt -> e.txt\n```json\n{\"summary\": \"s\", \"status\": \"done\"}\n```\n";
    const std::vector<std::string> pieces{
        "../",    "..", "/",   "link/",  ".git/",          "\n",          "\r\n",     "=======\n",
        "FILE: ", "\\", "```", "`",      "DELETE: ",       "outside.txt", "\xff",     std::string(1, '\0'),
        " -> ",   "<",  ">",   "SEARCH", "up/outside.txt", "src",         "```json\n"};
    const auto seed = std::random_device{}();
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    fs::create_symlink("..", folder_ / "up");
    fs::create_symlink("../outside.txt", folder_ / "link");
    int applied_count = 0;
    for (int round = 0; round < 1000; ++round) {
        put("src/a.txt", "one\ntwo\nthree\n");
        put("src/c.txt", "c\n");
        put("src/d.txt", "d\n");
        auto text = answer;
        for (auto mutations = below(4); mutations > 0; --mutations) {
            const auto at = below(text.size() + 1), length = std::min(below(20), text.size() - at);
            switch (below(4)) {
                case 0:
                    text.insert(at, pieces[below(pieces.size())]);
                    break;
                case 1:
                    text.erase(at, length);
                    break;
                case 2:
                    text.insert(below(text.size() + 1), text.substr(at, length * 4));
                    break;
                default:
                    text.replace(at, length, pieces[below(pieces.size())]);
            }
        }
        const auto before = contents();
        const auto parsed = parse_edit_answer(text);
        if (!parsed) {
            ASSERT_FALSE(parsed.error().empty()) << "seed " << seed;
            continue;
        }
        const auto applied = apply_edits(folder_, parsed->edits);
        auto after = contents();
        ASSERT_TRUE(applied || after == before) << "seed " << seed << ": " << text;
        applied_count += applied ? 1 : 0;
        ASSERT_EQ(after["outside.txt"], "outside\n") << "seed " << seed << ": " << text;
        ASSERT_EQ(after["tree/.git/config"], "[core]\n") << "seed " << seed << ": " << text;
        ASSERT_EQ(after["tree/link"], "-> ../outside.txt") << "seed " << seed << ": " << text;
        for (const auto& [name, content] : after)
            ASSERT_TRUE(name == "outside.txt" || name.starts_with("tree/")) << "seed " << seed << ": " << text;
        for (const auto& entry : fs::directory_iterator(folder_))
            if (entry.path().filename() != ".git" && !entry.is_symlink()) fs::remove_all(entry.path());
    }
    EXPECT_GT(applied_count, 50) << "some are still right";
    EXPECT_LT(applied_count, 950) << "and some are not";
}

}  // namespace
}  // namespace gsdb::llm
