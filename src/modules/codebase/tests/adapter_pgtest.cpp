// Runs that are asked for, and what runs were.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "index_fixture.hpp"
#include "modules/codebase/adapter.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Adapter : public IndexFixture {
  protected:
    std::vector<Uuid> ask_for(std::string location, std::vector<std::string> revisions = {}) {
        return run_task(request_analysis(database_, organization_, std::move(location), std::move(revisions), "api"));
    }
    AnalysisRequest find(Uuid id) { return run_task(find_analysis(database_, organization_, id)); }
    std::optional<TakenAnalysis> take() { return run_task(take_analysis(database_)); }
    void lose_patience() {
        ask("update codebase.index_requests set taken_until = now() where state = 'running' returning 'x'");
    }

    OrganizationId organization_ = default_organization();
};

TEST_P(Adapter, RequestsAreTakenInTheirOrderOneOfALocationAtATime) {
    const auto both = ask_for("/a", {"v1", "v2"});
    EXPECT_EQ(ask_for("/a", {"v1"}), std::vector{both[0]}) << "it is asked for already";
    const auto other = ask_for("/b")[0];
    const auto first = take(), second = take();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->id, both[0]);
    EXPECT_EQ(first->revision, "v1");
    EXPECT_EQ(second->id, other) << "somebody indexes /a";
    EXPECT_FALSE(take());
    EXPECT_NE(ask_for("/a", {"v1"})[0], both[0]) << "what is running began before this was asked for";
    run_task(keep_analysis(database_, *first));
    run_task(complete_analysis(database_, *first, {Uuid::v7(clock_)}, 7));
    EXPECT_EQ(find(first->id).state, "completed");
    EXPECT_EQ(find(first->id).run, 7);
    run_task(fail_analysis(database_, *second, {.code = "source.not_found", .message = "gone"}));
    EXPECT_EQ(find(other).error_code, "source.not_found");
    EXPECT_EQ(take()->id, both[1]);
    EXPECT_THAT(run_task(list_analyses(database_, organization_, CodebaseAt{{}, "/a"}, 10)), SizeIs(3));
    EXPECT_THAT(run_task(list_analyses(database_, organization_, std::nullopt, 10)), SizeIs(4));
    EXPECT_THROW(find({}), Failure);
}

TEST_P(Adapter, WhatAServerLeavesIsTakenByTheNextAndGivenUpInTheEnd) {
    const auto id = ask_for("/a")[0];
    run_task(put_back_analysis(database_, *take()));
    EXPECT_EQ(find(id).state, "waiting");
    EXPECT_EQ(find(id).attempts, 0) << "it did not fail";
    const auto taken = *take();
    const auto again = ask_for("/a")[0];
    run_task(put_back_analysis(database_, taken));
    EXPECT_EQ(find(id).error_code, "codebase.asked_for_again");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(take()->id, again);
        lose_patience();
    }
    EXPECT_FALSE(take());
    EXPECT_EQ(find(again).error_code, "codebase.abandoned");
}

TEST_P(Adapter, ACopyOfARemoteRepositoryIsAskedForByItsUrl) {
    ask(
        fmt::format("insert into codebase.codebases (organization_id, id, name, kind, location, remote_url) values "
                    "('{}', base.uuid_v7(), 'x', "
                    "'bare', '/srv/repositories/x-0123456789abcdef.git', 'https://git.test/o/x') returning 'x'",
                    to_string(organization_)));
    EXPECT_EQ(find(ask_for("/srv/repositories/x-0123456789abcdef.git")[0]).location, "https://git.test/o/x");
    const auto known = run_task(remote_codebases(database_));
    ASSERT_THAT(known, SizeIs(1));
    EXPECT_EQ(known[0].location, "https://git.test/o/x");
    ask("update codebase.index_requests set state = 'failed', finished_at = now() - interval '91 days', error_code = "
        "'x', error_message = 'y' returning 'x'");
    EXPECT_THAT(ask("select codebase.cleanup_index_requests()::text"), ElementsAre("1"));
}

TEST_P(Adapter, RunsAndTheirFiguresAreKeptInOrder) {
    MemoryTree tree("/sample", {{"a.py", "def one():\n    return 1\n"}});
    const auto first = index(tree);
    tree.files["b.py"] = "def two(x):\n    if x:\n        return 2\n    return 1\n";
    index(tree);
    const auto runs = run_task(run_history(database_, organization_, first.codebase, std::nullopt, 10));
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[0].number, 2);
    EXPECT_EQ(runs[0].files_seen, 2);
    EXPECT_TRUE(runs[0].score);
    EXPECT_THAT(run_task(run_history(database_, organization_, first.codebase, 2, 10)), SizeIs(1));
    const auto one = run_task(trends(database_, organization_, first.codebase, {"quality_score"}, 10));
    ASSERT_THAT(one, SizeIs(1));
    ASSERT_THAT(one[0].points, SizeIs(2));
    EXPECT_EQ(one[0].points[0].run, 1);
    EXPECT_EQ(one[0].points[1].value, runs[0].score);
    EXPECT_GT(run_task(trends(database_, organization_, first.codebase, {}, 10)).size(), 5);
    EXPECT_THAT(run_task(trends(database_, organization_, first.codebase, {"quality_score"}, 1))[0].points, SizeIs(1));
    EXPECT_THAT(run_task(trends(database_, organization_, first.codebase, {"no_such_figure"}, 10)), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Layouts, Adapter, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified));

}  // namespace
}  // namespace gsdb::codebase
