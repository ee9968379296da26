// Runs whose changes are on GitHub, whose issues are in Linear, whose agents are models or Codegen's: against services
// that play them.
#include <boost/json.hpp>
#include <random>

#include "engine_fixture.hpp"
#include "integrations/web_service/test_service.hpp"

namespace gsdb::engine {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace json = boost::json;

constexpr const char* two_steps =
    "# Say more\n\n## Write one\nWrite the file one.\n- [ ] `$ test -f one.txt` passes\n\n"
    "## Write two\nDepends on: 1\nWrite the file two.\n";

constexpr const char* writer =
    "cat > /dev/null\ncase $GSDB_STEP in 1) echo 1 > one.txt;; 2) test -f one.txt; echo 2 > two.txt;; esac\n";

class ServicesTest : public EngineTest {
  protected:
    ServicesTest() {
        services_.guard = http::AddressGuard({http::Network::parse("127.0.0.0/8").value()});
        services_.rules = {.first_pause = 1ms};
        services_.rounds_max = 3;
        services_.first_round_pause = 20ms;
        services_.look_pause = 50ms;
        services_.credential = [this](OrganizationId, std::string service) { return credential(std::move(service)); };
        agent(writer);
    }

    /// One service serves all tests, as it takes seconds to start.
    const web_service::TestService& begun_anew(const web_service::TestService& service, json::object how = {}) {
        control(service, "reset", std::move(how));
        return service;
    }
    /// What the control of a service answers.
    json::value control(const web_service::TestService& service, const std::string& what, json::object body = {}) {
        const web_service::WebService caller(
            {.name = "control", .base_url = service.url(), .http = {.guard = services_.guard}});
        return run_task(caller.call({.method = http::Method::post,
                                     .path = "/_test/" + what,
                                     .body = std::move(body),
                                     .type = "control"}))
            .body;
    }
    /// Carries the run on, and is stopped at a random place again and again until it has ended.
    workflows::Execution carry_with_kills(Uuid run, unsigned seed) {
        std::minstd_rand random(seed);
        for (int round = 0; round < 60; ++round) {
            std::stop_source stop;
            auto left = std::uniform_int_distribution(1, 12)(random);
            std::mutex counting;
            on_news_ = [&](const News&) {
                const std::lock_guard lock(counting);
                if (--left == 0) stop.request_stop();
            };
            auto execution = carry(run, stop.get_token());
            on_news_ = {};
            if (execution.status != "running") return execution;
        }
        throw std::logic_error("it never ends");
    }

    std::mutex keeping_;
    std::map<std::string, std::string> credentials_{
        {"github", "token-1"}, {"linear", "lin_api_test"}, {"anthropic", "test-key"}, {"openai", "test-key"}};

  private:
    Task<crypto::Secret> credential(std::string service) {
        const std::lock_guard lock(keeping_);
        const auto found = credentials_.find(service);
        if (found == credentials_.end())
            throw Failure({.code = "services.not_connected",
                           .message = "there is no credential for " + service,
                           .detail = "",
                           .hint = "gsdb service connect " + service + " stores one"});
        co_return crypto::Secret(std::string_view(found->second));
    }
};

// ---- GitHub -----------------------------------------------------------------------------------------------------

class GithubRuns : public ServicesTest {
  protected:
    GithubRuns() {
        repository_.git("remote add origin file://" + elsewhere_);
        repository_.git("push -q origin main");
        services_.github_url = github_.url();
    }
    Parameters on_github(const std::string& requirement = two_steps) {
        auto wanted = parameters(requirement);
        wanted.code_host = CodeHostKind::github;
        return wanted;
    }
    std::string there(const std::string& arguments) {
        return git::shell("git -C " + git::quoted(elsewhere_) + " " + arguments);
    }
    json::array pull_requests() { return control(github_, "state").at("pulls").as_array(); }

    std::string bare_repository() const {
        const auto folder = folder_.string() + "/octo/hello.git";
        std::filesystem::create_directories(folder);
        git::shell("git init -q --bare " + git::quoted(folder));
        return folder;
    }

