#include <random>
#include <thread>

#include "engine_fixture.hpp"

namespace gsdb::engine {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using workflows::Validation;

constexpr const char* three_steps =
    "# Say more\n\n## Write one\nWrite the file one.\n- [ ] `$ test -f one.txt` passes\n\n"
    "## Write two\nDepends on: 1\nWrite the file two.\n\n## Write three\nWrite the file three.\n\n"
    "## Acceptance criteria\n- `$ test -f one.txt -a -f two.txt -a -f three.txt`\n";

constexpr const char* writer =
    "cat > /dev/null\n"
    "case $GSDB_STEP in 1) echo 1 > one.txt;; 2) test -f one.txt; echo 2 > two.txt;; 3) echo 3 > three.txt;; esac\n"
    "echo \"did $GSDB_STEP\"\n"
    "echo '{\"summary\": \"Wrote it.\", \"cost_usd\": 0.25, \"input_tokens\": 7}' > \"$GSDB_REPORT_FILE\"\n";

TEST_F(EngineTest, ARequirementEndsAsAMergedChange) {
    agent(writer);
    repository_.write("mine.txt", "not committed\n");
    const auto id = start(parameters(three_steps));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(files_at("dev"), "check.sh\ngreeting.txt\none.txt\nthree.txt\ntwo.txt\n");
    EXPECT_EQ(tip("main"), base_);
    EXPECT_EQ(repository_.git("status --porcelain"), "?? mine.txt\n");
    EXPECT_EQ(repository_.git("rev-list --count main..dev"), "3\n");
    EXPECT_TRUE(knows_no_trace());
    for (const auto& stage : stages(id)) EXPECT_EQ(stage.status, "completed") << stage.key;
    for (const auto& task : step_tasks(id)) EXPECT_EQ(task.status, "succeeded");
    for (const auto& validation : validations(id))
        EXPECT_NE(validation.status, "failed") << validation.key << validation.findings;
    EXPECT_THAT(validations(id),
                Contains(AllOf(Field(&Validation::key, "checks_pass"), Field(&Validation::status, "passed"))));
    const auto report = *stages(id).back().output;
    EXPECT_THAT(report, HasSubstr("\"cost_usd\": 0.75"));
    EXPECT_THAT(report, HasSubstr("Wrote it."));
    EXPECT_EQ(indexed_.front(), base_);
    EXPECT_EQ(operations_of_type(id, "agent.run"), 3);
    EXPECT_EQ(operations_of_type(id, "issue.create"), 4);
    EXPECT_EQ(operations_of_type(id, "branch.merge"), 3);
    // Carrying it on again changes nothing.
    const auto dev = tip("dev");
    EXPECT_EQ(carry(id).status, "completed");
    EXPECT_EQ(tip("dev"), dev);
}

TEST_F(EngineTest, WhatTheAgentSaidIsKept) {
    agent("echo out; echo err >&2; printf '\\377\\000\\n'; echo x > one.txt\n");
    const auto id = start(parameters("# T\n## One\n"));
    ASSERT_EQ(carry(id).status, "completed") << remarks();
    const auto task = step_tasks(id).at(0);
    std::vector<std::string> lines;
    for (const auto& line : *run_task(tasks::Queue(tasks_).log(me_, {task.id}, {}, 100)))
        lines.push_back(line.stream + ": " + line.message);
    EXPECT_THAT(lines, testing::UnorderedElementsAre("stdout: out", "stderr: err", "stdout: \xEF\xBF\xBD\xEF\xBF\xBD"));
}

TEST_F(EngineTest, WhatIsSecretIsKeptNowhere) {
    setenv("ENGINE_TEST_PASSWORD", "correct horse", 1);
    agent(
        "echo the password is $ENGINE_TEST_PASSWORD\n"
        "printf '{\"summary\": \"used %s\"}' \"$ENGINE_TEST_PASSWORD\" > \"$GSDB_REPORT_FILE\"; echo 1 > one.txt\n");
    auto asked = parameters("# T\n## One\n");
    asked.environment = {"ENGINE_TEST_PASSWORD"};
    const auto id = start(asked);
    ASSERT_EQ(carry(id).status, "completed") << remarks();
    EXPECT_EQ(run_task(tasks::Queue(tasks_).log(me_, {step_tasks(id).at(0).id}, {}, 100))->at(0).message,
              "the password is [secret]");
    EXPECT_THAT(repository_.git("log -1 --format=%b dev"), testing::StartsWith("used [secret]\n"));
    EXPECT_THAT(step_tasks(id).at(0).output, Not(HasSubstr("correct horse")));
    asked.checks = {"echo $ENGINE_TEST_PASSWORD; false"};
    const auto other = start(asked);
    EXPECT_THAT(carry(other).status_reason.value(), AllOf(HasSubstr("[secret]"), Not(HasSubstr("correct horse"))));
    unsetenv("ENGINE_TEST_PASSWORD");
}

TEST_F(EngineTest, AnAgentWritesToItsFolderOnly) {
    // Not among the temporary files, which anybody may write to.
    const auto elsewhere = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "written_by_an_agent";
    if (!process::can_confine_writes() || elsewhere.native().starts_with("/tmp/")) GTEST_SKIP();
    std::filesystem::remove_all(elsewhere);
    std::filesystem::create_directory(elsewhere);
    agent("if echo x 2>/dev/null > " + shell_word(elsewhere.string() + "/file") +
          "; then echo could; else echo could not; fi\n"
          "echo 1 > one.txt; git add one.txt; git -c user.name=a -c user.email=a@example.org commit -qm mine\n");
    auto asked = parameters("# T\n## One\n");
    const auto said = [&] {
        const auto id = start(asked);
        EXPECT_EQ(carry(id).status, "completed") << remarks();
        EXPECT_EQ(at("dev", "one.txt"), "1\n");
        repository_.git("branch -D dev");
        return run_task(tasks::Queue(tasks_).log(me_, {step_tasks(id).at(0).id}, {}, 100))->at(0).message;
    };
    EXPECT_EQ(said(), "could not");
    EXPECT_TRUE(std::filesystem::is_empty(elsewhere));
    asked.writable = {elsewhere.string()};
    EXPECT_EQ(said(), "could");
    asked.writable = {};
    asked.is_confined = false;
    EXPECT_EQ(said(), "could");
    std::filesystem::remove_all(elsewhere);
}

TEST_F(EngineTest, AChangeThatFailsACheckGoesBackToTheAgentWithWhatWasWrong) {
    agent(
        "if test $GSDB_ATTEMPT = 1; then echo BROKEN > one.txt; exit 0; fi\n"
        "grep -q 'did not pass' && grep -q BROKEN \"$GSDB_PROMPT_FILE\" && echo fine > one.txt\n");
    const auto id = start(parameters("# T\n## One\n"));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("");
    EXPECT_EQ(at("dev", "one.txt"), "fine\n");
    EXPECT_EQ(step_tasks(id).at(0).attempts, 2);
    EXPECT_EQ(repository_.git("rev-list --count main..dev"), "1\n");
}

TEST_F(EngineTest, WithoutAnAttemptLeftTheRunFailsAndCanBeTriedAgain) {
    agent("test -f " + folder_.string() + "/mended && echo 1 > one.txt\n");
    const auto id = start(parameters("# T\n## One\n## Two\nDepends on: 1\n"));
    auto run = carry(id);
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(), HasSubstr("\"One\" failed 2 times: exit_status"));
    EXPECT_THAT(repository_.git("branch --list dev"), IsEmpty());
    agent("echo $GSDB_STEP > $GSDB_STEP.txt\n");
    ASSERT_TRUE(run_task(executions_.retry(me_, id, "the agent was mended")));
    run = carry(id);
    EXPECT_EQ(run.status, "completed") << run.status_reason.value_or("");
    EXPECT_EQ(files_at("dev"), "1.txt\n2.txt\ncheck.sh\ngreeting.txt\n");
}

