// Runs as the program moves them: as the login role, on a migrated database.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/run_task.hpp"
#include "modules/workflows/progress.hpp"
#include "modules/workflows/quality_gates.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::workflows {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

template <class Action>
std::string code_of(Action action) {
    try {
        action();
    } catch (const Failure& failure) {
        return failure.error().code;
    }
    return "";
}

class WorkflowsModule : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    WorkflowsModule() : module_("workflows", GetParam()) {}

    Uuid start(std::string name, std::optional<std::string> key = {}) {
        return value_or_throw(run_task(executions_.start(me_, {.project = ProjectId::make(SystemClock()),
                                                               .repository = repository_,
                                                               .name = std::move(name),
                                                               .template_slug = "github-project",
                                                               .parameters = R"({"repository": "/r"})",
                                                               .idempotency_key = std::move(key)})));
    }
    Progress progress(Uuid run) { return {database_, {.organization = me_.organization_id(), .execution = run}}; }
    Stage stage(Uuid run) {
        for (auto& stage : *run_task(executions_.stages(me_, run)))
            if (stage.is_open()) return stage;
        throw std::runtime_error("no stage is open");
    }
    void pass(Uuid run, const std::string& key) {
        run_task(progress(run).record(*stage(run).execution_id, {.key = key, .status = "passed"}));
    }
    std::string status(Uuid run) { return run_task(executions_.find(me_, run))->status; }

    queryc::ModuleDatabase module_;
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
    Executions executions_{database_};
    Actor me_ = Actor::system(default_organization());
    RepositoryId repository_ = RepositoryId::make(SystemClock());
};

INSTANTIATE_TEST_SUITE_P(Layouts, WorkflowsModule,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(WorkflowsModule, ARunIsStartedOnceAndFoundByTheEndOfItsId) {
    const auto id = start("one", "key");
    EXPECT_EQ(start("two", "key"), id);
    const auto other = start("two");
    const auto found = run_task(executions_.find(me_, to_string(id).substr(20)));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "one");
    EXPECT_EQ(found->template_slug, "github-project");
    EXPECT_EQ(run_task(executions_.find(me_, std::string("ffffffffffff"))).error().code, "workflows.execution_unknown");
    EXPECT_EQ(run_task(executions_.find(me_, Uuid::v7(SystemClock()))).error().code, "workflows.execution_unknown");
    const auto lines = *run_task(executions_.list(me_, std::nullopt, 10));
    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_EQ(lines[0].id, other);
    EXPECT_EQ(lines[0].stage, "project_selection");
    EXPECT_EQ(lines[0].place, 1);
    EXPECT_EQ(lines[0].stages, 8);
    EXPECT_EQ(lines[0].repository, "/r");
    EXPECT_THAT(*run_task(executions_.list(me_, other, 10)), SizeIs(1));
    const auto running = run_task(running_executions(database_));
    EXPECT_THAT(running, Contains(ExecutionKey{default_organization(), id}));
    EXPECT_EQ(run_task(executions_.start(me_, {.name = "x", .template_slug = "none"})).error().code,
              "workflows.template_unknown");
}