    std::string elsewhere_ = bare_repository();
    const web_service::TestService& github_ = begun_anew(github(), {{"folder", elsewhere_}});

  private:
    const web_service::TestService& github() const {
        static const web_service::TestService service{{"node", "tests/services/github.mjs", elsewhere_, "octo/hello"}};
        return service;
    }
};

TEST_F(GithubRuns, MergeByPullRequests) {
    const auto id = start(on_github());
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(there("ls-tree -r --name-only dev"), "check.sh\ngreeting.txt\none.txt\ntwo.txt\n");
    EXPECT_EQ(there("rev-parse dev"), tip("dev") + "\n") << "ours follows the one there";
    EXPECT_EQ(there("branch --list 'gsdb/*'"), "");
    EXPECT_TRUE(knows_no_trace());
    EXPECT_EQ(tip("main"), base_);
    EXPECT_EQ(there("rev-list --count main..dev"), "2\n");
    const auto pulls = pull_requests();
    ASSERT_THAT(pulls, SizeIs(2));
    for (const auto& pull : pulls) EXPECT_TRUE(pull.at("merged").as_bool());
    EXPECT_EQ(operations_of_type(id, "pull_request.create"), 2);
    EXPECT_EQ(operations_of_type(id, "pull_request.merge"), 2);
    EXPECT_EQ(operations_of_type(id, "branch.merge"), 2);
    for (const auto& operation : operations(id)) EXPECT_EQ(operation.status, "succeeded") << operation.type;
}

TEST_F(GithubRuns, WaitForChecksAndRefuseFailedOnes) {
    agent("echo 1 > one.txt\n");
    on_news_ = [this](const News& news) {
        // Checks appear with the change, and fail.
        if (news.kind != News::Kind::stage_began || news.stage != "pull_request_validation") return;
        const auto head = there("for-each-ref --format='%(objectname)' 'refs/heads/gsdb/*/step-1'");
        control(github_, "facts",
                {{"check_runs",
                  {{head.substr(0, 40), {{{"name", "tests"}, {"status", "completed"}, {"conclusion", "failure"}}}}}}});
    };
    const auto id = start(on_github("# T\n## One\n"));
    const auto run = carry(id);
    EXPECT_EQ(run.status, "failed") << remarks();
    EXPECT_THAT(validations(id), Contains(AllOf(Field(&workflows::Validation::key, "host_checks_pass"),
                                                Field(&workflows::Validation::status, "failed"))));
    ASSERT_TRUE(run_task(executions_.cancel(me_, id, "no more")));
    auto all = surroundings();
    clean_up_cancelled(all, {.organization = default_organization(), .execution = id});
    EXPECT_EQ(there("branch --list 'gsdb/*'"), "");
    EXPECT_EQ(pull_requests().at(0).at("state"), "closed");
    EXPECT_TRUE(knows_no_trace());
}

TEST_F(GithubRuns, AWebhookEndsTheWaitForChecks) {
    agent("echo 1 > one.txt\n");
    services_.look_pause = std::chrono::hours(1);
    int asked = 0;
    services_.heard = [&](OrganizationId, const std::string& service, Timestamp) {
        ++asked;
        return service == "github";
    };
    const auto run = carry(start(on_github("# T\n## One\n")));
    EXPECT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(asked, 1) << "checks may still appear, so they are looked at twice";
}

TEST_F(GithubRuns, ATokenThatWasRevokedPausesTheRunUntilThereIsAnother) {
    on_news_ = [this](const News& news) {
        if (news.kind == News::Kind::stage_began && news.stage == "dev_branch_management")
            control(github_, "tokens", {{"accepted", {"token-2"}}});
    };
    const auto id = start(on_github());
    auto run = carry(id);
    EXPECT_EQ(run.status, "paused") << remarks();
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("github refuses the credential"));
    {
        const std::lock_guard lock(keeping_);
        credentials_["github"] = "token-2";
    }
    ASSERT_TRUE(run_task(executions_.resume(me_, id, "another token")));
    run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_THAT(pull_requests(), SizeIs(2));
}