TEST_F(EngineTest, AnAgentThatChangesNothingHasFailedUnlessItSaysWhy) {
    agent("true\n");
    const auto id = start(parameters("# T\n## One\n"));
    EXPECT_THAT(carry(id).status_reason.value(), HasSubstr("no_change"));
    agent("echo '{\"status\": \"nothing_to_do\"}' > \"$GSDB_REPORT_FILE\"\n");
    const auto other = start(parameters("# T\n## One\n"));
    EXPECT_EQ(carry(other).status, "completed");
    EXPECT_EQ(tip("dev"), base_);
}

TEST_F(EngineTest, WhatAnAgentReportsIsTakenWhateverBytesItHas) {
    agent(
        "echo 1 > \"$(printf 'odd\\377name')\"\n"
        "printf '{\"summary\": \"a\\\\u0000b\", \"cost_usd\": -1, \"criteria\": [1, {\"criterion\": \"it "
        "is\\\\u0000\", \"met\": true}]}' "
        "> \"$GSDB_REPORT_FILE\"\n");
    const auto id = start(parameters("# T\n## One\n"));
    EXPECT_EQ(carry(id).status, "completed") << remarks();
    EXPECT_THAT(step_tasks(id).at(0).output, HasSubstr("a\xEF\xBF\xBD"
                                                       "b"));
    agent("echo 2 > two.txt; echo 'no JSON' > \"$GSDB_REPORT_FILE\"\n");
    EXPECT_EQ(carry(start(parameters("# T\n## One\n"))).status, "completed") << remarks();
}