TEST_P(WorkflowsModule, AStageIsLeftWhenItsValidationsHavePassed) {
    const auto id = start("run");
    auto moves = progress(id);
    EXPECT_EQ(code_of([&] { run_task(moves.advance_stage("project_selection", "{}")); }),
              "workflows.validations_not_passed");
    run_task(moves.record(*stage(id).execution_id,
                          {.key = "repository_is_indexed", .status = "failed", .findings = R"(["no"])"}));
    EXPECT_EQ(code_of([&] { run_task(moves.advance_stage("project_selection", "{}")); }),
              "workflows.validations_not_passed");
    pass(id, "repository_is_indexed");
    EXPECT_EQ(code_of([&] { run_task(moves.begin_stage("project_selection")); }), "workflows.stage_not_pending");
    EXPECT_EQ(run_task(moves.advance_stage("project_selection", R"({"summary": "s"})")), "requirements_input");
    EXPECT_EQ(code_of([&] { run_task(moves.complete("{}")); }), "workflows.stages_left");
    EXPECT_EQ(run_task(executions_.stages(me_, id))->at(0).output, R"({"summary": "s"})");
    run_task(moves.fail_stage("requirements_input", "broken", false));
    EXPECT_EQ(status(id), "failed");
    EXPECT_EQ(run_task(executions_.retry(me_, id, "again")).value(), 2);
    const auto measured = MadeValidation::Measured{.comparison = "at_least", .threshold = 50, .value = 75.5};
    run_task(moves.record(*stage(id).execution_id, {.key = "coverage", .status = "passed", .measured = measured}));
    run_task(moves.record(*stage(id).execution_id, {.key = "late", .status = "skipped", .skip_reason = "why"}));
    const auto made = *run_task(executions_.validations(me_, id));
    ASSERT_THAT(made, SizeIs(3));
    EXPECT_EQ(made[0].attempt, 2);
    EXPECT_EQ(made[0].status, "passed");
    EXPECT_EQ(made[1].measured, "75.5000");
    std::vector<std::string> kinds;
    const auto transitions = *run_task(executions_.transitions(me_, id));
    for (const auto& transition : transitions) kinds.push_back(transition.kind);
    EXPECT_THAT(kinds, ElementsAre("started", "stage_completed", "stage_failed", "stage_retried"));
    const auto rest = *run_task(executions_.transitions(me_, id, transitions[1].id));
    ASSERT_THAT(rest, SizeIs(2));
    EXPECT_EQ(rest[0].id, transitions[2].id);
    EXPECT_THAT(*run_task(executions_.transitions(me_, id, transitions[3].id)), IsEmpty());
}

TEST_P(WorkflowsModule, AStepIsCommittedOnceAndOnlyWithItsInput) {
    const auto id = start("run");
    auto moves = progress(id);
    const auto now = SystemClock().now();
    EXPECT_EQ(run_task(moves.find_step("a/b")), std::nullopt);
    EXPECT_EQ(run_task(moves.commit_step("a/b", "in", R"({"n": 1})", now)), R"({"n": 1})");
    EXPECT_EQ(run_task(moves.commit_step("a/b", "in", R"({"n": 2})", now)), R"({"n": 1})");
    EXPECT_EQ(run_task(moves.find_step("a/b")), R"({"n": 1})");
    EXPECT_EQ(code_of([&] { run_task(moves.commit_step("a/b", "other", "{}", now)); }), "workflows.step_input_differs");
}

TEST_P(WorkflowsModule, PausedNothingBeginsAndCancelledNothingWaits) {
    const auto id = start("run");
    auto moves = progress(id);
    run_task(moves.set_requirement(Uuid::v7(SystemClock())));
    run_task(moves.set_dev_branch("dev"));
    EXPECT_EQ(run_task(executions_.find(me_, id))->dev_branch, "dev");
    ASSERT_TRUE(run_task(executions_.pause(me_, id, "wait")));
    EXPECT_EQ(run_task(executions_.pause(me_, id, "wait")).error().code, "workflows.execution_not_running");
    EXPECT_EQ(code_of([&] { run_task(moves.pause("wait")); }), "workflows.execution_not_running");
    ASSERT_TRUE(run_task(executions_.resume(me_, id, "on")));
    EXPECT_EQ(run_task(executions_.retry(me_, id, "x")).error().code, "workflows.execution_not_failed");
    const auto wait = run_task(
        moves.await_approval(*stage(id).execution_id, "merge/approved", SystemClock().now() + std::chrono::hours(1)));
    EXPECT_EQ(run_task(moves.wait_state(wait)).status, "waiting");
    EXPECT_THAT(*run_task(executions_.waits(me_, id)), SizeIs(1));
    run_task(moves.end_due_waits());
    ASSERT_TRUE(run_task(executions_.approve(me_, id, "yes")));
    EXPECT_EQ(run_task(moves.wait_state(wait)).status, "fulfilled");
    EXPECT_EQ(run_task(executions_.approve(me_, id, "yes")).error().code, "workflows.nothing_to_approve");
    run_task(moves.note_clean_up());
    ASSERT_TRUE(run_task(executions_.cancel(me_, id, "no more")));
    EXPECT_EQ(status(id), "cancelled");
    EXPECT_THAT(run_task(executions_to_clean_up(database_)), ElementsAre(ExecutionKey{default_organization(), id}));
    run_task(moves.note_clean_up());
    EXPECT_THAT(run_task(executions_to_clean_up(database_)), IsEmpty());
    EXPECT_EQ(run_task(executions_.cancel(me_, id, "again")).error().code, "workflows.execution_is_over");
}