TEST_F(GithubRuns, NothingIsDoneTwiceHoweverOftenTheProgramEnds) {
    for (unsigned seed = 1; seed <= 2; ++seed) {
        const auto id = start(on_github());
        const auto run = carry_with_kills(id, seed);
        ASSERT_EQ(run.status, "completed") << seed << run.status_reason.value_or("") << remarks();
        EXPECT_THAT(pull_requests(), SizeIs(2 * seed));
        EXPECT_EQ(there("rev-list --count main..dev"), "2\n") << seed;
        EXPECT_EQ(there("branch --list 'gsdb/*'"), "");
        there("update-ref -d refs/heads/dev");
        repository_.git("branch -D dev");
    }
}

TEST_F(GithubRuns, ABranchThatSomebodyMovedThereIsFollowed) {
    on_news_ = [this](const News& news) {
        if (news.kind != News::Kind::stage_began || news.stage != "dev_branch_management") return;
        const auto tree = there("rev-parse 'main^{tree}'").substr(0, 40);
        const auto dev = there("rev-parse dev").substr(0, 40);
        const auto other =
            git::shell("git -C " + git::quoted(elsewhere_) +
                       " -c user.name=o -c user.email=o@example.org commit-tree -m other -p " + dev + " " + tree)
                .substr(0, 40);
        there("update-ref refs/heads/dev " + other);
    };
    const auto id = start(on_github());
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(there("rev-list --count main..dev"), "3\n");
    EXPECT_EQ(there("rev-parse dev"), tip("dev") + "\n");
}

TEST_F(GithubRuns, WhatCannotBeReachedPausesTheRun) {
    services_.github_url = "http://127.0.0.1:1";
    const auto run = carry(start(on_github()));
    EXPECT_EQ(run.status, "paused");
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("github cannot be reached"));
    EXPECT_THAT(remarks(), HasSubstr("it is tried again at"));
}

TEST_F(ServicesTest, WithoutARemoteOrACredentialTheFirstStageSaysSo) {
    auto wanted = parameters(two_steps);
    wanted.code_host = CodeHostKind::github;
    EXPECT_THAT(carry(start(wanted)).status_reason.value_or(""), HasSubstr("knows no remote origin"));
    repository_.git("remote add origin https://github.com/octo/hello.git");
    credentials_.clear();
    EXPECT_THAT(carry(start(wanted)).status_reason.value_or(""), HasSubstr("there is no credential for github"));
}

// ---- Linear -----------------------------------------------------------------------------------------------------

class LinearRuns : public ServicesTest {
  protected:
    LinearRuns() {
        services_.linear_url = linear_.url();
        const auto team = control(linear_, "team",
                                  {{"key", "OPS"},
                                   {"name", "Operations"},
                                   {"states",
                                    {{"Todo", "unstarted", 1},
                                     {"In Progress", "started", 2},
                                     {"In Review", "started", 3},
                                     {"Done", "completed", 4},
                                     {"Canceled", "canceled", 5}}}});
        cancelled_ = std::string(team.at("states").at(4).at("id").as_string());
    }
    Parameters in_linear(const std::string& requirement = two_steps) {
        auto wanted = parameters(requirement);
        wanted.issue_tracker = IssueTrackerKind::linear;
        wanted.team = "OPS";
        return wanted;
    }
    json::array issues() { return control(linear_, "told").at("issues").as_array(); }
    static std::string state_of(const json::value& issue) { return std::string(issue.at("state").as_string()); }

    const web_service::TestService& linear_ = begun_anew(linear());
    std::string cancelled_;  ///< the state's id

  private:
    static const web_service::TestService& linear() {
        static const web_service::TestService service{{"node", "tests/services/linear.mjs"}};
        return service;
    }
};

