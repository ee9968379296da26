// The quality of runs: that every figure is what the rows say, that a run without changes keeps those of the run
// before, and that a report shows what became of them; and the figures of the graph on code that is small enough to
// count.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "index_fixture.hpp"
#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/explanation.hpp"
#include "modules/codebase/quality_questions.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class QualityRun : public IndexFixture {
  protected:
    IndexSummary index() { return IndexFixture::index(tree_); }
    /// As the organization, which functions ask for.
    std::vector<std::string> ask_as_organization(const std::string& sql) {
        return ask("select q.* from (select set_config('app.organization_id', '" + to_string(default_organization()) +
                   "', false)) s cross join lateral (" + sql + ") q");
    }
    QualityReport report(const std::string& against = "") {
        const auto codebase =
            run_task(find_path(database_, Scope{.organization = default_organization()}, "")).codebase;
        return run_task(quality_report(database_, default_organization(), codebase, against, 10));
    }

    MemoryTree tree_{
        "/sample",
        {{"shop/cart.py",
          "from shop import price\n\n\nclass Cart:\n    \"\"\"What is bought.\"\"\"\n\n    def total(self):\n   "
          "     return price.of(self)\n\n    def tax(self):\n        return price.of(self) / 5\n"},
         {"shop/price.py",
          "def of(cart):\n    try:\n        return cart.sum\n    except:\n        pass\n\n\ndef _unused():\n  "
          "  pass\n"},
         {"shop/big.py", "from shop import cart\n\n\nclass Big(cart.Cart):\n    pass\n"},
         {"tests/test_cart.py",
          "from shop import cart\n\n\ndef test_total():\n    assert cart.Cart().total() == 1\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, QualityRun, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(QualityRun, StoresWhatTheRowsSay) {
    index();
    const std::string stored =
        "select metric, value from codebase.run_metrics where scope = '' and run_id = (select current_run_id from "
        "codebase.codebases) order by metric";
    EXPECT_EQ(
        ask(stored),
        ask("select * from (select 'code_lines' as metric, sum(code_lines)::double precision as value from "
            "codebase.file_analysis union all select 'cognitive_complexity', sum(cognitive_complexity) from "
            "codebase.file_metrics union all select 'comment_lines', sum(comment_lines) from "
            "codebase.file_analysis union all select 'complex_function_code_lines', coalesce(sum(code_lines), 0) "
            "from codebase.element_metrics where cohesion_groups is null and cyclomatic_complexity > 20 union all "
            "select 'debt_minutes', sum(effort_minutes) from codebase.code_issues where state = 'open' union all "
            "select "
            "'duplicated_lines', coalesce(sum(duplicated_lines), 0) from codebase.file_duplication union all "
            "select 'documentable', sum(documentable) from codebase.blob_metrics where ordinal = -1 union all "
            "select 'documented', sum(documented) from codebase.blob_metrics where ordinal = -1 union all select "
            "'files', count(*) from codebase.file_analysis union all select 'function_code_lines', "
            "sum(code_lines) from codebase.element_metrics where cohesion_groups is null union all select "
            "'functions', count(*) from codebase.element_metrics where cohesion_groups is null union all select "
            "'issues', count(*) from codebase.code_issues where state = 'open' union all select 'lines', "
            "sum(lines) from codebase.file_analysis) q order by metric"));
    EXPECT_THAT(ask("select scope, value from codebase.run_metrics where metric = 'files' order by scope"),
                ElementsAre("|4", "shop|3", "tests|1"));
    EXPECT_EQ(ask("select round(p.measured::numeric, 9), round(p.points::numeric, 9) from codebase.quality_parts p "
                  "where p.scope = '' and p.part = 'debt'"),
              ask("select round(r.ratio::numeric, 9), round(greatest(0, 100 - 5 * r.ratio)::numeric, 9) from (select "
                  "100 * d.value / (30 * c.value) as ratio from codebase.run_metrics d, codebase.run_metrics c where "
                  "d.scope = '' and c.scope = '' and d.metric = 'debt_minutes' and c.metric = 'code_lines') r"));
    const auto found = report();
    double points = 0, weight = 0;
    for (const auto& part : found.parts) points += part.points * part.weight, weight += part.weight;
    ASSERT_TRUE(found.score);
    EXPECT_NEAR(*found.score, points / weight, 1e-9);
    EXPECT_THAT(found.parts, SizeIs(4));
    EXPECT_THAT(found.folders, SizeIs(2));
}

TEST_P(QualityRun, KeepsTheFiguresOfARunWithoutChanges) {
    index();
    index();
    const auto of = [&](int run) {
        return ask(
            fmt::format("select m.scope, m.metric, m.value from codebase.run_metrics m join "
                        "codebase.analysis_runs r on r.id = m.run_id where r.number = {} order by 1, 2",
                        run));
    };
    EXPECT_THAT(of(1), testing::Not(IsEmpty()));
    EXPECT_EQ(of(2), of(1));
    EXPECT_EQ(report().score, report("1").score_before);
}

TEST_P(QualityRun, ReportsWhatChanged) {
    index();
    EXPECT_FALSE(report().before);
    const auto before = report();
    ASSERT_THAT(before.files, testing::Not(IsEmpty()));
    EXPECT_EQ(before.files[0].path, "shop/price.py");
    EXPECT_EQ(before.debt_rating, "B");
    tree_.files["shop/price.py"] = "def of(cart):\n    return cart.sum\n";
    index();
    const auto after = report();
    ASSERT_TRUE(after.before && after.score_before);
    EXPECT_GT(*after.score, *after.score_before);
    EXPECT_EQ(after.score_before, before.score);
    const auto debt = std::ranges::find(after.figures, "debt_minutes", &QualityFigure::metric);
    ASSERT_NE(debt, after.figures.end());
    EXPECT_LT(debt->value, *debt->before);
    EXPECT_THROW(report("none"), Failure);
}

TEST_P(QualityRun, CountsTheGraph) {
    index();
    EXPECT_THAT(ask("select qualified_name, fan_in, fan_out, inheritance_depth, subtypes from codebase.element_metrics "
                    "order by path, start_line"),
                ElementsAre("Big|0|0|1|0", "Cart|1|0|0|1", "Cart.total|1|1|-|-", "Cart.tax|0|1|-|-", "of|2|0|-|-",
                            "_unused|0|0|-|-", "test_total|0|2|-|-"));
    EXPECT_THAT(ask("select path, afferent, efferent, round(instability::numeric, 2) from codebase.file_coupling order "
                    "by path"),
                ElementsAre("shop/big.py|0|1|1.00", "shop/cart.py|2|1|0.33", "shop/price.py|1|0|-",
                            "tests/test_cart.py|0|1|1.00"));
    EXPECT_THAT(ask("select folder, afferent, efferent, instability from codebase.folder_coupling order by folder"),
                ElementsAre("shop|1|0|0", "tests|0|1|1"));
    EXPECT_THAT(ask_as_organization("select f.name, f.is_reached from codebase.codebases c cross join lateral "
                                    "codebase.tested_functions(c.id) f order by f.name"),
                ElementsAre("Cart.tax|f", "Cart.total|t", "_unused|f", "of|t"));
    EXPECT_THAT(ask_as_organization("select t.path, t.name, t.depth from codebase.symbols s cross join lateral "
                                    "codebase.tests_of(s.id) t where s.qualified_name = 'of' order by 1"),
                ElementsAre("tests/test_cart.py|test_total|2"));
    const auto explained = run_task(explain(database_, Scope{.organization = default_organization()}, "Cart"));
    ASSERT_TRUE(explained.figures && explained.coupling);
    EXPECT_EQ(explained.figures->inheritance_depth, 0);
    EXPECT_EQ(explained.figures->direct_subtypes, 1);
    EXPECT_EQ(explained.coupling->afferent, 2);
}

TEST_P(QualityRun, KnowsTestsByTheirNamesAsTheProgramDoes) {
    for (const std::string path : {"a.py", "tests/a.py", "test_a.py", "a_test.go", "a.test.ts", "b/a.spec.js",
                                   "conftest.py", "latest_a.py", "contest.py"})
        for (const std::string name : {"", "f", "test_f", "A.testB", "Test.f", "TestA", "attest"})
            EXPECT_THAT(ask("select codebase.is_test('" + path + "', '" + name + "')"),
                        ElementsAre(is_test(path, name) ? "t" : "f"))
                << path << " " << name;
}

}  // namespace
}  // namespace gsdb::codebase
