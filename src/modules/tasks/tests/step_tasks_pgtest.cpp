// From a requirement to the tasks of its steps, as the program does it: as the login role, on a migrated database.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "base/run_task.hpp"
#include "modules/tasks/plan_markdown.hpp"
#include "modules/tasks/queue.hpp"
#include "modules/tasks/step_tasks.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view text = "# T\n## One\n- [ ] it is\nEstimate: 2 h\n## Two\nDepends on: 1\n## Three\n";

class StepTasksModule : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    StepTasksModule() : module_("tasks", GetParam()) {
        run_task(add_worker());
        const auto plan = value_or_throw(plan_from_markdown(text));
        requirement_ = run_task(save_requirement(database_, organization_, repository_, project_, std::string(text)));
        decomposition_ =
            run_task(save_plan(database_, organization_, requirement_.id, "markdown", plan, assess(plan, text)));
        steps_ = run_task(list_steps(database_, organization_, decomposition_));
    }
    std::vector<StepTasks::Issue> make() {
        return run_task(tasks_.make(project_, decomposition_, "T", "text", steps_, 2, std::chrono::seconds(60)));
    }
    std::vector<std::string> states() {
        std::vector<std::string> all;
        for (const auto& task : run_task(tasks_.list())) all.push_back(task.status);
        return all;
    }
    static ClaimedStep of_epoch(std::int64_t epoch, ClaimedStep claimed) {
        claimed.holder.epoch = epoch;
        return claimed;
    }
    Task<> add_worker() {
        auto connection = co_await pg::Connection::open(module_.login());
        co_await connection->execute(
            "insert into tasks.workers (id, host, process_id, lease_expires_at) values ($1, 'test', 1, now() + "
            "interval '1 day')",
            pg::Parameters::of(worker_.worker_id.uuid));
    }

    queryc::ModuleDatabase module_;
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
    OrganizationId organization_ = default_organization();
    RepositoryId repository_ = RepositoryId::make(SystemClock());
    ProjectId project_ = ProjectId::make(SystemClock());
    LeaseHolder worker_{.worker_id = WorkerId::make(SystemClock()), .epoch = 3, .lost = {}};
    SavedRequirement requirement_;
    Uuid decomposition_;
    std::vector<SavedStep> steps_;
    StepTasks tasks_{database_, organization_, Uuid::v7(SystemClock())};
};