TEST_F(LinearRuns, AreFollowedAsIssues) {
    std::string seen;
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::stage_began && news.stage == "pull_request_validation")
            for (const auto& issue : issues()) seen += state_of(issue) + ";";
    };
    const auto id = start(in_linear());
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(seen, "In Progress;In Review;In Review;");
    const auto made = issues();
    ASSERT_THAT(made, SizeIs(3));
    for (const auto& issue : made) EXPECT_EQ(state_of(issue), "Done") << issue;
    EXPECT_EQ(made.at(0).at("title"), "A run");
    EXPECT_EQ(made.at(1).at("title"), "Write one");
    EXPECT_THAT(*stages(id).at(3).output, HasSubstr(std::string(made.at(0).at("identifier").as_string())));
}

TEST_F(LinearRuns, MakeNoIssueTwice) {
    for (unsigned seed = 1; seed <= 2; ++seed) {
        const auto run = carry_with_kills(start(in_linear()), seed);
        ASSERT_EQ(run.status, "completed") << seed << run.status_reason.value_or("") << remarks();
        EXPECT_THAT(issues(), SizeIs(3 * seed));
        repository_.git("branch -D dev");
    }
}

TEST_F(LinearRuns, ACancelledIssuePausesTheRunAndACancelledRunItsIssues) {
    agent("sleep 30\n");
    on_news_ = [this](const News& news) {
        if (news.kind != News::Kind::step_began) return;
        control(linear_, "issue", {{"id", issues().at(0).at("id")}, {"stateId", cancelled_}});
    };
    const auto id = start(in_linear("# T\n## One\n"));
    const auto run = carry(id);
    EXPECT_EQ(run.status, "paused") << remarks();
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("was cancelled in Linear"));
    ASSERT_TRUE(run_task(executions_.cancel(me_, id, "no more")));
    auto all = surroundings();
    clean_up_cancelled(all, {.organization = default_organization(), .execution = id});
    for (const auto& issue : issues()) EXPECT_EQ(state_of(issue), "Canceled");
}

TEST_F(LinearRuns, AnUnknownTeamIsFoundBeforeAnythingBegins) {
    auto wanted = in_linear();
    wanted.team = "NOPE";
    const auto id = start(wanted);
    EXPECT_EQ(carry(id).status, "failed");
    EXPECT_EQ(stages(id).at(0).status, "failed");
    EXPECT_THAT(issues(), IsEmpty());
}

// ---- models -----------------------------------------------------------------------------------------------------

class ModelRuns : public ServicesTest {
  protected:
    ModelRuns() {
        services_.anthropic_url = models_.url();
        services_.openai_url = models_.url() + "/v1";
    }
    Parameters by_model(AgentKind kind) {
        auto wanted = parameters("# T\n## Greet\nSay good morning.\n");
        wanted.agent_kind = kind;
        wanted.agent = "a-model";
        return wanted;
    }
    void answers(json::array texts) {
        json::array all;
        for (auto& text : texts) all.push_back(json::object{{"text", std::move(text)}});
        control(models_, "script", {{"answers", std::move(all)}});
    }

    web_service::TestService models_{{"node", "tests/services/models.mjs"}};
    static constexpr const char* good =
        "I change the greeting.\nFILE: greeting.txt\n<<<<<<< SEARCH\nhello\n=======\ngood morning\n>>>>>>> REPLACE\n"
        "```json\n{\"summary\": \"Greets.\", \"status\": \"done\"}\n```\n";
    static constexpr const char* bad =
        "FILE: greeting.txt\n<<<<<<< SEARCH\nbonjour\n=======\ngood morning\n>>>>>>> REPLACE\n"
        "```json\n{\"summary\": \"Greets.\", \"status\": \"done\"}\n```\n";
};

TEST_F(ModelRuns, ChangeFilesByEdits) {
    for (const auto kind : {AgentKind::anthropic, AgentKind::openai}) {
        answers({good});
        auto wanted = by_model(kind);
        wanted.spending = {.usd_max = 1, .usd_per_million_input = 1000, .usd_per_million_output = 2000};
        const auto id = start(wanted);
        ASSERT_EQ(carry(id).status, "completed") << remarks();
        EXPECT_EQ(at("dev", "greeting.txt"), "good morning\n");
        EXPECT_THAT(repository_.git("log -1 --format=%b dev"), HasSubstr("Greets."));
        for (const auto& operation : operations(id))
            if (operation.type == "agent.run") EXPECT_GT(std::stod(operation.cost_usd), 0) << operation.cost_usd;
        repository_.git("branch -D dev");
    }
}

