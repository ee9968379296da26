// What a change did to the code: touched functions and types, added lines that stand elsewhere, issues that it brought.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "index_fixture.hpp"
#include "modules/codebase/changed_code.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ChangedCodeTest : public IndexFixture {
  protected:
    ChangedCode change(std::map<std::string, std::string> files, std::vector<TouchedFile> touched) {
        const auto before = index(tree_);
        for (auto& [path, content] : files) tree_.files[path] = content;
        const auto after = index(tree_);
        // A later run is another matter.
        tree_.files.clear();
        index(tree_);
        return run_task(changed_code(
            database_, default_organization(),
            {.codebase = after.codebase, .before = before.run_number, .after = after.run_number}, touched));
    }
    static std::vector<std::string> described(const ChangedCode& code) {
        const auto word = [](const std::optional<bool>& value) { return value ? (*value ? "yes" : "no") : "-"; };
        std::vector<std::string> lines;
        for (const auto& e : code.elements)
            lines.push_back(fmt::format("{}:{} {} {} {} {}", e.path, e.line, e.name,
                                        e.cyclomatic_complexity ? std::to_string(*e.cyclomatic_complexity) : "-",
                                        word(e.is_documented), word(e.is_reached_by_a_test)));
        return lines;
    }

    MemoryTree tree_{
        "/sample",
        {{"shop.py",
          "class Shop:\n    \"\"\"Sells.\"\"\"\n\n    def sell(self, what):\n        \"\"\"Sells it.\"\"\"\n"
          "        return what\n\n    def close(self):\n        return 1\n\n\ndef open_all():\n    return "
          "Shop().sell(2)\n"},
         {"test_shop.py", "import shop\n\n\ndef test_sell():\n    assert shop.open_all()\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, ChangedCodeTest,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(ChangedCodeTest, AddedAndChangedFunctionsHaveTheirFigures) {
    const auto code = change(
        {{"shop.py",
          "class Shop:\n    \"\"\"Sells.\"\"\"\n\n    def sell(self, what):\n        \"\"\"Sells it.\"\"\"\n        if "
          "what "
          "and self:\n            return 3\n        return what\n\n    def close(self):\n        return 1\n\n\ndef "
          "open_all():\n    return Shop().sell(2)\n\n\ndef rob():\n    # takes all\n    try:\n        return "
          "eval('1')\n    except:\n        pass\n"}},
        {{.path = "shop.py", .added = {{6, 7}, {16, 23}}, .removed_behind = {}}});
    EXPECT_THAT(described(code), ElementsAre("shop.py:4 Shop.sell 3 yes yes", "shop.py:18 rob 2 no no"));
    EXPECT_EQ(code.lines_added, 10);
    EXPECT_EQ(code.lines_copied, 0);
    std::vector<std::string> issues;
    for (const auto& issue : code.issues)
        if (issue.category == "risk") issues.push_back(fmt::format("{} {}:{}", issue.rule, issue.path, issue.line));
    EXPECT_THAT(issues, testing::UnorderedElementsAre("risk/bare-except shop.py:22", "risk/dynamic-code shop.py:21",
                                                      "risk/swallowed-exception shop.py:22"));
}

TEST_P(ChangedCodeTest, LinesTakenAwayCountWhereBothNeighboursAreTheFunctions) {
    const auto code = change({{"shop.py",
                               "class Shop:\n    \"\"\"Sells.\"\"\"\n\n    def sell(self, what):\n        return "
                               "what\n\n\ndef open_all():\n    "
                               "return Shop().sell(2)\n"}},
                             {{.path = "shop.py", .added = {}, .removed_behind = {4, 5}}});
    EXPECT_THAT(described(code), ElementsAre("shop.py:4 Shop.sell 1 no yes"));
    EXPECT_EQ(code.lines_added, 0);
}

TEST_P(ChangedCodeTest, AddedLinesThatStandElsewhereAreCountedOnce) {
    const std::string copied =
        "function sum(rows, limit) {\n  for (const row of rows) {\n    limit += row.size - 1;\n  }\n"
        "  if (rows.length > 2) {\n    rows = rows.map((x) => x * limit);\n  }\n"
        "  while (limit > 7 && rows.length < limit) {\n    rows.push(limit, rows.length);\n    limit = limit / 2;\n  "
        "}\n"
        "  try {\n    console.log(rows, `of ${limit}`);\n  } catch (problem) {\n    throw new Error(problem.text);\n  "
        "}\n"
        "  return { rows, limit, first: rows[0] };\n}\n";
    tree_.files["a.js"] = copied;
    const auto code = change({{"b.js", "\n" + copied}, {"notes.md", "words\n"}},
                             {{.path = "b.js", .added = {{1, 19}}, .removed_behind = {}},
                              {.path = "notes.md", .added = {{1, 1}}, .removed_behind = {}}});
    EXPECT_EQ(code.lines_added, 19);
    EXPECT_EQ(code.lines_copied, 18);
    ASSERT_THAT(code.copies, SizeIs(1));
    EXPECT_EQ(code.copies[0].path, "b.js");
    EXPECT_EQ(code.copies[0].first_line, 2);
    EXPECT_EQ(code.copies[0].last_line, 19);
    EXPECT_EQ(code.copies[0].other_path, "a.js");
}

TEST_P(ChangedCodeTest, AFileThatWasRenamedBringsNoIssues) {
    tree_.files["old.py"] = "def run(text):\n    return eval(text)\n";
    const auto before = index(tree_);
    tree_.files.erase("old.py");
    tree_.files["new.py"] = "def run(text):\n    return eval(text)\n";
    const auto after = index(tree_);
    const ChangedRuns runs{.codebase = after.codebase, .before = before.run_number, .after = after.run_number};
    EXPECT_THAT(run_task(changed_code(database_, default_organization(), runs, {})).issues, IsEmpty());
    EXPECT_THAT(ask("select rule_id from codebase.code_issues where path = 'new.py' and rule_id = 'risk/dynamic-code'"),
                SizeIs(1));
}

}  // namespace
}  // namespace gsdb::codebase
