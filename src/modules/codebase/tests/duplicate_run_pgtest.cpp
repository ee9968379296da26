// Copies in the database: that they are found across files and languages of a family, follow the files from run to run,
// give issues where the rule says so, and that a history of changes ends in those that a first run would have found.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "index_fixture.hpp"
#include "modules/codebase/issues.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DuplicateRun : public IndexFixture {
  protected:
    std::vector<std::string> places() {
        return ask(
            "select path, start_line, end_line, clone_type, places from codebase.duplicate_code order by path, "
            "start_line");
    }
    std::vector<std::string> issues() {
        return ask(
            "select path, start_line, end_line, message, related from codebase.code_issues where rule_id = "
            "'duplicates/block' and state = 'open' order by path, start_line");
    }
};

INSTANTIATE_TEST_SUITE_P(Layouts, DuplicateRun,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

/// Of JavaScript, 17 lines and more than 100 tokens.
std::string function(const std::string& name, const std::string& list, int number) {
    std::string text = fmt::format("function {}({}, limit) {{\n", name, list);
    for (int bit = 0; bit < 5; ++bit)
        text += (number >> bit) % 2 == 1
                    ? fmt::format("  if ({0}.length > {1}) {{\n    {0} = {0}.map((x) => x * limit);\n  }}\n", list, bit)
                    : fmt::format("  for (const y of {0}) {{\n    limit += y.size - {1};\n  }}\n", list, bit);
    return text + fmt::format("  return {};\n}}\n", list);
}

TEST_P(DuplicateRun, FindsCopiesAndFollowsThem) {
    MemoryTree tree("/copies", {{"a.js", function("f", "items", 6)}, {"b.ts", "\n" + function("g", "rows", 6)}});
    index(tree);
    EXPECT_THAT(places(), ElementsAre("a.js|1|18|2|2", "b.ts|2|19|2|2"));
    tree.files["b.ts"] = "// moved\n" + tree.files["b.ts"];
    tree.files["c/c.js"] = function("f", "items", 6);
    index(tree);
    EXPECT_THAT(places(), ElementsAre("a.js|1|18|2|3", "b.ts|3|20|2|3", "c/c.js|1|18|2|3"));
    tree.files.erase("b.ts");
    index(tree);
    EXPECT_THAT(places(), ElementsAre("a.js|1|18|1|2", "c/c.js|1|18|1|2"));
    EXPECT_THAT(
        ask("select path, first_run, last_run from codebase.duplicates where last_run is not null order by 1, 2"),
        ElementsAre("a.js|1|2", "b.ts|1|1", "b.ts|2|2", "c/c.js|2|2"));
    tree.files["a.js"] = "f();\n";
    index(tree);
    EXPECT_THAT(places(), IsEmpty());
}

TEST_P(DuplicateRun, GivesAnIssueForEachBlock) {
    MemoryTree tree("/issues", {{"src/a.py", "x = 1\n"},
                                {"src/b.js", function("f", "items", 6)},
                                {"src/c.js", "\n" + function("f", "items", 6)},
                                {"tests/d.js", function("f", "items", 9)},
                                {"tests/e.js", function("f", "items", 9)}});
    index(tree);
    EXPECT_THAT(places(), SizeIs(4));
    EXPECT_THAT(issues(), ElementsAre("src/b.js|1|18|18 lines (113 tokens) stand in 2 places|[{\"line\": 2, \"path\": "
                                      "\"src/c.js\", \"message\": \"also to line 19 here\"}]"));
    const auto fingerprint = ask("select fingerprint from codebase.code_issues where rule_id = 'duplicates/block'");
    tree.files["src/b.js"] = "\n\n" + tree.files["src/b.js"];
    EXPECT_EQ(index(tree).checks->found, 0);
    EXPECT_EQ(ask("select fingerprint from codebase.code_issues where rule_id = 'duplicates/block'"), fingerprint);
    run_task(set_rule_enabled(database_, default_organization(), "duplicates/block", "known", clock_.now()));
    index(tree);
    EXPECT_THAT(issues(), IsEmpty());
    EXPECT_THAT(places(), SizeIs(4)) << "they are there all the same";
}

TEST_P(DuplicateRun, LooksForBlocksAsLongAsAsked) {
    MemoryTree tree("/limit", {{"a.js", function("f", "items", 6)}, {"b.js", function("f", "items", 6)}});
    index(tree);
    EXPECT_THAT(places(), SizeIs(2));
    const auto set = [&](std::int32_t tokens) {
        run_task(set_rule_parameter(database_, default_organization(), "duplicates/block", "tokens", tokens));
    };
    set(114);
    EXPECT_TRUE(index(tree).checks);
    EXPECT_THAT(places(), IsEmpty());
    set(113);
    index(tree);
    EXPECT_THAT(places(), SizeIs(2));
    EXPECT_THROW(set(49), Failure);
}

TEST_P(DuplicateRun, EndsWhereAFirstRunWould) {
    std::mt19937 random(GetParam() == migrate::LayoutKind::split ? 3 : 4);
    const auto pick = [&](std::size_t count) { return static_cast<int>(random() % count); };
    const auto module = [&] {
        std::string text = std::string(static_cast<std::size_t>(pick(3)), '\n');
        for (int i = 0; i < 3; ++i) text += function(pick(2) == 0 ? "f" : "g", pick(2) == 0 ? "a" : "b", pick(8));
        return text;
    };
    MemoryTree edited("/edited");
    for (int i = 0; i < 5; ++i) edited.files[fmt::format("m{}.js", i)] = module();
    for (int step = 0; step < 25; ++step) {
        const auto path = fmt::format("m{}.{}", pick(6), pick(2) == 0 ? "js" : "ts");
        if (pick(4) == 0)
            edited.files.erase(path);
        else
            edited.files[path] = pick(4) == 0 && !edited.files.empty() ? edited.files.begin()->second : module();
        index(edited);
    }
    MemoryTree clean("/clean", edited.files);
    index(clean);
    const auto of = [&](const std::string& location) {
        return ask(
            "select d.digest, d.path, d.start_line, d.end_line, d.tokens, d.clone_type from codebase.duplicates d join "
            "codebase.codebases c on c.id = d.codebase_id where d.last_run is null and c.location = '" +
            location + "' order by 1, 2, 3");
    };
    EXPECT_THAT(of("/clean"), testing::Not(IsEmpty()));
    EXPECT_EQ(of("/edited"), of("/clean"));
}

}  // namespace
}  // namespace gsdb::codebase
