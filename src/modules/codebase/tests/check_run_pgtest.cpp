// The issues in the database: that they are found and stay the same as lines move, that comments and people suppress
// them, that a rule which fails harms nothing else, and that a history of changes ends in the issues that a first run
// would have found.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "index_fixture.hpp"
#include "modules/codebase/issues.hpp"
#include "modules/codebase/query_rules.hpp"
#include "modules/codebase/sarif.hpp"

namespace gsdb::codebase {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class CheckRun : public IndexFixture {
  protected:
    std::vector<std::string> issues(const std::string& state = "open") {
        return ask("select path, start_line, rule_id from codebase.code_issues where state = '" + state +
                   "' order by path, start_line, rule_id");
    }
    /// All that is said of the open issues of a codebase, without what tells one codebase from another.
    std::vector<std::string> issues_of(const std::string& codebase) {
        return ask(
            "select concat_ws('|', fingerprint, moved_fingerprint, rule_id, severity, state, path, start_line, "
            "start_column, end_line, end_column, "
            "start_character, end_character, message, effort_minutes, related, suppression_kind, justification) from "
            "codebase.code_issues where codebase = '" +
            codebase + "' and state <> 'fixed' order by 1");
    }
    Scope scope() const { return {.organization = default_organization()}; }
    std::vector<KnownIssue> list(IssueFilter filter = {}) {
        return run_task(list_issues(database_, scope(), std::move(filter)));
    }
    std::string add(const std::string& id, const std::string& query) {
        auto rule = parse_query_rule(
            fmt::format("-- id: {}\n-- name: A rule\n-- description: Of a test\n-- severity: error\n{}", id, query));
        EXPECT_TRUE(rule) << rule.error().message;
        try {
            run_task(add_rule(database_, default_organization(), *rule));
            return "";
        } catch (const Failure& failure) {
            return failure.error().message;
        }
    }

