// Answers with edits: what is read of them, and what is said of those that cannot be.
#include "integrations/llm/edit_protocol.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace gsdb::llm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string done = "```json\n{\"summary\": \"s\", \"status\": \"done\"}\n```\n";
const std::string block = "FILE: a.txt\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n";

EditAnswer parsed(std::string_view text) {
    auto answer = parse_edit_answer(text);
    if (!answer) throw std::runtime_error(repair_prompt(answer.error()));
    return std::move(*answer);
}

/// "LINE: TEXT" of each problem.
std::vector<std::string> problems(std::string_view text, const EditLimits& limits = {}) {
    std::vector<std::string> said;
    const auto answer = parse_edit_answer(text, limits);
    if (!answer)
        for (const auto& problem : answer.error()) said.push_back(fmt::format("{}: {}", problem.line, problem.text));
    return said;
}

TEST(EditProtocol, ReadsEditsAndTheReport) {
    const auto answer = parsed(
        "I change two files.\n\n"
        "FILE: src/a b.cpp\r\n"
        "```cpp\n"
        "<<<<<<< SEARCH\n"
        "  one\n"
        "\n"
        "=======\n"
        "  two\n"
        ">>>>>>> REPLACE\n"
        "```\n"
        "and in the same file\n"
        "<<<<<<< SEARCH \n"
        "x\n"
        "=======\n"
        ">>>>>>> REPLACE\n"
        "FILE: `new.txt`\n"
        "<<<<<<< SEARCH\n"
        "=======\n"
        "created\n"
        ">>>>>>> REPLACE\n"
        "DELETE: gone.txt\n"
        "RENAME: from.txt -> to/here.txt\n"
        "```json\n"
        R"({"summary": "did it", "status": "done", "criteria": [)"
        R"({"criterion": "works", "met": true, "evidence": "new.txt"}, {"criterion": "fast", "met": false}]})"
        "\n```\nThat is all.");
    EXPECT_THAT(
        answer.edits,
        ElementsAre(Edit{.path = "src/a b.cpp", .search = "  one\n\n", .text = "  two\n", .line = 5},
                    Edit{.path = "src/a b.cpp", .search = "x\n", .line = 13},
                    Edit{.kind = Edit::Kind::create, .path = "new.txt", .text = "created\n", .line = 18},
                    Edit{.kind = Edit::Kind::remove, .path = "gone.txt", .line = 22},
                    Edit{.kind = Edit::Kind::rename, .path = "from.txt", .new_path = "to/here.txt", .line = 23}));
    EXPECT_EQ(answer.report, (Report{.summary = "did it",
                                     .status = Report::Status::done,
                                     .criteria = {{.criterion = "works", .evidence = "new.txt", .is_met = true},
                                                  {.criterion = "fast", .evidence = "", .is_met = false}}}));
}

TEST(EditProtocol, LetsTextHaveLinesLikeMarkers) {
    const auto answer = parsed(
        "FILE: doc.rst\n<<<<<<<<< SEARCH\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n=========\n=======\n"
        ">>>>>>>>> REPLACE\n" +
        done);
    ASSERT_THAT(answer.edits, SizeIs(1));
    EXPECT_EQ(answer.edits[0].search, "<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n");
    EXPECT_EQ(answer.edits[0].text, "=======\n");
}

TEST(EditProtocol, ReadsTheInstructionsOwnExample) {
    const auto answer = parsed(edit_instructions());
    EXPECT_THAT(answer.edits, SizeIs(3));
    EXPECT_EQ(answer.report.status, Report::Status::done);
    EXPECT_THAT(answer.report.criteria, SizeIs(1));
}

TEST(EditProtocol, TakesTheLastJsonForTheReport) {
    const auto answer = parsed(
        "```json\n{\"an\": \"example\"}\n```\nFILE: package.json\n```json\n<<<<<<< SEARCH\n=======\n{}\n"
        ">>>>>>> REPLACE\n```\n```json\nFILE: b.json\n<<<<<<< SEARCH\n=======\n[]\n>>>>>>> REPLACE\n```\n" +
        done);
    EXPECT_THAT(answer.edits, SizeIs(2));
    EXPECT_EQ(answer.report.summary, "s");
}

TEST(EditProtocol, MayHaveNothingToDo) {
    const std::string nothing = "```json\n{\"summary\": \"s\", \"status\": \"nothing_to_do\", \"criteria\": null}\n```";
    EXPECT_EQ(parsed(nothing).report.status, Report::Status::nothing_to_do);
    EXPECT_THAT(problems(block + nothing), ElementsAre(HasSubstr("there are edits")));
    EXPECT_THAT(problems(done), ElementsAre(HasSubstr("there are no edits")));
    EXPECT_THAT(problems("```json\n{\"summary\": \"s\", \"status\": \"failed\"}\n```"), IsEmpty());
}