TEST_P(WorkflowsModule, WhatIsDoneIsToldOnceAndInOrder) {
    const auto first = start("first"), second = start("second");
    const auto untold = [&](Uuid run) {
        std::vector<ToldTransition> of_run;
        for (auto& told : run_task(untold_transitions(database_)))
            if (told.run.execution == run) of_run.push_back(std::move(told));
        return of_run;
    };
    ASSERT_TRUE(run_task(executions_.pause(me_, first, "wait")));
    const auto told = untold(first);
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_EQ(told[0].run_name, "first");
    EXPECT_EQ(told[0].transition.kind, "started");
    EXPECT_EQ(told[1].transition.kind, "paused");
    EXPECT_EQ(told[1].transition.reason, "wait");
    run_task(note_told(database_, told[0].run, told[0].transition.id));
    ASSERT_THAT(untold(first), SizeIs(1));
    ASSERT_TRUE(run_task(executions_.resume(me_, first, "on")));
    run_task(note_told(database_, told[0].run, told[1].transition.id));
    run_task(note_told(database_, told[0].run, told[0].transition.id));
    const auto late = untold(first);
    ASSERT_THAT(late, SizeIs(1)) << "what was done meanwhile, and nothing again";
    EXPECT_EQ(late[0].transition.kind, "resumed");
    run_task(note_told(database_, late[0].run, late[0].transition.id));
    EXPECT_THAT(untold(first), IsEmpty());
    EXPECT_THAT(untold(second), SizeIs(1));
}

TEST_P(WorkflowsModule, CallsToTheOutsideAreCountedBeforeTheyAreTried) {
    const auto id = start("run");
    auto moves = progress(id);
    const auto in = *stage(id).execution_id;
    run_task(moves.begin_call(in, {.provider = "command", .key = "k"}));
    run_task(moves.begin_call(in, {.provider = "command", .key = "k"}));
    run_task(moves.end_call("k", {.has_succeeded = true, .outcome = "done", .response = "{}", .cost_usd = 0.125}));
    run_task(moves.begin_call(in, {.provider = "command", .key = "k"}));
    run_task(moves.record(in, IssueCall{.provider = "builtin", .type = "issue.create", .key = "i", .issue_id = "1"}));
    run_task(moves.record(in, IssueCall{.provider = "builtin", .type = "issue.create", .key = "i", .issue_id = "1"}));
    run_task(moves.record(in, CodeCall{.provider = "git", .type = "branch.merge", .key = "m", .branch = "dev"}));
    const auto made = *run_task(executions_.operations(me_, id));
    ASSERT_THAT(made, SizeIs(3));
    EXPECT_EQ(made[0].attempts, 2);
    EXPECT_EQ(made[0].status, "succeeded");
    EXPECT_EQ(made[0].cost_usd, "0.125000");
    EXPECT_EQ(run_task(moves.cost()), 0.125);
    EXPECT_EQ(run_task(progress(start("other")).cost()), 0);
}