// ---- plans by agents and persons --------------------------------------------------------------------------------

constexpr const char* plain_text = "# Say more\n\nThere shall be the file one and the file two.\n";
constexpr const char* good_plan =
    R"({"title": "Two files", "steps": [{"name": "File one", "description": "There shall be the file one.",
        "acceptance_criteria": ["`$ test -f 1.txt`"]},
       {"name": "File two", "description": "And the file two.", "depends_on": ["File one"]}],
       "acceptance_criteria": ["`$ test -f 1.txt -a -f 2.txt`"]})";

class PlannedRuns : public EngineTest {
  protected:
    /// An agent that answers with these plans, one after the other, and counts how often it is asked.
    void planner(const std::vector<std::string>& answers) {
        for (std::size_t i = 0; i < answers.size(); ++i)
            folder_.write(fmt::format("answer-{}.json", i + 1), answers[i]);
        agent("if test -n \"${GSDB_PLAN_FILE-}\"; then\n  cat > /dev/null\n  cp \"$GSDB_PROMPT_FILE\" " +
              path("prompt") +
              "-$GSDB_ATTEMPT\n  test -f greeting.txt && grep -q '^# Say more' \"$GSDB_REQUIREMENT_FILE\"\n" +
              "  grep -q '\"maxItems\"' \"$GSDB_PLAN_SCHEMA_FILE\"\n  cp " + path("answer") +
              "-$GSDB_ATTEMPT.json \"$GSDB_PLAN_FILE\"\n" +
              "  echo '{\"cost_usd\": 0.5, \"input_tokens\": 11}' > \"$GSDB_REPORT_FILE\"\n"
              "  echo thinking; exit 0\nfi\necho $GSDB_STEP > $GSDB_STEP.txt\n");
    }
    std::string path(const std::string& name) const { return shell_word(folder_.string() + "/" + name); }
    Parameters by_agent(bool review = false) {
        auto wanted = parameters(plain_text);
        wanted.plan = PlanMaker::agent;
        wanted.review_plan = review;
        // Where the test reads what the agent was told.
        wanted.writable = {folder_.string()};
        return wanted;
    }
    PlanDatabases plans() { return {.workflows = workflows_, .tasks = tasks_}; }
    RunPlan plan_of(Uuid run) { return value_or_throw(run_task(read_run_plan(plans(), me_, run))); }
    Result<RunPlan> edit(Uuid run, std::string_view text) {
        return run_task(edit_run_plan(plans(), me_, run, value_or_throw(read_plan_text(text))));
    }
};

