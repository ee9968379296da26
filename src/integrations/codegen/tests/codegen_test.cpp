// Codegen's agents: begun once, followed to their end, as Codegen describes its interface.
#include "integrations/codegen/codegen.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/run_task.hpp"
#include "integrations/codegen/pacing.hpp"
#include "integrations/web_service/test_service.hpp"

namespace gsdb::codegen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using web_service::CallFailed;
using web_service::Outcome;
namespace fs = std::filesystem;
namespace json = boost::json;

std::string output_of(const std::vector<std::string>& command, const fs::path& folder = {}) {
    std::string lines;
    const auto outcome =
        run_task(process::run({.arguments = command, .folder = folder, .environment = process::allowed_environment()},
                              [&](process::Stream, std::string_view line) { lines.append(line).append("\n"); }));
    if (outcome.exit_code != 0) throw std::runtime_error(fmt::format("{} failed: {}", command.front(), lines));
    return lines;
}

/// A bare repository with one commit, and the service whose agents work on it: one for all tests.
struct World {
    World() {
        std::string name = (fs::temp_directory_path() / "gsdb-codegen-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        repository = folder / "origin.git";
        output_of({"git", "init", "--quiet", "--bare", "-b", "main", repository.string()});
        const auto tree = (folder / "tree").string();
        output_of({"git", "clone", "--quiet", repository.string(), tree});
        output_of({"git", "-C", tree, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet",
                   "--allow-empty", "-m", "Begin."});
        output_of({"git", "-C", tree, "push", "--quiet", "origin", "HEAD:main"});
        service.emplace(std::vector<std::string>{"node", "tests/services/codegen.mjs", repository.string()});
    }
    ~World() {
        std::error_code ignored;
        service.reset();
        fs::remove_all(folder, ignored);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    fs::path folder, repository;
    std::optional<web_service::TestService> service;
};

World& world() {
    static World one;
    return one;
}

http::AddressGuard loopback() {
    return http::AddressGuard({http::Network::parse("127.0.0.0/8").value()});
}

json::value control(std::string word, json::value value = json::object()) {
    static const web_service::WebService service(
        {.name = "control", .base_url = world().service->url(), .http = {.guard = loopback()}});
    return run_task(service.call({.method = http::Method::post,
                                  .path = "/_test/" + std::move(word),
                                  .body = std::move(value),
                                  .type = "control"}))
        .body;
}

class Agents : public testing::Test {
  protected:
    void SetUp() override { control("reset"); }

    Settings settings(std::string token = "test-token") {
        return {.base_url = world().service->url(),
                .token = crypto::Secret(token),
                .guard = loopback(),
                .rules = {.attempts_max = 3, .first_pause = 1ms},
                .pace = {.calls_max = 1000, .period = 1ms},
                .creation_pace = {.calls_max = 1000, .period = 1ms},
                .on_attempt = [this](const web_service::Attempt& attempt) { attempts_.push_back(attempt); }};
    }
    const Codegen& codegen() {
        if (!codegen_) codegen_.emplace(settings());
        return *codegen_;
    }
    static RunOrder order(std::string key = "run-1/step-2") { return {.key = std::move(key), .prompt = "Add a file."}; }
    static WaitRules quick() { return {.first_pause = 1ms, .pause_max = 2ms, .deadline = 10s}; }
    codegen::Run create(RunOrder wanted = order()) { return run_task(codegen().create_run(std::move(wanted))); }
    template <class T>
    CallFailed failure(Task<T> task) {
        try {
            run_task(std::move(task));
        } catch (const CallFailed& failed) {
            return failed;
        }
        throw std::logic_error("it did not fail");
    }
    static json::array runs() { return control("state").as_object().at("runs").as_array(); }
    static std::size_t creations() {
        std::size_t count = 0;
        const auto state = control("state");
        for (const auto& request : state.as_object().at("requests").as_array())
            count += request.at("path") == "/v1/organizations/1/agent/run" ? 1 : 0;
        return count;
    }

    std::vector<web_service::Attempt> attempts_;
    std::optional<Codegen> codegen_;
};

TEST(Statuses, EndOnlyWithKnownWords) {
    for (const auto* status : {"COMPLETE", "FAILED", "ERROR", "CANCELLED", "STOPPED", "complete", "Failed"})
        EXPECT_TRUE(is_terminal(status)) << status;
    for (const auto* status : {"PENDING", "ACTIVE", "RUNNING", "", "COMPLETED", "COMPLET", "PAUSED_BY_SOMEBODY"})
        EXPECT_FALSE(is_terminal(status)) << status;
    EXPECT_TRUE(is_success("complete"));
    EXPECT_FALSE(is_success("FAILED"));
}

TEST_F(Agents, AreBegunWithAllThatTheyAreTold) {
    auto wanted = order();
    wanted.repository = RepositoryId(7);
    wanted.model = "example-1";
    wanted.agent_type = "claude_code";
    wanted.metadata = {{"step", 2}};
    const auto run = create(wanted);
    EXPECT_EQ(run.id, RunId(1));
    EXPECT_EQ(run.status, "PENDING");
    EXPECT_EQ(run.key, "run-1/step-2");
    EXPECT_EQ(run.web_url, "https://example.org/runs/1");
    const auto body = control("state").as_object().at("requests").at(1).at("body");
    EXPECT_EQ(body, json::value({{"prompt", "Add a file."},
                                 {"repo_id", 7},
                                 {"model", "example-1"},
                                 {"agent_type", "claude_code"},
                                 {"metadata", {{"step", 2}, {"gsdb_key", "run-1/step-2"}}}}));
}

TEST_F(Agents, AreBegunOnceForAKey) {
    const auto first = create(), again = create();
    EXPECT_EQ(again.id, first.id);
    EXPECT_NE(create(order("other")).id, first.id);
    EXPECT_EQ(creations(), 2U);
    control("faults", {{"skip", 1}, {"after", true}, {"no_answer", true}});
    EXPECT_EQ(failure(codegen().create_run(order("lost"))).outcome(), Outcome::unreachable)
        << "whether it was begun is not known";
    EXPECT_EQ(create(order("lost")).id, RunId(3)) << "it was, and is found";
    EXPECT_THAT(runs(), SizeIs(3));
}

TEST_F(Agents, AreFoundAmongManyInEitherOrder) {
    control("runs", {{"count", 150}});
    const auto wanted = create(order("needle"));
    control("runs", {{"count", 120}});
    const auto pages_for = [&](std::string key, bool is_there) {
        attempts_.clear();
        const auto found = run_task(codegen().find_run(std::move(key)));
        EXPECT_EQ(found.has_value(), is_there);
        if (found) EXPECT_EQ(found->id, wanted.id);
        return attempts_.size();
    };
    EXPECT_EQ(pages_for("needle", true), 2U);
    EXPECT_EQ(pages_for("none", false), 3U);
    control("order", {{"oldest_first", true}});
    EXPECT_EQ(pages_for("needle", true), 3U) << "the oldest page, which is looked at first, then the newest ones";
    EXPECT_EQ(pages_for("none", false), 3U);
}

TEST_F(Agents, AreFollowedToTheirEnd) {
    control("plan", {{"statuses", {"PENDING", "ACTIVE", "something new", "Complete"}},
                     {"logs",
                      {{{"message_type", "ACTION"}, {"tool_name", "ripgrep"}, {"tool_input", {{"query", "x"}}}},
                       {{"message_type", "PLAN_EVALUATION"}, {"thought", "hm"}, {"observation", {{"found", 3}}}},
                       {{"message_type", "FINAL_ANSWER"}, {"observation", "done"}}}},
                     {"result", "it is done"},
                     {"summary", "a file"}});
    const auto begun = create();
    std::vector<LogEntry> log;
    const auto run =
        run_task(codegen().wait_for(begun.id, quick(), [&](const LogEntry& entry) { log.push_back(entry); }));
    EXPECT_TRUE(run.has_succeeded());
    EXPECT_EQ(run.result, "it is done");
    EXPECT_EQ(run.summary, "a file");
    ASSERT_THAT(log, SizeIs(3)) << "each once";
    EXPECT_EQ(log[0].tool_name, "ripgrep");
    EXPECT_EQ(log[0].tool_input, json::value({{"query", "x"}}));
    EXPECT_EQ(log[1].observation, R"({"found":3})");
    EXPECT_EQ(log[2].observation, "done");
    EXPECT_EQ(log[2].message_type, "FINAL_ANSWER");
}

TEST_F(Agents, GiveLongLogsOnWhole) {
    json::array entries;
    for (int i = 0; i < 250; ++i) entries.push_back({{"thought", std::to_string(i)}});
    control("plan", {{"statuses", {"COMPLETE"}}, {"logs", entries}});
    const auto run = create();
    std::vector<std::string> thoughts;
    const auto on_log = [&](const LogEntry& entry) { thoughts.push_back(entry.thought); };
    run_task(codegen().wait_for(run.id, quick(), on_log));
    ASSERT_THAT(thoughts, SizeIs(250));
    EXPECT_EQ(thoughts[249], "249");
    thoughts.clear();
    run_task(codegen().wait_for(run.id, quick(), on_log, 248));
    EXPECT_THAT(thoughts, ElementsAre("248", "249")) << "after a restart";
    const auto page = run_task(codegen().logs(run.id, 10, 2));
    EXPECT_THAT(page.entries, SizeIs(2));
    EXPECT_EQ(page.total, 250);
}

TEST_F(Agents, LeaveABranch) {
    control("plan", {{"command", "printf '%s' \"$GSDB_PROMPT\" > prompt.txt"}});
    const auto begun = create();
    const auto run = run_task(codegen().wait_for(begun.id, quick()));
    ASSERT_THAT(run.pull_requests, SizeIs(1));
    const auto& branch = run.pull_requests[0].head_branch;
    EXPECT_EQ(output_of({"git", "-C", world().repository.string(), "show", branch + ":prompt.txt"}), "Add a file.\n");
    control("plan", {{"command", "exit 1"}});
    const auto failed = create(order("failing"));
    EXPECT_EQ(run_task(codegen().wait_for(failed.id, quick())).status, "FAILED");
}

TEST_F(Agents, AreWaitedForWhileNobodyAnswers) {
    const auto run = create();
    control("faults", {{"count", 7}, {"status", 503}});
    EXPECT_TRUE(run_task(codegen().wait_for(run.id, quick())).has_succeeded());
    control("plan", {{"logs", {{{"thought", "x"}}}}});
    const auto other = create(order("other"));
    control("faults", {{"skip", 1}, {"status", 404}});
    int entries = 0;
    EXPECT_TRUE(run_task(codegen().wait_for(other.id, quick(), [&](const LogEntry&) { ++entries; })).has_ended())
        << "without the log, which is a by-product";
    EXPECT_EQ(entries, 0);
}

TEST_F(Agents, AreNotWaitedForForEver) {
    control("plan", {{"statuses", {"RUNNING"}}});
    const auto run = create();
    auto rules = quick();
    rules.deadline = 20ms;
    const auto failed = failure(codegen().wait_for(run.id, rules));
    EXPECT_EQ(failed.outcome(), Outcome::timed_out);
    EXPECT_THAT(failed.error().detail, HasSubstr("RUNNING"));
    EXPECT_EQ(failure(codegen().wait_for(RunId(99), rules)).outcome(), Outcome::not_found);
}

TEST_F(Agents, AreToldMoreAndStopped) {
    control("plan", {{"statuses", {"RUNNING"}}});
    const auto run = create();
    EXPECT_EQ(run_task(codegen().resume(run.id, "And a test.")).id, run.id);
    EXPECT_EQ(run_task(codegen().logs(run.id)).entries.at(0).thought, "And a test.");
    EXPECT_TRUE(run_task(codegen().ban(run.id)));
    EXPECT_EQ(run_task(codegen().run(run.id)).status, "CANCELLED");
    EXPECT_TRUE(run_task(codegen().ban(run.id))) << "again";
    EXPECT_FALSE(run_task(codegen().ban(RunId(99))));
    EXPECT_EQ(failure(codegen().resume(RunId(99), "x")).outcome(), Outcome::not_found);
    control("faults", {{"status", 503}});
    EXPECT_EQ(failure(codegen().resume(run.id, "Once.")).outcome(), Outcome::unreachable) << "it is not said twice";
}

TEST_F(Agents, HaveOrganizationsAndRepositories) {
    const auto organizations = run_task(codegen().organizations());
    ASSERT_THAT(organizations, SizeIs(1));
    EXPECT_EQ(organizations[0].name, "Example");
    const auto repositories = run_task(codegen().repositories());
    ASSERT_THAT(repositories, SizeIs(130)) << "of two pages";
    EXPECT_EQ(repositories[129].full_name, "example/repository-130");
    EXPECT_TRUE(repositories[129].is_archived);
    EXPECT_FALSE(repositories[0].is_archived);
}

TEST_F(Agents, SayWhyTheyAreRefused) {
    control(
        "faults",
        {{"skip", 1}, {"status", 402}, {"body", {{"message", "the plan's runs are used up"}, {"status_code", 402}}}});
    const auto limit = failure(codegen().create_run(order()));
    EXPECT_EQ(limit.status(), 402);
    EXPECT_THAT(limit.error().detail, HasSubstr("used up"));
    control("faults", {{"status", 422},
                       {"body", {{"detail", {{{"loc", {"body", "prompt"}}, {"msg", "too long"}, {"type", "x"}}}}}}});
    EXPECT_THAT(failure(codegen().run(RunId(1))).error().detail, HasSubstr(R"(["body","prompt"] too long)"));
    const Codegen stranger(settings("wrong-token"));
    const auto refused = failure(stranger.run(RunId(1)));
    EXPECT_EQ(refused.outcome(), Outcome::unauthorized);
    EXPECT_THAT(refused.what(), Not(HasSubstr("wrong-token")));
    control("faults", {{"status", 429}, {"retry_after", 0}});
    attempts_.clear();
    create();
    EXPECT_EQ(attempts_.at(0).outcome, Outcome::rate_limited);
}

TEST_F(Agents, RefuseWhatIsNoAnswer) {
    for (const auto& body :
         {json::value(json::array()), json::value({{"id", "x"}}), json::value({{"status", "RUNNING"}})}) {
        control("faults", {{"status", 200}, {"body", body}});
        const auto failed = failure(codegen().run(RunId(1)));
        EXPECT_EQ(failed.outcome(), Outcome::error);
        EXPECT_THAT(failed.error().detail, HasSubstr("a run"));
    }
    control("faults", {{"status", 200}, {"body", {{"id", 5}, {"organization_id", 1}, {"status", nullptr}}}});
    const auto bare = run_task(codegen().run(RunId(5)));
    EXPECT_EQ(bare.status, "");
    EXPECT_FALSE(bare.has_ended());
}

TEST(Pacings, LetSoManyPassInAPeriod) {
    Pacing pacing({.calls_max = 3, .period = 40ms});
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::chrono::steady_clock::duration> turns;
    for (int i = 0; i < 8; ++i) {
        run_task(pacing.wait_for_turn());
        turns.push_back(std::chrono::steady_clock::now() - began);
    }
    EXPECT_GE(turns[3], 40ms);
    EXPECT_GE(turns[6], 80ms);
    // Those within the rate do not wait.
    Pacing rare({.calls_max = 3, .period = std::chrono::hours(1)});
    for (int i = 0; i < 3; ++i) run_task(rare.wait_for_turn());
}

TEST_F(Agents, SpeakAsCodegenDescribesIt) {
    const fs::path description = "../shared/data/codegen_openapi.json";
    if (!fs::exists(description)) GTEST_SKIP() << description << " is not here";
    auto full = order();
    full.repository = RepositoryId(7);
    full.model = "example-1";
    full.agent_type = "codegen";
    control("plan", {{"logs", {{{"message_type", "ACTION"}, {"tool_input", {{"a", 1}}}}, {{"observation", "x"}}}},
                     {"command", "echo x > x"}});
    const auto run = create(full);
    run_task(codegen().wait_for(run.id, quick(), [](const LogEntry&) {}));
    run_task(codegen().resume(run.id, "more"));
    run_task(codegen().ban(run.id));
    run_task(codegen().organizations());
    run_task(codegen().repositories());
    failure(codegen().run(RunId(99)));
    failure(Codegen(settings("wrong")).find_run("x"));
    EXPECT_THAT(output_of({"node", "tests/services/check_codegen.mjs", world().service->url(), description.string()}),
                HasSubstr("answers compared"));
}

}  // namespace
}  // namespace gsdb::codegen