    MemoryTree tree_{"/sample",
                     {{"a.py",
                       "import os\nimport b\n\n\ndef _dead():\n    pass\n\n\ndef f():\n    try:\n        b.g()\n    "
                       "except:\n        pass\n"},
                      {"b.py", "import a\n\n\ndef g():\n    unused = a.f()\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, CheckRun, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(CheckRun, FindsWhatContentsAndTheGraphSay) {
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.checks);
    EXPECT_EQ(summary.checks->found, 7);
    EXPECT_EQ(summary.checks->open, 7);
    EXPECT_THAT(issues(), ElementsAre("a.py|1|unused/import", "a.py|2|cycle/imports", "a.py|5|dead_code/unreached",
                                      "a.py|9|cycle/calls", "a.py|12|risk/bare-except",
                                      "a.py|12|risk/swallowed-exception", "b.py|5|unused/variable"));
    const auto found = list({.rule = "cycle/imports"});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].message, "2 files import each other in a circle: a.py > b.py > a.py");
    ASSERT_THAT(found[0].related, SizeIs(2));
    EXPECT_EQ(found[0].related[1].path, "b.py");
    EXPECT_EQ(list({.rule = "dead_code/unreached"})[0].message, "nothing calls, passes or mentions the function _dead");
    EXPECT_THAT(list({.severity = checks::Severity::warning, .path = "b.py"}), SizeIs(1));
}

TEST_P(CheckRun, KeepsIssuesWhoseLinesMoveAndEndsThoseThatAreFixed) {
    index(tree_);
    EXPECT_FALSE(index(tree_).checks) << "nothing changed";
    const auto before = ask("select fingerprint from codebase.issues order by 1");
    tree_.files["a.py"] = "# A line more.\n\n" + tree_.files["a.py"];
    const auto moved = index(tree_);
    ASSERT_TRUE(moved.checks);
    EXPECT_EQ(moved.checks->found, 0);
    EXPECT_EQ(moved.checks->fixed, 0);
    EXPECT_EQ(ask("select fingerprint from codebase.issues order by 1"), before);
    EXPECT_THAT(issues(), Contains("a.py|3|unused/import"));
    tree_.files["b.py"] = "def g():\n    return 1\n";
    EXPECT_EQ(index(tree_).checks->fixed, 3);
    EXPECT_THAT(ask("select rule_id, first_run, last_run from codebase.issues where last_run is not null order by 1"),
                ElementsAre("cycle/calls|1|3", "cycle/imports|1|3", "unused/variable|1|3"));
    tree_.files["b.py"] = "def g():\n    unused = 1\n";
    EXPECT_EQ(index(tree_).checks->found, 1) << "it comes back as a row more";
    EXPECT_THAT(ask("select first_run, last_run from codebase.issues where rule_id = 'unused/variable' order by 1"),
                ElementsAre("1|3", "5|-"));
}

TEST_P(CheckRun, LeavesAloneWhatCommentsSay) {
    tree_.files["a.py"] =
        "import os  # gsdb: ignore[unused/import] it registers itself\n\n\n# gsdb: "
        "ignore[dead_code/unreached]\n@property\ndef _f():\n    pass\n\n\n# gsdb: ignore[dead_code/unreached]\ndef "
        "_dead():\n    pass\n";
    const auto summary = index(tree_);
    EXPECT_EQ(summary.checks->suppressed, 2);
    EXPECT_THAT(issues("suppressed"), ElementsAre("a.py|1|unused/import", "a.py|11|dead_code/unreached"));
    EXPECT_THAT(
        ask("select justification, suppression_kind from codebase.code_issues where state = 'suppressed' order by 1"),
        ElementsAre("a comment in the source, without a reason|in_source", "it registers itself|in_source"));
    tree_.files["a.py"] = "import os\n";
    index(tree_);
    EXPECT_THAT(issues("suppressed"), IsEmpty());
    EXPECT_THAT(issues(), Contains("a.py|1|unused/import"));
}

TEST_P(CheckRun, LetsPeopleSuppressAndTakeItBack) {
    index(tree_);
    const auto fingerprint = list({.rule = "risk/bare-except"})[0].fingerprint;
    const auto now = clock_.now();
    run_task(suppress_issue(database_, scope(),
                            {.fingerprint = fingerprint,
                             .reason = "accepted",
                             .justification = "it ends anyway",
                             .expires_at = now + std::chrono::hours(1)},
                            now));
    EXPECT_THAT(issues("suppressed"), ElementsAre("a.py|12|risk/bare-except"));
    run_task(suppress_issue(database_, scope(),
                            {.fingerprint = fingerprint, .reason = "planned", .justification = "later"}, now));
    EXPECT_THAT(ask("select reason, revoked_at is null from codebase.issue_suppressions order by reason"),
                UnorderedElementsAre("accepted|f", "planned|t"));
    tree_.files["a.py"] = "\n" + tree_.files["a.py"];
    EXPECT_EQ(index(tree_).checks->suppressed, 1) << "it outlives changes of the file";
    run_task(unsuppress_issue(database_, scope(), fingerprint, now));
    EXPECT_THAT(issues("suppressed"), IsEmpty());
    EXPECT_THROW(run_task(unsuppress_issue(database_, scope(), fingerprint, now)), Failure);
    EXPECT_THROW(run_task(suppress_issue(database_, scope(),
                                         {.fingerprint = {}, .reason = "planned", .justification = "x"}, now)),
                 Failure);
}

TEST_P(CheckRun, ChecksAgainWhenTheRulesAreOthers) {
    index(tree_);
    run_task(set_rule_parameter(database_, default_organization(), "size/function-lines", "limit", 3));
    auto summary = index(tree_);
    ASSERT_TRUE(summary.checks);
    EXPECT_EQ(summary.checks->found, 1);
    EXPECT_EQ(list({.rule = "size/function-lines"})[0].message, "f has 5 lines of code, more than 3");
    run_task(set_rule_enabled(database_, default_organization(), "unused/import", "we like them", clock_.now()));
    EXPECT_EQ(index(tree_).checks->fixed, 1);
    run_task(set_rule_enabled(database_, default_organization(), "unused/import", std::nullopt, clock_.now()));
    EXPECT_EQ(index(tree_).checks->found, 1);
    EXPECT_FALSE(index(tree_).checks);
    EXPECT_THROW(run_task(set_rule_parameter(database_, default_organization(), "size/function-lines", "size", 3)),
                 Failure);
    EXPECT_THROW(run_task(set_rule_enabled(database_, default_organization(), "none/such", std::nullopt, clock_.now())),
                 Failure);
}

TEST_P(CheckRun, AsksQueriesOfTheOrganization) {
    EXPECT_EQ(add("team/lines",
                  "select codebase_id, path, 1 as start_line, 'it has ' || lines || ' lines' as message, path as key "
                  "from codebase.file_analysis where lines > 5;"),
              "");
    auto summary = index(tree_);
    EXPECT_THAT(summary.checks->failed, IsEmpty());
    auto found = list({.rule = "team/lines"});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].message, "it has 13 lines");
    EXPECT_EQ(to_label(found[0].severity), "error");
    tree_.files["a.py"] += "\n";
    summary = index(tree_);
    EXPECT_EQ(summary.checks->found, 0) << "the key is the same";
    run_task(remove_rule(database_, default_organization(), "team/lines"));
    EXPECT_THAT(list({.rule = "team/lines"}), IsEmpty());
    EXPECT_THROW(run_task(remove_rule(database_, default_organization(), "unused/import")), Failure);
}