TEST_F(PlannedRuns, AnAgentsPlanIsWorkedBy) {
    planner({good_plan});
    const auto id = start(by_agent());
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(files_at("dev"), "1.txt\n2.txt\ncheck.sh\ngreeting.txt\n");
    const auto plan = plan_of(id);
    EXPECT_EQ(plan.last().method, "agent");
    EXPECT_EQ(plan.last().status, "accepted");
    EXPECT_GT(plan.last().quality_score.value(), 50);
    EXPECT_EQ(plan.plan, *tasks::plan_from_json(good_plan));
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 1);
    EXPECT_THAT(*stages(id).back().output, HasSubstr("\"cost_usd\": 0.5"));
    EXPECT_TRUE(knows_no_trace());
}

TEST_F(PlannedRuns, AnAnswerThatIsNoPlanIsMendedOnce) {
    planner({"Here is the plan:", good_plan});
    const auto id = start(by_agent(true));
    ASSERT_EQ(carry(id).status, "paused") << remarks();
    EXPECT_EQ(plan_of(id).plan, *tasks::plan_from_json(good_plan));
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 2);
    EXPECT_THAT(git::shell("cat " + path("prompt-2")),
                AllOf(HasSubstr("the answer is no JSON"), HasSubstr("There shall be the file one")));
}

TEST_F(PlannedRuns, AnAgentThatIsWrongTwiceFailsTheStageWithAllProblems) {
    const std::string bad =
        R"({"title": "T", "steps": [{"name": "A", "description": "d", "depends_on": ["B"]}], "x": 1})";
    planner({bad, bad});
    const auto id = start(by_agent(true));
    auto run = carry(id);
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(),
                AllOf(HasSubstr("there is no step \"B\""), HasSubstr("x: there is no such field")));
    EXPECT_EQ(run_task(read_run_plan(plans(), me_, id)).error().code, "workflows.no_plan");
    planner({good_plan});
    ASSERT_TRUE(run_task(executions_.retry(me_, id, "once more")));
    run = carry(id);
    EXPECT_EQ(run.status, "paused") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 3);
}

TEST_F(PlannedRuns, AnAgentThatFailsSaysWhy) {
    agent("echo no idea >&2; exit 3\n");
    const auto run = carry(start(by_agent()));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(), AllOf(HasSubstr("ended with status 3"), HasSubstr("no idea")));
}

TEST_F(PlannedRuns, AnAnswerInTheJournalIsNotAskedForAgain) {
    planner({"no plan", good_plan});
    const auto id = start(by_agent(true));
    std::stop_source stop;
    // The program ends behind the first answer.
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::remark && news.text.contains("problems")) stop.request_stop();
    };
    EXPECT_EQ(carry(id, stop.get_token()).status, "running");
    on_news_ = {};
    ASSERT_EQ(operations_of_type(id, "agent.plan"), 1) << remarks();
    folder_.write("answer-1.json", good_plan);
    ASSERT_EQ(carry(id).status, "paused") << remarks();
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 2) << "the first was not asked anew, or its answer would do";
    for (const auto& operation : operations(id)) EXPECT_EQ(operation.attempts, 1) << operation.type;
}