TEST(EditProtocol, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "1: a SEARCH block without a FILE line"},
        {"FILE: a\n<<<<<<< SEARCH\na\n=======\nb\n", "2: the block is not ended: there is no line >>>>>>> REPLACE"},
        {"FILE: a\n<<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
         "2: the block is not ended: there is no line >>>>>>>> REPLACE"},
        {"FILE: a\n<<<<<<< SEARCH\na\n=======\nb\n<<<<<<< SEARCH\nc\n=======\nd\n>>>>>>> REPLACE\n",
         "2: the block is not ended when line 6 begins another"},
        {"FILE: a\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", "2: the block has no line ======="},
        {"FILE: a\n<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n",
         "6: the block has a second line ======="},
        {"FILE: a\n<<<<<<< SEARCH\na\n=======\na\n>>>>>>> REPLACE\n", "2: the block changes nothing"},
        {"FILE: a\n>>>>>>> REPLACE\n", "2: a REPLACE marker without a SEARCH marker"},
        {"FILE: ../a\n" + block, "1: the path ../a has a part . or .."},
        {"DELETE: /etc/passwd\n", "1: the path /etc/passwd is absolute"},
        {"RENAME: a b\n", "1: RENAME is to be written"},
        {"RENAME: a -> .git/b\n", "1: the path .git/b leads into .git"},
        {"FILE:\n", "1: a path is missing"},
        {"FILE: a\n```\nthe whole text\n```\n" + block, "1: no SEARCH block follows this FILE line"},
        {block + "FILE: a\n", "7: no SEARCH block follows this FILE line"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(problems(text + done), testing::Contains(HasSubstr(expected))) << text;
    EXPECT_THAT(problems(block), ElementsAre(HasSubstr("0: there is no report")));
    EXPECT_THAT(problems(block + "```json\n{}"), ElementsAre("7: the report's block is not ended by a line ```"));
    EXPECT_THAT(problems(done + block), ElementsAre(HasSubstr("5: an edit comes after the report")));
}

TEST(EditProtocol, SaysWhatIsWrongWithTheReport) {
    const auto of = [](std::string_view report) {
        return problems(fmt::format("{}```json\n{}\n```\n", block, report));
    };
    EXPECT_THAT(of("{\"summary\": "), ElementsAre("7: the report is no JSON object"));
    EXPECT_THAT(of("[]"), ElementsAre("7: the report is no JSON object"));
    EXPECT_THAT(of(R"({"status": "done"})"), ElementsAre(HasSubstr("no text \"summary\"")));
    EXPECT_THAT(of(R"({"summary": "s", "status": "finished"})"), ElementsAre(HasSubstr("\"status\"")));
    EXPECT_THAT(of(R"({"summary": "s", "status": "done", "criteria": {}})"), ElementsAre(HasSubstr("an array")));
    EXPECT_THAT(of(R"({"summary": "s", "status": "done", "criteria": [{"criterion": "c", "met": "yes"}]})"),
                ElementsAre(HasSubstr("\"met\"")));
    EXPECT_THAT(of(R"({"summary": "s", "status": "done", "criteria": [{"met": true}]})"),
                ElementsAre(HasSubstr("no text \"criterion\"")));
    EXPECT_THAT(of(std::string(100, '[')), ElementsAre("7: the report is no JSON object"));
}

TEST(EditProtocol, HasLimits) {
    std::string many;
    for (int i = 0; i < 4; ++i) many += block;
    EXPECT_THAT(problems(many + done, {.edits_max = 3}),
                ElementsAre(HasSubstr("more than 3 edits"), HasSubstr("no report")));
    EXPECT_THAT(problems(many + done, {.answer_bytes_max = 100}), ElementsAre(HasSubstr("more than 100 bytes")));
    std::string wrong;
    for (int i = 0; i < 50; ++i) wrong += "DELETE: /x\n";
    EXPECT_THAT(problems(wrong + done), SizeIs(20));
    EXPECT_THAT(problems("DELETE: " + std::string(1001, 'x') + "\n" + done), ElementsAre(HasSubstr("too long")));
}

TEST(EditProtocol, KnowsPathsThatStayInside) {
    using namespace std::string_literals;
    for (const auto& path : {"a"s, "a/b.txt"s, ".gitignore"s, ".github/x.yml"s, "a..b"s, "é/🙂"s, "-x"s, "..."s})
        EXPECT_EQ(path_problem(path), "") << path;
    for (const auto& path :
         {""s, "/a"s, "a//b"s, "a/"s, "./a"s, "a/./b"s, "../a"s, "a/../../b"s, "a/.."s, ".git"s, ".git/config"s,
          "sub/.GIT/x"s, "a\\b"s, "a\nb"s, "a\0b"s, "\xff"s, "\x7f"s, std::string(256, 'x')})
        EXPECT_NE(path_problem(path), "") << path;
}

TEST(EditProtocol, AsksToMendAllAtOnce) {
    const std::vector<Problem> wrong{{.line = 3, .text = "this"}, {.text = "that"}};
    EXPECT_THAT(repair_prompt(wrong), HasSubstr("- line 3 of your answer: this\n- that\n"));
}

}  // namespace
}  // namespace gsdb::llm