TEST_P(CheckRun, RefusesQueriesThatDoMoreThanRead) {
    const std::string row = "select null::uuid as codebase_id, 'a'::text as path, 1 as start_line, ";
    EXPECT_THAT(add("team/x", "select 1 as path"), HasSubstr("gives no column start_line"));
    EXPECT_THAT(add("team/x", "select nothing"), HasSubstr("it fails: column \"nothing\" does not exist"));
    EXPECT_THAT(add("team/x", row + "set_config('app.organization_id', '" + to_string(default_organization()) +
                                  "', true) as message"),
                HasSubstr("it calls set_config(text,text,boolean)"));
    EXPECT_THAT(add("team/x", row + "query_to_xml('select 1', true, true, '')::text as message"),
                HasSubstr("does more than compute"));
    EXPECT_THAT(add("team/x", row + "table_to_xml('codebase.files', true, true, '')::text as message"),
                HasSubstr("does more than compute"));
    EXPECT_THAT(add("team/x", row + "query as message from pg_stat_activity"), HasSubstr("it reads pg_stat_activity"));
    EXPECT_THAT(add("team/x", row + "(select min(query) from pg_stat_get_activity(null)) as message"),
                HasSubstr("does more than compute"));
    EXPECT_THAT(add("team/x", "with gone as (delete from codebase.issues returning 1) " + row + "'x' as message"),
                HasSubstr("it fails"));
    EXPECT_THAT(add("team/x", row + "'x' as message; drop table codebase.issues"), HasSubstr("it fails"));
    EXPECT_THAT(ask("select count(*) from codebase.rules where source = 'query'"), ElementsAre("0"));
    EXPECT_FALSE(parse_query_rule("select 1"));
    EXPECT_FALSE(
        parse_query_rule("-- id: bug/fallthrough\n-- name: a\n-- description: b\n-- severity: note\nselect 1"));
}

TEST_P(CheckRun, DisablesRulesThatFailAndGoesOn) {
    EXPECT_EQ(
        add("team/works", "select codebase_id, path, 1 as start_line, 'x' as message from codebase.file_analysis"), "");
    EXPECT_EQ(
        add("team/divides",
            "select codebase_id, path, 1 / (lines - lines) as start_line, 'x' as message from codebase.file_analysis"),
        "")
        << "there are no rows yet";
    EXPECT_EQ(add("team/many",
                  "select f.codebase_id, f.path, 1 as start_line, 'x' as message from codebase.file_analysis f, "
                  "generate_series(1, 20000) as n"),
              "");
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.checks);
    ASSERT_THAT(summary.checks->failed, SizeIs(2));
    EXPECT_EQ(summary.checks->failed[0].id, "team/divides");
    EXPECT_EQ(summary.checks->failed[0].reason, "it fails: division by zero (22012)");
    EXPECT_EQ(summary.checks->failed[1].reason, "it gave more than 10000 rows");
    EXPECT_THAT(list({.rule = "team/works"}), SizeIs(2));
    EXPECT_THAT(
        ask("select id, disabled_reason from codebase.rules where disabled_at is not null order by id"),
        ElementsAre("team/divides|it fails: division by zero (22012)", "team/many|it gave more than 10000 rows"));
    EXPECT_FALSE(index(tree_).checks) << "the rules are as they were when it was checked";
}