TEST_F(PlannedRuns, APersonMendsAPoorPlanThatIsThenWorkedBy) {
    planner({R"({"title": "T", "steps": [{"name": "Something", "description": "else"}]})"});
    const auto id = start(by_agent(true));
    auto run = carry(id);
    EXPECT_EQ(run.status, "paused") << remarks();
    EXPECT_THAT(run.status_reason.value(), HasSubstr("gsdb workflow plan"));
    ASSERT_TRUE(run_task(executions_.resume(me_, id, "it is good")));
    run = carry(id);
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(), HasSubstr("of the requirement"));
    auto edited = *tasks::plan_from_json(good_plan);
    edited.steps.pop_back();
    edited.acceptance_criteria = {"`$ test -f 1.txt -a ! -f 2.txt`"};
    ASSERT_TRUE(edit(id, tasks::markdown_of(edited)));
    EXPECT_EQ(plan_of(id).plan, edited);
    EXPECT_EQ(run_task(edit_run_plan(plans(), me_, id, {})).error().code, "workflows.bad_plan");
    ASSERT_TRUE(run_task(executions_.retry(me_, id, "edited")));
    run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(files_at("dev"), "1.txt\ncheck.sh\ngreeting.txt\n");
    std::string versions;
    for (const auto& version : plan_of(id).versions) versions += version.method + " " + version.status + ";";
    EXPECT_EQ(versions, "agent superseded;person accepted;");
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 1);
    EXPECT_EQ(edit(id, "# Late\n## A\n").error().code, "workflows.execution_is_over");
}

TEST_F(PlannedRuns, APlanIsNotEditedOnceItsStepsAreIssues) {
    agent("exit 1\n");
    const auto id = start(parameters("# T\n## One\n"));
    EXPECT_EQ(carry(id).status, "failed");
    EXPECT_EQ(edit(id, "# T\n## Other\n").error().code, "tasks.plan_is_worked_by");
}

constexpr const char* same_line = "# T\n## One\n## Two\n";

TEST_F(EngineTest, AConflictIsMendedByTheAgent) {
    agent(
        "if grep -q 'Conflicts to mend' \"$GSDB_PROMPT_FILE\"; then printf 'hello 1\\nhello 2\\n' > greeting.txt\n"
        "else echo \"hello $GSDB_STEP\" > greeting.txt; fi\n");
    const auto id = start(parameters(same_line));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(at("dev", "greeting.txt"), "hello 1\nhello 2\n");
    EXPECT_THAT(remarks(), HasSubstr("conflicts with dev: greeting.txt"));
}

TEST_F(EngineTest, AConflictThatTheAgentDoesNotMendIsAPersons) {
    agent("grep -q 'Conflicts to mend' \"$GSDB_PROMPT_FILE\" || echo \"hello $GSDB_STEP\" > greeting.txt\n");
    const auto id = start(parameters(same_line));
    const auto run = carry(id);
    EXPECT_EQ(run.status, "paused");
    EXPECT_THAT(run.status_reason.value(), HasSubstr("conflicts with branch dev: greeting.txt"));
    EXPECT_EQ(repository_.git("rev-list --count main..dev"), "1\n");
    EXPECT_EQ(operations_of_type(id, "agent.run"), 2 + 3);
}

TEST_F(EngineTest, AMergeWaitsForConsentWhereThatIsAsked) {
    agent(writer);
    auto wanted = parameters("# T\n## One\n");
    wanted.needs_approval = true;
    const auto id = start(wanted);
    std::jthread person;
    on_news_ = [&](const News& news) {
        if (!news.text.contains("waits for a person's consent")) return;
        EXPECT_THAT(repository_.git("branch --list dev"), IsEmpty());
        person = std::jthread([&] { EXPECT_TRUE(run_task(executions_.approve(me_, id, "looks good"))); });
    };
    EXPECT_EQ(run_task(executions_.approve(me_, id, "too early")).error().code, "workflows.nothing_to_approve");
    EXPECT_EQ(carry(id).status, "completed");
    EXPECT_THAT(validations(id),
                Contains(AllOf(Field(&Validation::key, "changes_are_approved"), Field(&Validation::status, "passed"),
                               Field(&Validation::findings, HasSubstr("looks good")))));
}