TEST_F(ModelRuns, MendTheirEditsOnceAndThenTheAttemptHasFailed) {
    answers({bad, good});
    ASSERT_EQ(carry(start(by_model(AgentKind::anthropic))).status, "completed") << remarks();
    EXPECT_EQ(at("dev", "greeting.txt"), "good morning\n");
    repository_.git("branch -D dev");
    answers({bad, bad, bad, bad});
    const auto run = carry(start(by_model(AgentKind::anthropic)));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("bad_answer"));
}

TEST_F(ModelRuns, MakePlansWithinTheBudget) {
    answers({"Let me think.",
             "```json\n{\"title\": \"T\", \"steps\": [{\"name\": \"Greet\", \"description\": \"Say good "
             "morning.\"}]}\n```",
             good});
    auto wanted = by_model(AgentKind::anthropic);
    wanted.plan = PlanMaker::model;
    wanted.spending = {.usd_max = 9, .usd_per_million_input = 1000, .usd_per_million_output = 2000};
    const auto id = start(wanted);
    ASSERT_EQ(carry(id).status, "completed") << remarks();
    EXPECT_EQ(at("dev", "greeting.txt"), "good morning\n");
    const PlanDatabases plans{.workflows = workflows_, .tasks = tasks_};
    EXPECT_EQ(run_task(read_run_plan(plans, me_, id))->last().method, "model");
    EXPECT_EQ(operations_of_type(id, "agent.plan"), 2);
    for (const auto& operation : operations(id))
        if (operation.type == "agent.plan") EXPECT_GT(std::stod(operation.cost_usd), 0);
    const auto told = control(models_, "state").at("requests").at(1).at("body").at("messages").as_array();
    ASSERT_THAT(told, SizeIs(3));
    EXPECT_THAT(json::serialize(told[0]), AllOf(HasSubstr("greeting.txt"), HasSubstr("maxItems")));
    EXPECT_EQ(told[1].at("content"), "Let me think.");
    EXPECT_THAT(json::serialize(told[2]), HasSubstr("no JSON"));
    // The second answer has what the first one left.
    answers({"I cannot.", "I cannot."});
    wanted.spending = {.tokens_max = 60};
    const auto run = carry(start(wanted));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("the budget for models is used up"));
}

TEST_F(ModelRuns, AWrongKeyPausesTheRun) {
    credentials_["openai"] = "wrong";
    const auto run = carry(start(by_model(AgentKind::openai)));
    EXPECT_EQ(run.status, "paused");
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("gsdb service connect openai"));
}

TEST_F(ModelRuns, ABudgetThatIsUsedUpEndsTheAttempt) {
    answers({bad, bad, bad, bad});
    auto wanted = by_model(AgentKind::anthropic);
    wanted.spending.tokens_max = 60;
    const auto run = carry(start(wanted));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("budget"));
}

// ---- Codegen ----------------------------------------------------------------------------------------------------

class CodegenRuns : public GithubRuns {
  protected:
    CodegenRuns() {
        services_.codegen_url = codegen_.url();
        credentials_["codegen"] = "test-token";
    }
    Parameters by_codegen() {
        auto wanted = on_github();
        wanted.agent_kind = AgentKind::codegen;
        wanted.agent.clear();
        return wanted;
    }
    /// What the runs to come do, and the statuses that they go through.
    void plan(json::array statuses = {"PENDING", "A_NEW_STATUS", "RUNNING", "COMPLETE"},
              const std::string& command = "if test -e one.txt; then echo 2 > two.txt; else echo 1 > one.txt; fi") {
        control(codegen_, "plan",
                {{"statuses", std::move(statuses)},
                 {"command", command},
                 {"summary", "Wrote it."},
                 {"logs", {{{"message_type", "ACTION"}, {"thought", "I write a file"}}}}});
    }
    json::array runs() { return control(codegen_, "state").at("runs").as_array(); }