INSTANTIATE_TEST_SUITE_P(Layouts, StepTasksModule,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(StepTasksModule, TheSameRequirementIsOneVersion) {
    const auto save = [&](std::string content) {
        return run_task(save_requirement(database_, organization_, repository_, project_, std::move(content)));
    };
    EXPECT_EQ(requirement_.version, 1);
    EXPECT_EQ(save(std::string(text)).id, requirement_.id);
    EXPECT_EQ(save("other").version, 2);
    // What was said before and is said again is the newest then.
    EXPECT_EQ(save(std::string(text)).version, 3);
}

TEST_P(StepTasksModule, StepsComeBackAsTheyWerePlanned) {
    const auto plan = value_or_throw(plan_from_markdown(text));
    ASSERT_THAT(steps_, SizeIs(3));
    for (std::size_t i = 0; i < steps_.size(); ++i) EXPECT_EQ(steps_[i].step, plan.steps[i]);
}

TEST_P(StepTasksModule, APlanIsEditedUntilItIsWorkedBy) {
    const auto versions = [&] { return run_task(list_plan_versions(database_, organization_, decomposition_)); };
    const auto said = [&] {
        std::string all;
        for (const auto& version : versions())
            all += fmt::format("{} {} {};", version.number, version.method, version.status);
        return all;
    };
    const auto edit = [&](std::string_view edited, std::optional<UserId> by = {}) {
        const auto plan = value_or_throw(plan_from_markdown(edited));
        return run_task(edit_plan(database_, organization_, decomposition_, plan, assess(plan, text), by));
    };
    EXPECT_EQ(said(), "1 markdown proposed;");
    const auto me = UserId::make(SystemClock());
    edit("# Other\n## One\n");
    const auto last = edit("# Another\n## One\n## Four\nDepends on: 1\n## Acceptance criteria\n- whole\n", me);
    EXPECT_EQ(said(), "1 markdown superseded;2 person superseded;3 person proposed;");
    EXPECT_EQ(last.created_by, me);
    EXPECT_EQ(versions()[1].created_by, std::nullopt);
    EXPECT_GT(last.quality_score.value(), 0);
    const auto plan = run_task(read_plan(database_, organization_, last));
    EXPECT_EQ(plan.title, "Another");
    EXPECT_THAT(plan.acceptance_criteria, ElementsAre("whole"));
    ASSERT_THAT(plan.steps, SizeIs(2));
    EXPECT_THAT(plan.steps[1].depends_on, ElementsAre(0U));
    EXPECT_EQ(run_task(choose_plan(database_, organization_, decomposition_)).id, last.id);
    EXPECT_EQ(run_task(choose_plan(database_, organization_, decomposition_)).id, last.id);
    EXPECT_EQ(said(), "1 markdown superseded;2 person superseded;3 person accepted;");
    const auto refusal = [&] {
        try {
            edit("# Late\n## One\n");
            return std::string();
        } catch (const Failure& failure) {
            return failure.error().code;
        }
    };
    EXPECT_EQ(refusal(), "tasks.plan_is_worked_by");
    // Another run of the same requirement works by its own plan, and this one stays as it is.
    const auto other =
        run_task(save_plan(database_, organization_, requirement_.id, "agent", plan, assess(plan, text)));
    run_task(choose_plan(database_, organization_, other));
    EXPECT_EQ(said(), "1 markdown superseded;2 person superseded;3 person superseded;");
    EXPECT_EQ(refusal(), "tasks.plan_is_worked_by");
    EXPECT_EQ(run_task(choose_plan(database_, organization_, decomposition_)).id, last.id);
}

TEST_P(StepTasksModule, TasksAreMadeOnceAndAreTheIssues) {
    const auto first = make(), second = make();
    ASSERT_THAT(first, SizeIs(4));
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].key, second[i].key);
    EXPECT_THAT(states(), ElementsAre("draft", "draft", "draft"));
    EXPECT_EQ(run_task(list_steps(database_, organization_, decomposition_))[1].issue_key, first[2].key);
}

TEST_P(StepTasksModule, AStepBeginsOnceWhatItDependsOnIsDone) {
    make();
    run_task(tasks_.submit());
    run_task(tasks_.submit());
    const auto one = run_task(tasks_.claim(worker_)), three = run_task(tasks_.claim(worker_));
    ASSERT_TRUE(one && three);
    EXPECT_EQ(one->step, steps_[0].id);
    EXPECT_EQ(three->step, steps_[2].id);
    EXPECT_FALSE(run_task(tasks_.claim(worker_)));
    EXPECT_FALSE(run_task(tasks_.complete(of_epoch(2, *one), "{}")));
    EXPECT_TRUE(run_task(tasks_.complete(*one, R"({"commit": "c"})")));
    EXPECT_FALSE(run_task(tasks_.complete(*one, "{}")));
    const auto two = run_task(tasks_.claim(worker_));
    ASSERT_TRUE(two);
    EXPECT_EQ(two->step, steps_[1].id);
    EXPECT_THAT(run_task(tasks_.list())[0].output, HasSubstr("commit"));
    run_task(tasks_.finish());
    run_task(tasks_.cancel("enough"));
    EXPECT_THAT(states(), ElementsAre("succeeded", "cancelled", "cancelled"));
}