TEST_F(EngineTest, ACancelledRunLeavesNoProcessFolderOrBranch) {
    agent("echo $$ > " + folder_.string() + "/pid; echo started; while true; do sleep 0.1; done\n");
    const auto id = start(parameters("# T\n## One\n"));
    std::jthread person;
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::step_said && news.text == "started" && !person.joinable())
            person = std::jthread([&] { EXPECT_TRUE(run_task(executions_.cancel(me_, id, "not wanted"))); });
    };
    EXPECT_EQ(carry(id).status, "cancelled");
    EXPECT_EQ(git::shell_result("kill -0 $(cat " + folder_.string() + "/pid) 2>/dev/null").exit_status, 1);
    auto all = surroundings();
    EXPECT_THAT(run_task(workflows::executions_to_clean_up(workflows_)), SizeIs(1));
    clean_up_cancelled(all, {.organization = default_organization(), .execution = id});
    EXPECT_THAT(run_task(workflows::executions_to_clean_up(workflows_)), IsEmpty());
    clean_up_cancelled(all, {.organization = default_organization(), .execution = id});
    EXPECT_TRUE(knows_no_trace());
    EXPECT_EQ(step_tasks(id).at(0).status, "cancelled");
}

TEST_F(EngineTest, ARunCancelledDuringTheChecksOfAMergeIsOverThen) {
    agent("echo $GSDB_STEP > $GSDB_STEP.txt\n");
    auto asked = parameters("# T\n## One\n## Two\n");
    // The two changes meet when the second is merged.
    asked.checks = {"if test -f 1.txt -a -f 2.txt; then echo > " + folder_.string() + "/begun; sleep 60; echo > " +
                    folder_.string() + "/ended; fi"};
    const auto id = start(asked);
    std::jthread person([&] {
        while (!std::filesystem::exists(folder_.string() + "/begun"))
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        EXPECT_TRUE(run_task(executions_.cancel(me_, id, "not wanted")));
    });
    EXPECT_EQ(carry(id).status, "cancelled");
    EXPECT_FALSE(std::filesystem::exists(folder_.string() + "/ended"));
}

TEST_F(EngineTest, APausedRunGoesOnWhereItWasAndTheAttemptDoesNotCount) {
    agent("echo started; test -f " + folder_.string() +
          "/go && echo 1 > one.txt && exit 0; while true; do sleep 0.1; done\n");
    const auto id = start(parameters("# T\n## One\n"));
    std::jthread person;
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::step_said && !person.joinable())
            person = std::jthread([&] { EXPECT_TRUE(run_task(executions_.pause(me_, id, "lunch"))); });
    };
    EXPECT_EQ(carry(id).status, "paused");
    folder_.write("go", "");
    ASSERT_TRUE(run_task(executions_.resume(me_, id, "back")));
    EXPECT_EQ(carry(id).status, "completed");
    EXPECT_EQ(step_tasks(id).at(0).attempts, 2);
}

TEST_F(EngineTest, ABranchThatSomebodyWorksOnIsNotMergedInto) {
    agent(writer);
    repository_.git("checkout -q -b dev");
    const auto run = carry(start(parameters("# T\n## One\n")));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(), HasSubstr("branch dev is checked out in"));
}

TEST_F(EngineTest, ARequirementThatCannotBeReadFailsItsStageWithTheLine) {
    agent(writer);
    const auto id = start(parameters("# T\n## One\nDepends on: 7\n"));
    const auto run = carry(id);
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(), HasSubstr("line 2"));
    EXPECT_EQ(stages(id).at(2).status, "failed");
}

TEST_F(EngineTest, ARunIsInOneHandOnly) {
    const auto id = Uuid::v7(SystemClock());
    auto mine = RunLock::take(workflows_database_.login(), id);
    ASSERT_TRUE(mine);
    EXPECT_TRUE(mine->is_held());
    EXPECT_FALSE(RunLock::take(workflows_database_.login(), id));
    EXPECT_TRUE(RunLock::take(workflows_database_.login(), Uuid::v7(SystemClock())));
    mine.reset();
    EXPECT_TRUE(RunLock::take(workflows_database_.login(), id));
}