TEST_P(WorkflowsModule, CallsThatFailedAreBegunAnewAndThoseThatSucceededStay) {
    const auto id = start("run");
    auto moves = progress(id);
    const auto in = *stage(id).execution_id;
    const IssueCall issue{.provider = "linear", .type = "issue.create", .key = "i"};
    const CodeCall change{.provider = "github", .type = "pull_request.create", .key = "c", .branch = "work"};
    run_task(moves.begin_call(in, issue));
    run_task(moves.end_issue_call(
        "i", {.outcome = "rate_limited", .error_message = "later", .response_code = 429, .attempts = 3}, {}));
    run_task(moves.begin_call(in, change));
    run_task(moves.end_code_call("c", {.outcome = "unreachable", .error_message = "away", .response_code = 503}, {}));
    auto made = *run_task(executions_.operations(me_, id));
    ASSERT_THAT(made, SizeIs(2));
    EXPECT_EQ(made[0].status, "failed");
    EXPECT_EQ(made[0].attempts, 3);
    EXPECT_EQ(made[1].status, "failed");
    EXPECT_EQ(made[1].error_message, "away");

    run_task(moves.begin_call(in, issue));
    run_task(moves.end_issue_call("i", {.response = "{}", .response_code = 200},
                                  IssueFound{"1", "ENG-1", "https://linear.test/1"}));
    run_task(moves.begin_call(in, issue));
    run_task(moves.begin_call(in, change));
    run_task(
        moves.end_code_call("c", {.outcome = "already_done"}, {.commit = std::string(40, 'a'), .pull_request = 7}));
    run_task(moves.begin_call(in, change));
    made = *run_task(executions_.operations(me_, id));
    ASSERT_THAT(made, SizeIs(2));
    EXPECT_EQ(made[0].status, "succeeded");
    EXPECT_EQ(made[0].attempts, 4);
    EXPECT_EQ(made[1].status, "succeeded");
    EXPECT_EQ(made[1].outcome, "already_done");
    EXPECT_EQ(made[1].attempts, 2);
}

TEST_P(WorkflowsModule, ABranchTakesOneChangeAtATimeAndAPausedRunHoldsNobodyUp) {
    const auto first = start("first"), second = start("second");
    auto one = progress(first), two = progress(second);
    const std::string commit(40, 'a'), other(40, 'b');
    const auto earlier = run_task(one.enqueue_merge(repository_, "x", "dev", commit));
    EXPECT_EQ(run_task(one.enqueue_merge(repository_, "x", "dev", commit)), earlier);
    const auto later = run_task(two.enqueue_merge(repository_, "y", "dev", commit));
    EXPECT_FALSE(run_task(two.claim_merge(later))) << "another one comes first";
    ASSERT_TRUE(run_task(executions_.pause(me_, first, "wait")));
    EXPECT_TRUE(run_task(two.claim_merge(later)));
    ASSERT_TRUE(run_task(executions_.resume(me_, first, "on")));
    EXPECT_FALSE(run_task(one.claim_merge(earlier))) << "another one is under way";
    EXPECT_EQ(run_task(two.move_merge(later, "validating", other, {})), "validating");
    EXPECT_EQ(code_of([&] { run_task(two.move_merge(later, "merged", other, {})); }), "workflows.merge_move_refused");
    EXPECT_EQ(run_task(two.move_merge(later, "merging", {}, {})), "merging");
    EXPECT_EQ(run_task(two.move_merge(later, "merged", other, {})), "merged");
    EXPECT_TRUE(run_task(one.claim_merge(earlier)));
    EXPECT_FALSE(run_task(one.claim_merge(earlier)));
    EXPECT_EQ(run_task(one.move_merge(earlier, "conflicted", {}, "a.txt")), "conflicted");
    const auto merges = run_task(two.merges());
    ASSERT_THAT(merges, SizeIs(1));
    EXPECT_EQ(merges[0].merged_commit, other);
    EXPECT_TRUE(merges[0].is_over());
    EXPECT_THAT(run_task(one.gates(ProjectId::make(SystemClock()))),
                Contains(Field(&Progress::Gate::metric, "complexity")));
}

QualityGate gate(std::optional<ProjectId> project, std::string metric, double threshold, bool is_blocking = false) {
    return {.project = project,
            .metric = std::move(metric),
            .comparison = "at_most",
            .threshold = threshold,
            .unit = "points",
            .is_blocking = is_blocking,
            .description = "What it is."};
}