    const web_service::TestService& codegen_ = begun_anew(codegen(), {{"repository", elsewhere_}});

  private:
    const web_service::TestService& codegen() const {
        static const web_service::TestService service{{"node", "tests/services/codegen.mjs", elsewhere_, "octo/hello"}};
        return service;
    }
};

TEST_F(CodegenRuns, TheirBranchesBecomeTheChanges) {
    plan();
    std::mutex hearing;
    std::string said;
    on_news_ = [&](const News& news) {
        const std::lock_guard lock(hearing);
        if (news.kind == News::Kind::step_said) said += news.text;
    };
    const auto id = start(by_codegen());
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(there("ls-tree -r --name-only dev"), "check.sh\ngreeting.txt\none.txt\ntwo.txt\n");
    EXPECT_EQ(there("rev-list --count main..dev"), "2\n");
    EXPECT_THAT(repository_.git("log -1 --format=%b dev"), HasSubstr("Wrote it."));
    EXPECT_THAT(said, HasSubstr("I write a file"));
    EXPECT_THAT(runs(), SizeIs(2));
    EXPECT_EQ(operations_of_type(id, "agent.run"), 2);
    EXPECT_EQ(there("branch --list 'gsdb/*'"), "") << "not even the branches that the agents began from";
    EXPECT_TRUE(knows_no_trace());
}

TEST_F(CodegenRuns, AreBegunOnceHoweverOftenTheProgramEnds) {
    plan();
    const auto run = carry_with_kills(start(by_codegen()), 3);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_THAT(runs(), SizeIs(2)) << remarks();
    EXPECT_EQ(there("rev-list --count main..dev"), "2\n");
}

TEST_F(CodegenRuns, ThatFailAreAskedForAnew) {
    plan({"PENDING", "FAILED"}, "false");
    int begun = 0;
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::step_began && ++begun == 2) plan();
    };
    const auto run = carry(start(by_codegen()));
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_THAT(runs(), SizeIs(3));
    EXPECT_THAT(remarks(), HasSubstr("agent_failed"));
}

TEST_F(CodegenRuns, EndWithTheRunThatIsCancelled) {
    plan({"PENDING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING",
          "COMPLETE"});
    const auto id = start(by_codegen());
    on_news_ = [&](const News& news) {
        if (news.kind == News::Kind::step_said) run_task(executions_.cancel(me_, id, "no more"));
    };
    EXPECT_EQ(carry(id).status, "cancelled");
    ASSERT_THAT(runs(), SizeIs(1));
    EXPECT_EQ(runs().at(0).at("status"), "CANCELLED");
    auto all = surroundings();
    clean_up_cancelled(all, {.organization = default_organization(), .execution = id});
    EXPECT_EQ(there("branch --list 'gsdb/*'"), "");
}

TEST_F(CodegenRuns, ATokenThatIsRefusedPausesTheRun) {
    plan();
    credentials_["codegen"] = "wrong";
    const auto run = carry(start(by_codegen()));
    EXPECT_EQ(run.status, "paused") << remarks();
    EXPECT_THAT(run.status_reason.value_or(""), HasSubstr("gsdb service connect codegen"));
    EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(CodegenRuns, EndWithAPlanThatTheyAreAskedFor) {
    control(codegen_, "plan",
            {{"statuses", {"COMPLETE"}},
             {"result", R"({"title": "T", "steps": [{"name": "Write one", "description": "Write the file one."}]})"}});
    auto wanted = by_codegen();
    wanted.plan = PlanMaker::agent;
    wanted.review_plan = true;
    const auto id = start(wanted);
    EXPECT_EQ(carry(id).status, "paused") << remarks();
    const PlanDatabases plans{.workflows = workflows_, .tasks = tasks_};
    const auto made = value_or_throw(run_task(read_run_plan(plans, me_, id)));
    EXPECT_EQ(made.last().method, "agent");
    EXPECT_EQ(made.plan.steps.at(0).name, "Write one");
    EXPECT_THAT(json::serialize(control(codegen_, "state").at("requests")), HasSubstr("maxItems"));
}

}  // namespace
}  // namespace gsdb::engine