// A process that dies between the agent's commit and the end of the checks has done the step.
TEST_F(EngineTest, AStepThatWasCommittedIsNotGivenToTheAgentAgain) {
    const auto ran = folder_.string() + "/ran";
    agent("echo ran >> " + ran + "; echo 1 >> one.txt\n");
    auto wanted = parameters("# T\n## One\n");
    wanted.checks = {"touch " + folder_.string() + "/checking; while test ! -f " + folder_.string() +
                     "/go; do sleep 0.05; done"};
    const auto id = start(wanted);
    std::stop_source stop;
    std::jthread killer([&] {
        while (!std::filesystem::exists(folder_.string() + "/checking")) std::this_thread::yield();
        stop.request_stop();
    });
    EXPECT_EQ(carry(id, stop.get_token()).status, "running");
    folder_.write("go", "");
    EXPECT_EQ(carry(id).status, "completed") << remarks();
    EXPECT_EQ(git::shell("cat " + ran), "ran\n");
    EXPECT_EQ(at("dev", "one.txt"), "1\n");
}

TEST_F(EngineTest, WhoHasLostTheLockOfARunLeavesIt) {
    agent(writer);
    const auto id = start(parameters("# T\n## One\n"));
    is_ours_ = false;
    EXPECT_EQ(carry(id).status, "running");
    EXPECT_THAT(repository_.git("branch --list 'gsdb/*'"), IsEmpty());
    is_ours_ = true;
    EXPECT_EQ(carry(id).status, "completed");
}

// Stopped at any moment and carried on, it comes to what an undisturbed run comes to, and does nothing twice.
TEST_F(EngineTest, StoppedAgainAndAgainItComesToTheSame) {
    agent(writer);
    const auto seed = std::random_device{}();
    std::mt19937 random(seed);
    const auto id = start(parameters(three_steps));
    std::string status = "running";
    for (int round = 0; status == "running" && round < 200; ++round) {
        std::stop_source stop;
        std::atomic<int> left = static_cast<int>(random() % 6);
        on_news_ = [&](const News&) {
            if (left-- == 0) stop.request_stop();
        };
        status = carry(id, stop.get_token()).status;
    }
    on_news_ = nullptr;
    ASSERT_EQ(status, "completed") << "seed " << seed;
    EXPECT_EQ(files_at("dev"), "check.sh\ngreeting.txt\none.txt\nthree.txt\ntwo.txt\n") << "seed " << seed;
    EXPECT_EQ(repository_.git("rev-list --count main..dev"), "3\n") << "seed " << seed;
    EXPECT_TRUE(knows_no_trace()) << "seed " << seed;
    EXPECT_EQ(operations_of_type(id, "issue.create"), 4) << "seed " << seed;
    EXPECT_EQ(operations_of_type(id, "branch.merge"), 3) << "seed " << seed;
}

class InterruptedRuns : public EngineTest {
  protected:
    IndexedCommit index(const std::string& commit) override {
        if (const auto interrupt = std::exchange(interrupt_, nullptr)) interrupt();
        return EngineTest::index(commit);
    }
    std::function<void()> interrupt_;
};

TEST_F(InterruptedRuns, GoOnWhereTheProgramEndedOrTheDatabaseWasAway) {
    agent(writer);
    const auto id = start(parameters("# T\n## One\n"));
    interrupt_ = [] {
        throw Failure({.code = "source.interrupted", .message = "stopped", .exit_code = ExitCode::interrupted});
    };
    EXPECT_EQ(carry(id).status, "running");
    interrupt_ = [] { throw pg::CommitOutcomeUnknown("codebase_db", "the server is gone"); };
    EXPECT_THROW(carry(id), pg::CommitOutcomeUnknown);
    EXPECT_EQ(stages(id).at(0).status, "running");
    EXPECT_EQ(carry(id).status, "completed") << remarks();
}

}  // namespace
}  // namespace gsdb::engine