TEST_P(CheckRun, EndsAQueryThatDoesNotEnd) {
    const auto rule = parse_query_rule(
        "-- id: team/slow\n-- name: a\n-- description: b\n-- severity: note\nwith recursive endless(n) as (select 1 "
        "union all select 1 - n from endless) select '00000000-0000-0000-0000-000000000000'::uuid as codebase_id, 'a' "
        "as path, 1 as start_line, "
        "max(n)::text as message from endless");
    ASSERT_TRUE(rule);
    const auto answer = run_task(database_.transaction(
        {.organization = default_organization()}, [&](pg::TransactionOf<Database>& tx) -> Task<std::string> {
            const auto found =
                co_await run_query_rule(tx, {.rule = &*rule, .codebase = {}, .deadline = pg::Milliseconds(200)});
            const auto after = co_await tx.execute("select 'the transaction goes on'");
            co_return (found ? "" : found.error()) + "; " + after.get<std::string>(0, 0);
        }));
    EXPECT_EQ(answer, "it did not end within 200 ms; the transaction goes on");
}

TEST_P(CheckRun, KnowsARenamedFileByItsBaseline) {
    const auto summary = index(tree_);
    const auto before = list();
    Scope of_this{.organization = default_organization(), .codebase = summary.codebase};
    const auto rules = run_task(list_rules(database_, default_organization()));
    const auto baseline = parse_baseline(boost::json::serialize(to_sarif(before, rules, {.program_version = "1"})));
    ASSERT_TRUE(baseline) << baseline.error().detail;
    tree_.files["c d.py"] = tree_.files["b.py"] + "    more = 1\n";
    tree_.files.erase("b.py");
    index(tree_);
    const auto after = list({.path = "c d.py"});
    ASSERT_THAT(after, SizeIs(2));
    EXPECT_THAT(run_task(new_issues(database_, of_this, *baseline, after)), ElementsAre(false, true));
    tree_.files["b.py"] = tree_.files["c d.py"];
    index(tree_);
    EXPECT_THAT(run_task(new_issues(database_, of_this, *baseline, after)), ElementsAre(true, true))
        << "it is a copy now";
    const auto of_run = run_task(baseline_of_run(database_, of_this, 1));
    EXPECT_EQ(of_run.fingerprints, baseline->fingerprints);
    EXPECT_THROW(run_task(baseline_of_run(database_, of_this, 99)), Failure);
}

TEST_P(CheckRun, EndsWhereAFirstRunWould) {
    std::mt19937 random(GetParam() == migrate::LayoutKind::split ? 1 : 2);
    const auto pick = [&](std::size_t count) { return random() % count; };
    const auto module = [&](std::size_t number) {
        std::string text = fmt::format("# {}\n", number);
        for (std::size_t i = 0; i < 2; ++i)
            text += fmt::format("from m{} import f{}{}\n", pick(6), pick(4), pick(3) == 0 ? "  # noqa" : "");
        for (std::size_t i = 0; i < 4; ++i) {
            if (pick(5) == 0) text += "# gsdb: ignore[unused/variable, size/parameters] why\n";
            text +=
                fmt::format("{}def {}f{}(a, b{}):\n    x{} = f{}(a)\n", std::string(pick(3), '\n'),
                            pick(3) == 0 ? "_" : "", i, pick(3) == 0 ? ", c, d, e, g, h, i, j" : "", pick(2), pick(4));
            if (pick(3) == 0) text += "    try:\n        x0()\n    except:\n        pass\n";
            if (pick(3) == 0) text += "    return x0\n    print(a)\n";
        }
        return text;
    };
    EXPECT_EQ(add("team/lines",
                  "select codebase_id, path, 1 as start_line, 'it has ' || lines || ' lines' as message, path as key "
                  "from codebase.file_analysis where lines > 24"),
              "");
    MemoryTree edited("/edited");
    for (std::size_t i = 0; i < 5; ++i) edited.files[fmt::format("m{}.py", i)] = module(i);
    for (std::size_t step = 0; step < 25; ++step) {
        const auto path = fmt::format("m{}.py", pick(6));
        if (pick(4) == 0)
            edited.files.erase(path);
        else
            edited.files[path] = module(step);
        index(edited);
    }
    MemoryTree clean("/clean", edited.files);
    const auto of_edited = index(edited).name;
    const auto of_clean = index(clean).name;
    EXPECT_NE(of_edited, of_clean);
    const auto rows = issues_of(of_clean);
    EXPECT_THAT(rows, Contains(HasSubstr("in_source")));
    EXPECT_EQ(issues_of(of_edited), rows);
}

}  // namespace
}  // namespace gsdb::codebase