TEST_P(WorkflowsModule, AProjectsGateStandsInForTheOrganizations) {
    const QualityGates gates(database_);
    const auto project = ProjectId::make(SystemClock());
    const auto text = [&](std::optional<ProjectId> of) {
        std::vector<std::string> lines;
        for (const auto& g : *run_task(gates.list(me_, of)))
            if (g.metric == "complexity" || g.metric == "size")
                lines.push_back(fmt::format("{}{} {} {} {} {}", g.project ? "own " : "", g.metric, g.comparison,
                                            g.threshold, g.unit, g.is_blocking));
        return lines;
    };
    EXPECT_THAT(text({}), ElementsAre("complexity at_most 7 points false"));
    for (int again = 0; again < 2; ++again) {
        ASSERT_TRUE(run_task(gates.set(me_, gate(project, "complexity", 4.5, true))));
        ASSERT_TRUE(run_task(gates.set(me_, gate({}, "size", 100))));
    }
    EXPECT_THAT(text(project), ElementsAre("own complexity at_most 4.5 points true",
                                           "complexity at_most 7 points false", "size at_most 100 points false"));
    EXPECT_THAT(text({}), ElementsAre("complexity at_most 7 points false", "size at_most 100 points false"));
    const auto holding = run_task(progress(start("run")).gates(project));
    EXPECT_THAT(holding, Contains(testing::AllOf(Field(&Progress::Gate::metric, "complexity"),
                                                 Field(&Progress::Gate::threshold, 4.5),
                                                 Field(&Progress::Gate::is_blocking, true))));
    EXPECT_EQ(run_task(gates.remove(me_, project, "complexity")), true);
    EXPECT_EQ(run_task(gates.remove(me_, project, "complexity")), false);
    EXPECT_EQ(run_task(gates.remove(me_, {}, "size")), true);
    EXPECT_THAT(text(project), ElementsAre("complexity at_most 7 points false"));
    EXPECT_EQ(run_task(gates.set(me_, gate({}, "No word", 1))).error().code, "workflows.bad_value");
}

TEST_P(WorkflowsModule, GatesAreAnAdministratorsToChange) {
    const QualityGates gates(database_);
    const identity::Actor member(identity::Principal{.organization_id = default_organization(),
                                                     .role = identity::Role::member,
                                                     .scopes = {"workflows:read", "workflows:write"}});
    EXPECT_TRUE(run_task(gates.list(member, {})));
    EXPECT_EQ(run_task(gates.set(member, gate({}, "size", 1))).error().code, "identity.forbidden");
    EXPECT_EQ(run_task(gates.remove(member, {}, "complexity")).error().code, "identity.forbidden");
}

TEST_P(WorkflowsModule, RecentFailuresAreThoseOfOtherRunsOnTheRepository) {
    const auto project = ProjectId::make(SystemClock());
    const auto start_in = [&](RepositoryId repository) {
        return value_or_throw(run_task(executions_.start(
            me_, {.project = project, .repository = repository, .name = "r", .template_slug = "github-project"})));
    };
    const auto failed = start_in(repository_), elsewhere = start_in(RepositoryId::make(SystemClock())),
               other = start_in(repository_);
    for (const auto run : {failed, elsewhere})
        run_task(progress(run).fail_stage("project_selection", "it broke", false));
    const auto found = run_task(progress(other).recent_failures());
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].execution, failed);
    EXPECT_EQ(found[0].stage, "project_selection");
    EXPECT_EQ(found[0].message, "it broke");
    EXPECT_THAT(run_task(progress(failed).recent_failures()), IsEmpty());
}

TEST_P(WorkflowsModule, AllEightStagesEndInACompletedRun) {
    const auto id = start("run");
    auto moves = progress(id);
    for (const auto& planned : *run_task(executions_.stages(me_, id))) {
        auto current = stage(id);
        EXPECT_EQ(current.key, planned.key);
        if (current.status == "pending") {
            run_task(moves.record(*current.execution_id,
                                  {.key = "changes_are_approved", .checkpoint = "entry", .status = "passed"}));
            run_task(moves.begin_stage(current.key));
        }
        for (const auto* key :
             {"repository_is_indexed", "requirements_are_saved", "plan_has_no_cycle", "plan_covers_the_requirements",
              "every_step_has_an_issue", "every_step_has_a_change", "checks_pass", "quality_gates_pass",
              "acceptance_criteria_are_met", "every_change_is_merged", "nothing_is_left_behind"})
            pass(id, key);
        if (planned.key == "completion")
            run_task(moves.complete("{}"));
        else
            run_task(moves.advance_stage(current.key, "{}"));
    }
    EXPECT_EQ(status(id), "completed");
    EXPECT_TRUE(run_task(executions_.find(me_, id))->is_over());
}

}  // namespace
}  // namespace gsdb::workflows