TEST_P(StepTasksModule, AttemptsThatFailAreSpentAndThoseTakenBackAreNot) {
    make();
    run_task(tasks_.submit());
    const auto first = run_task(tasks_.claim(worker_));
    run_task(tasks_.take_back());
    const auto again = run_task(tasks_.claim(worker_));
    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->task(), first->task());
    EXPECT_EQ(again->attempt(), 2);
    EXPECT_FALSE(run_task(tasks_.complete(of_epoch(9, *again), "{}")));
    EXPECT_FALSE(run_task(tasks_.complete(*first, "{}"))) << "the attempt is another one";
    const auto fail = [&](const ClaimedStep& claimed) {
        return run_task(tasks_.fail(claimed, "checks_failed", "it is red", std::chrono::milliseconds(1)));
    };
    EXPECT_EQ(fail(*again), "scheduled");
    EXPECT_EQ(fail(*again), std::nullopt);
    while (SystemClock().now() <= run_task(tasks_.list())[0].run_at) std::this_thread::yield();
    const auto third = run_task(tasks_.claim(worker_));
    EXPECT_EQ(third->task(), first->task());
    EXPECT_EQ(run_task(tasks_.list())[0].error_message, "it is red");
    EXPECT_EQ(fail(*third), "dead");
    // What waits for its success goes on waiting, and it can be begun again.
    EXPECT_THAT(states(), ElementsAre("dead", "blocked", "queued"));
    run_task(tasks_.replay());
    EXPECT_EQ(run_task(tasks_.claim(worker_))->attempt(), 4);
}

TEST_P(StepTasksModule, WhatAnAttemptSaidAndUsedIsKeptInOrder) {
    make();
    run_task(tasks_.submit());
    const auto task = run_task(tasks_.claim(worker_)).value().task();
    run_task(tasks_.log(task, 1, {{"info", "stdout", "a"}, {"warning", "stderr", "b"}}));
    run_task(tasks_.log(task, 1, {}));
    run_task(tasks_.log(task, 1, {{"info", "engine", "c"}}));
    run_task(tasks_.log(task, 2, {{"info", "stdout", std::string(70'000, 'x')}}));
    std::string read;
    const auto me = identity::Actor::system(organization_);
    for (const auto& line : *run_task(Queue(database_).log(me, {task}, {.attempt = 1, .line_number = 1}, 100)))
        read += fmt::format("{}.{} {} {}\n", line.position.attempt, line.position.line_number, line.stream,
                            line.message.substr(0, 3));
    EXPECT_EQ(read, "1.2 stderr b\n1.3 engine c\n2.1 stdout xxx\n");
    const auto other = run_task(tasks_.list()).at(2).id;
    run_task(tasks_.log(other, 1, {{"info", "stdout", "d"}}));
    const auto said = [&](SaidPlace after, std::optional<int> step, int lines) {
        std::string all;
        for (const auto& [number, line] : run_task(tasks_.said(after, step, lines)))
            all += fmt::format("{}.{}.{} ", number, line.position.attempt, line.position.line_number);
        return all;
    };
    EXPECT_EQ(said({}, {}, 100), "1.1.1 1.1.2 1.1.3 1.2.1 3.1.1 ");
    EXPECT_EQ(said({.step = 1, .line = {.attempt = 1, .line_number = 2}}, {}, 2), "1.1.3 1.2.1 ");
    EXPECT_EQ(said({.step = 1, .line = {.attempt = 2, .line_number = 1}}, {}, 2), "3.1.1 ");
    EXPECT_EQ(said({}, 3, 100), "3.1.1 ");
    const auto now = SystemClock().now();
    run_task(tasks_.note_usage(worker_.worker_id.uuid, task, 1,
                               {.started_at = now, .finished_at = now, .measured = {.cpu_seconds = 1.5}}));
    run_task(tasks_.note_usage(worker_.worker_id.uuid, task, 1,
                               {.started_at = now, .finished_at = now, .measured = {.cpu_seconds = 9}}));
}

}  // namespace
}  // namespace gsdb::tasks
