#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "base/run_task.hpp"
#include "memory_tree.hpp"
#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/index_run.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "rows.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const auto other_organization = *OrganizationId::parse("00000000-0000-7000-8000-00000000000b");

class IndexRun : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    IndexSummary index(MemoryTree& tree, IndexOptions options = {},
                       OrganizationId organization = default_organization()) {
        options.analysis.threads = 2;
        return run_task(run_index(database_, organization, tree, clock_, std::move(options)));
    }

    /// Text rows of a query by the superuser, whom row-level security does not concern.
    std::vector<std::string> ask(std::string sql) {
        return run_task(lines_of(module_database_.superuser(), std::move(sql)));
    }
    std::vector<std::string> names() {
        return ask("select qualified_name from codebase.code_elements order by path, ordinal");
    }
    std::vector<std::string> run_states() { return ask("select state from codebase.analysis_runs order by number"); }

    queryc::ModuleDatabase module_database_{"codebase", GetParam()};
    pg::Database<Database> database_{pg::Pool({.connect = module_database_.login()})};
    SystemClock clock_;
    MemoryTree tree_{"/sample",
                     {{"a.py", "class A:\n    def f(self): pass\n"}, {"b.py", "import a\ndef g(): return a.A()\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, IndexRun, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(IndexRun, StoresFilesElementsImportsAndReferences) {
    auto summary = index(tree_);
    EXPECT_EQ(summary.run_number, 1);
    EXPECT_EQ(summary.files_parsed, 2);
    EXPECT_EQ(summary.elements_seen, 3);
    EXPECT_THAT(names(), ElementsAre("A", "A.f", "g"));
    EXPECT_THAT(ask("select path, module from codebase.imports"), ElementsAre("b.py|a"));
    EXPECT_THAT(ask("select name, receiver, line from codebase.raw_references where kind in ('call', 'instantiate')"),
                ElementsAre("A|a|2"));
    EXPECT_THAT(ask("select path, lines, code_lines from codebase.file_analysis order by path"),
                ElementsAre("a.py|2|2", "b.py|2|2"));
    ASSERT_EQ(summary.languages.size(), 1U);
    EXPECT_EQ(summary.languages[0].language, "python");
    EXPECT_EQ(summary.languages[0].lines, summary.lines_seen);
}

TEST_P(IndexRun, StoresTheFiguresOfFilesFunctionsAndTypes) {
    tree_.files["c.py"] =
        "'''Doc.'''\nclass C:\n    # why\n    def f(self, a: int, b) -> int:\n        if a and b:\n            "
        "return self.f(b, a)\n        return self.x\n";
    tree_.files["notes.md"] = "# No tree, no figures\n";
    index(tree_);
    EXPECT_THAT(ask("select qualified_name, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity, "
                    "cognitive_complexity, nesting_max, parameters, cohesion_groups from codebase.element_metrics "
                    "order by path, ordinal"),
                ElementsAre("A|2|2|3|0|1|0|0|1|1", "A.f|1|1|2|0|1|0|0|1|-", "g|1|1|2|0|1|0|0|0|-",
                            "C|6|5|5|1|3|3|1|3|1", "C.f|4|4|4|0|3|3|1|3|-"));
    // Operators: def ( , : , -> : if and : return . ( , return . Operands: f self a int b int a b self f b a self x.
    // 30 * log2(9 + 6); 9 / 2 * 14 / 6; (171 - 5.2 ln 117.207 - 0.23 * 3 - 16.2 ln 4) * 100 / 171.
    EXPECT_THAT(ask("select round(halstead_volume::numeric, 3), round(halstead_difficulty, 3), "
                    "round(maintainability_index::numeric, 3) from codebase.element_metrics where qualified_name = "
                    "'C.f'"),
                ElementsAre("117.207|10.500|71.976"));
    EXPECT_THAT(
        ask("select path, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity, "
            "cognitive_complexity, round(documented_share::numeric, 3), round(annotated_share::numeric, 3) from "
            "codebase.file_metrics order by path"),
        ElementsAre("a.py|2|2|3|0|1|0|0.000|0.000", "b.py|2|2|3|0|1|0|0.000|0.000", "c.py|7|5|5|2|3|3|0.333|0.667"));
}

TEST_P(IndexRun, FiguresAreStoredOncePerContentAndOrganization) {
    index(tree_);
    const auto before = ask("select * from codebase.blob_metrics order by 1, 2, 3");
    MemoryTree copy("/copy", {{"moved.py", tree_.files["a.py"]}});
    index(copy);
    EXPECT_EQ(ask("select * from codebase.blob_metrics order by 1, 2, 3"), before);
    EXPECT_THAT(ask("select codebase, qualified_name from codebase.element_metrics order by 1, 2"),
                ElementsAre("sample|A", "sample|A.f", "sample|g", "sample-2|A", "sample-2|A.f"));
    index(copy, {}, other_organization);
    EXPECT_THAT(ask("select count(*) from codebase.blob_metrics group by organization_id order by 1"),
                ElementsAre("3", "5"));
}

TEST_P(IndexRun, ASecondRunOfTheSameContentParsesAndWritesNothing) {
    index(tree_);
    auto files_before = ask("select path, first_run, last_run from codebase.files order by 1");
    auto second = index(tree_);
    EXPECT_EQ(second.run_number, 2);
    EXPECT_EQ(second.files_parsed, 0);
    EXPECT_EQ(second.files_reused, 2);
    EXPECT_EQ(ask("select path, first_run, last_run from codebase.files order by 1"), files_before);
}

TEST_P(IndexRun, AChangedANewAndARemovedFileCostOneRowEach) {
    index(tree_);
    tree_.files["a.py"] = "def h(): pass\n";
    tree_.files.erase("b.py");
    tree_.files["c.py"] = "def i(): pass\n";
    auto second = index(tree_);
    EXPECT_EQ(second.files_parsed, 2);
    EXPECT_EQ(second.files_removed, 1);
    EXPECT_THAT(names(), ElementsAre("h", "i"));
    EXPECT_THAT(ask("select path, first_run, last_run from codebase.files order by path, first_run"),
                ElementsAre("a.py|1|1", "a.py|2|-", "b.py|1|1", "c.py|2|-"));
}

TEST_P(IndexRun, ContentKnownFromAnotherPathOrCodebaseIsNotParsedAgain) {
    index(tree_);
    MemoryTree copy("/copy", {{"moved.py", tree_.files["a.py"]}, {"twice.py", tree_.files["a.py"]}});
    auto summary = index(copy);
    EXPECT_EQ(summary.files_parsed, 0);
    EXPECT_EQ(summary.name, "sample-2") << "names are unique in the organization";
    EXPECT_THAT(ask("select codebase, count(*) from codebase.code_elements group by 1 order by 1"),
                ElementsAre("sample|3", "sample-2|4"));
    EXPECT_THAT(ask("select count(*) from codebase.blobs"), ElementsAre("2"));
}

TEST_P(IndexRun, RunsThatSawTheSameFilesShareASnapshot) {
    index(tree_);
    index(tree_);
    auto before = std::exchange(tree_.files["a.py"], "def other(): pass\n");
    index(tree_);
    tree_.files["a.py"] = before;  // as when a branch is left again
    index(tree_);
    EXPECT_THAT(ask("select dense_rank() over (order by s.first_run), s.files from codebase.analysis_runs r "
                    "join codebase.snapshots s on s.id = r.snapshot_id order by r.number"),
                ElementsAre("1|2", "1|2", "2|2", "1|2"));
}

TEST_P(IndexRun, WhatIsNotAnalysedIsListedWithTheReason) {
    tree_.files["nul.py"] = std::string("\0\1\2", 3);
    tree_.files["unknown.zzz"] = "what is this\n";
    index(tree_);
    EXPECT_THAT(ask("select path, skip_reason from codebase.skipped_files order by 1"),
                ElementsAre("nul.py|binary", "unknown.zzz|unknown_language"));
}

TEST_P(IndexRun, AFileThatCouldNotBeReadIsReadByTheNextRunThoughItIsListedTheSame) {
    tree_.unreadable = {"b.py"};
    index(tree_);
    EXPECT_THAT(ask("select path, skip_reason from codebase.skipped_files"), ElementsAre("b.py|vanished"));
    tree_.unreadable.clear();
    index(tree_);
    EXPECT_THAT(ask("select path, skip_reason from codebase.skipped_files"), IsEmpty());
    EXPECT_THAT(names(), ElementsAre("A", "A.f", "g"));
}

TEST_P(IndexRun, AThreadThatThrowsEndsTheRunAndLeavesTheLastOneVisible) {
    index(tree_);
    tree_.files["a.py"] = "def lost(): pass\n";
    tree_.before_read = [](const auto&) { throw std::runtime_error("out of luck"); };
    EXPECT_THROW(index(tree_), Failure);
    EXPECT_THAT(run_states(), ElementsAre("completed", "failed"));
    EXPECT_THAT(ask("select error_message from codebase.analysis_runs where number = 2"), ElementsAre("out of luck"));
    EXPECT_THAT(names(), ElementsAre("A", "A.f", "g"));
    tree_.before_read = nullptr;
    EXPECT_EQ(index(tree_).run_number, 3);
    EXPECT_THAT(names(), ElementsAre("lost", "g"));
}

TEST_P(IndexRun, AStopBetweenFilesCancelsTheRun) {
    std::stop_source stop;
    tree_.before_read = [&](const auto&) { stop.request_stop(); };
    try {
        index(tree_, {.stop = stop.get_token()});
        FAIL() << "the run was completed";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "codebase.interrupted");
        EXPECT_EQ(failure.error().exit_code, ExitCode::interrupted);
    }
    EXPECT_THAT(run_states(), ElementsAre("cancelled"));
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(IndexRun, ARunWhoseProcessDiedIsCalledAbandonedByTheNext) {
    index(tree_);
    ask("update codebase.analysis_runs set state = 'running', finished_at = null, snapshot_id = null");
    index(tree_);
    EXPECT_THAT(run_states(), ElementsAre("abandoned", "completed"));
}

TEST_P(IndexRun, TwoRunsOfOneCodebaseDoNotMix) {
    index(tree_);
    tree_.files["a.py"] = "def other(): pass\n";
    std::once_flag once;
    tree_.before_read = [&](const auto&) {
        std::call_once(once, [&] {
            // Another program meanwhile: it must be told to wait.
            MemoryTree same("/sample", {{"a.py", "def second(): pass\n"}});
            pg::Database<Database> elsewhere{pg::Pool({.connect = module_database_.login()})};
            try {
                run_task(run_index(elsewhere, default_organization(), same, clock_, {}));
                ADD_FAILURE() << "both ran at once";
            } catch (const Failure& failure) {
                EXPECT_EQ(failure.error().code, "codebase.busy");
            }
        });
    };
    index(tree_);
    EXPECT_THAT(names(), ElementsAre("other", "g"));
}

TEST_P(IndexRun, CodebasesOfOneNameMetForTheFirstTimeAtOnceGetDifferentNames) {
    std::vector<std::jthread> programs;
    for (int i = 0; i < 6; ++i)
        programs.emplace_back([this, i] {
            MemoryTree tree("/place" + std::to_string(i), {{"a.py", "x = 1\n"}});
            pg::Database<Database> own{pg::Pool({.connect = module_database_.login()})};
            run_task(run_index(own, default_organization(), tree, clock_, {}));
        });
    programs.clear();
    EXPECT_THAT(ask("select count(distinct name) from codebase.codebases"), ElementsAre("6"));
}

TEST_P(IndexRun, OrganizationsDoNotSeeEachOther) {
    index(tree_);
    MemoryTree theirs("/sample", {{"a.py", tree_.files["a.py"]}});
    auto summary = index(theirs, {}, other_organization);
    EXPECT_EQ(summary.files_parsed, 1) << "what another organization stored is not known here";
    EXPECT_EQ(summary.elements_seen, 2);
    EXPECT_THAT(ask("select organization_id = '" + to_string(default_organization()) +
                    "', count(*) from codebase.code_elements group by 1 order by 1"),
                ElementsAre("f|2", "t|3"));
}

TEST_P(IndexRun, MergesInBatchesWhenTheFactsAreMany) {
    for (int i = 0; i < 50; ++i)
        tree_.files["many" + std::to_string(i) + ".py"] = "def f" + std::to_string(i) + "(): pass\n";
    auto summary = index(tree_, {.merge_bytes = 1});
    EXPECT_EQ(summary.elements_seen, 53);
}

TEST_P(IndexRun, ThePathIsKeptInItsDisplayForm) {
    tree_.files = {{"caf\xe9.py", "def x(): pass\n"}, {"back\\slash.py", "def y(): pass\n"}};
    index(tree_);
    EXPECT_THAT(ask("select path from codebase.files order by 1"), ElementsAre("back\\\\slash.py", "caf\\xe9.py"));
}

/// The labels that SQL and C++ must agree on.
TEST_P(IndexRun, EveryLabelOfTheProgramIsOneOfTheSchema) {
    auto labels = [&](const std::string& type) {
        return ask("select unnest(enum_range(null::codebase." + type + "))::text");
    };
    auto program_labels = [](auto last) {
        std::vector<std::string> all;
        for (int i = 0; i <= static_cast<int>(last); ++i) all.emplace_back(to_label(static_cast<decltype(last)>(i)));
        return all;
    };
    EXPECT_EQ(labels("element_kind"), program_labels(extract::ElementKind::macro));
    EXPECT_EQ(labels("import_kind"), program_labels(extract::ImportKind::re_export_all));
    EXPECT_EQ(labels("reference_kind"), program_labels(extract::ReferenceKind::expand))
        << "the order is what is stored";
    EXPECT_EQ(labels("parse_status"), program_labels(extract::Status::unparsed));
    EXPECT_EQ(labels("file_mode"), program_labels(source::EntryKind::submodule));
    EXPECT_EQ(labels("codebase_kind"), program_labels(source::TreeKind::folder));
    auto skip_reasons = program_labels(source::SkipReason::unknown_language);
    skip_reasons.emplace_back("path_too_long");
    for (auto label : program_labels(source::ProblemKind::unreadable_folder))
        if (label != "too_large") skip_reasons.push_back(label);
    EXPECT_EQ(labels("skip_reason"), skip_reasons);
    std::vector<std::string> flags;
    for (auto label : extract::element_flag_labels()) flags.emplace_back(label);
    EXPECT_EQ(ask("select unnest(codebase.element_flags(-1))"), flags);
}

}  // namespace
}  // namespace gsdb::codebase
