// Runs over HTTP: as the router answers, on migrated databases in both layouts.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "base/together.hpp"
#include "engine/routes.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::engine {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::SizeIs;

/// What a client of a stream reads; it may act on what it reads, and leave.
class Reader : public http::BodyWriter {
  public:
    struct Event {
        std::string id, name;
        json::value data;
    };
    std::function<bool(const Event&)> on_event = [](const Event&) { return true; };
    std::vector<Event> events;

    Task<bool> write(std::string bytes) override {
        rest_ += bytes;
        bool stays = true;
        for (auto end = rest_.find("\n\n"); end != std::string::npos && stays; end = rest_.find("\n\n")) {
            auto event = event_of(rest_.substr(0, end));
            rest_.erase(0, end + 2);
            if (event.name.empty()) continue;
            events.push_back(event);
            stays = on_event(event);
        }
        co_return stays;
    }
    bool is_closing() const override { return false; }
    void on_closing(std::function<void()>) override {}

    std::vector<Event> named(std::string_view name) const {
        std::vector<Event> found;
        for (const auto& event : events)
            if (event.name == name) found.push_back(event);
        return found;
    }
    std::vector<std::string> kinds() const {
        std::vector<std::string> all;
        for (const auto& event : named("transition")) all.emplace_back(event.data.at("kind").as_string());
        return all;
    }

  private:
    static Event event_of(std::string text) {
        Event event;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("id: ")) event.id = line.substr(4);
            if (line.starts_with("event: ")) event.name = line.substr(7);
            if (line.starts_with("data: ")) event.data = json::parse(line.substr(6));
        }
        return event;
    }

    std::string rest_;
};

struct Asked {
    http::Method method = http::Method::get;
    std::string path;
    std::string body = {};
    std::vector<http::QueryParameter> query = {};
    std::vector<http::Header> headers = {};
};

class WorkflowRoutes : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    WorkflowRoutes() {
        router_.set_authentication([this](http::Request) -> Task<std::expected<http::Caller, http::Response>> {
            co_return http::Caller{.organization = caller_, .role = "admin", .scopes = scopes_};
        });
        add_routes(router_, io_.get_executor(), {.workflows = workflows_, .tasks = tasks_, .projects = projects_});
        repository_.git("init -q");
        repository_.write("greeting.txt", "hello\n");
        repository_.commit_all("first");
    }

    /// Keeps what the views of a request are made of.
    struct Kept {
        explicit Kept(Asked what) : asked(std::move(what)) {
            const std::string_view path = asked.path;
            for (std::size_t start = 1; start <= path.size();) {
                const auto end = std::min(path.find('/', start), path.size());
                segments.push_back(path.substr(start, end - start));
                start = end + 1;
            }
            request = {.method = asked.method,
                       .target = path,
                       .path = path,
                       .segments = segments,
                       .query_parameters = asked.query,
                       .headers = asked.headers,
                       .body = asked.body};
        }
        Kept(const Kept&) = delete;
        Kept& operator=(const Kept&) = delete;
        Asked asked;
        std::vector<std::string_view> segments;
        http::Request request;
    };

    json::value ask(Asked asked, http::Status expected = http::Status::ok) {
        const Kept kept(std::move(asked));
        const auto response = run_task_on(io_, router_.handle(kept.request));
        EXPECT_EQ(response.status, expected) << response.bytes();
        return json::parse(std::string(response.bytes()));
    }
    json::value get(std::string path, std::vector<http::QueryParameter> query = {}) {
        return ask({.path = std::move(path), .query = std::move(query)});
    }
    std::string code(Asked asked, http::Status expected) {
        return std::string(ask(std::move(asked), expected).at("error").at("code").as_string());
    }
    Asked post(std::string path, std::string body = "") {
        return {.method = http::Method::post, .path = std::move(path), .body = std::move(body)};
    }

    json::object order() {
        return {
            {"repository", repository_.string()}, {"requirements", "# A title\n## One\n"}, {"agent", "command:true"}};
    }
    Asked start_of(const json::object& order) { return post("/api/v1/workflows", json::serialize(order)); }
    std::string start(const std::string& name = "run") {
        auto wanted = order();
        wanted["name"] = name;
        return std::string(ask(start_of(wanted), http::Status::accepted).at("id").as_string());
    }
    static std::string at(const std::string& run, const std::string& rest = "") {
        return "/api/v1/workflows/" + run + rest;
    }

    /// A plan of two steps, of no run yet.
    Uuid plan_something(ProjectId project) {
        constexpr std::string_view text = "# T\n## One\n## Two\n";
        const auto plan = value_or_throw(tasks::plan_from_markdown(text));
        const auto requirement = run_task(tasks::save_requirement(
            tasks_, default_organization(), RepositoryId::make(SystemClock()), project, std::string(text)));
        return run_task(tasks::save_plan(tasks_, default_organization(), requirement.id, "markdown", plan,
                                         tasks::assess(plan, text)));
    }

    /// Two steps, and what agents said about them.
    void say_something(Uuid run) {
        const auto project = ProjectId::make(SystemClock());
        const auto decomposition = plan_something(project);
        tasks::StepTasks steps(tasks_, default_organization(), run);
        run_task(steps.make(project, decomposition, "T", "text",
                            run_task(tasks::list_steps(tasks_, default_organization(), decomposition)), 2,
                            std::chrono::seconds(60)));
        const auto made = run_task(steps.list());
        run_task(steps.log(made[0].id, 1, {{"info", "stdout", "a"}, {"info", "stdout", "b"}, {"info", "stderr", "c"}}));
        run_task(steps.log(made[0].id, 2, {{"info", "stdout", "d"}}));
        run_task(steps.log(made[1].id, 1, {{"info", "stdout", "e"}}));
    }

    Task<http::Status> follow_in(std::string run, std::string after, std::shared_ptr<Reader> reader) {
        Asked asked{.path = at(run, "/events")};
        if (!after.empty()) asked.headers = {{"Last-Event-ID", after}};
        const Kept kept(std::move(asked));
        const auto response = co_await router_.handle(kept.request);
        if (response.is_stream()) co_await std::get<http::StreamBody>(response.body)(reader.get());
        co_return response.status;
    }
    http::Status follow(const std::string& run, const std::string& after, std::shared_ptr<Reader> reader) {
        return run_task_on(io_, follow_in(run, after, std::move(reader)));
    }
    /// A follower who has the run paused, resumed and cancelled, each once the one before has been heard of.
    std::shared_ptr<Reader> driver(const std::string& run) {
        auto reader = std::make_shared<Reader>();
        reader->on_event = [this, run](const Reader::Event& event) {
            if (event.name != "transition") return true;
            const auto kind = event.data.at("kind").as_string();
            const auto id = *Uuid::parse(run);
            if (kind == "started") value_or_throw(run_task(executions_.pause(me_, id, "wait")));
            if (kind == "paused") value_or_throw(run_task(executions_.resume(me_, id, "on")));
            if (kind == "resumed") value_or_throw(run_task(executions_.cancel(me_, id, "enough")));
            return true;
        };
        return reader;
    }

    asio::io_context io_{1};
    git::GitHome home_;
    git::GitFolder repository_;
    queryc::ModuleDatabase workflows_database_{"workflows", GetParam()};
    queryc::ModuleDatabase tasks_database_{"tasks", GetParam()};
    queryc::ModuleDatabase projects_database_{"projects", GetParam()};
    pg::Database<workflows::Database> workflows_{pg::Pool({.connect = workflows_database_.login(), .size_max = 4})};
    pg::Database<tasks::Database> tasks_{pg::Pool({.connect = tasks_database_.login(), .size_max = 4})};
    pg::Database<projects::Database> projects_{pg::Pool({.connect = projects_database_.login(), .size_max = 2})};
    workflows::Executions executions_{workflows_};
    identity::Actor me_ = identity::Actor::system(default_organization());
    OrganizationId caller_ = default_organization();
    std::vector<std::string> scopes_{"workflows:read", "workflows:write", "workflows:admin"};
    http::Router router_;
};

INSTANTIATE_TEST_SUITE_P(Layouts, WorkflowRoutes,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(WorkflowRoutes, ARunIsStartedListedAndShown) {
    const auto first = start("first"), second = start("second");
    const auto page = get("/api/v1/workflows", {{"limit", "1"}});
    EXPECT_EQ(page.at("items").at(0).at("id").as_string(), second);
    const std::string cursor(page.at("next_cursor").as_string());
    const auto rest = get("/api/v1/workflows", {{"limit", "5"}, {"cursor", cursor}});
    ASSERT_THAT(rest.at("items").as_array(), SizeIs(1));
    EXPECT_EQ(rest.at("items").at(0).at("name"), "first");
    EXPECT_TRUE(rest.at("next_cursor").is_null());
    const auto run = get(at(first));
    EXPECT_EQ(run.at("status"), "running");
    EXPECT_EQ(run.at("base_branch"), "main");
    EXPECT_THAT(run.at("stages").as_array(), SizeIs(8));
    EXPECT_THAT(run.at("history").as_array(), SizeIs(1));
    EXPECT_EQ(get(at(first.substr(20))), run);
    EXPECT_EQ(code({.path = "/api/v1/workflows", .query = {{"cursor", "WyJ4Il0"}}}, http::Status::bad_request),
              "request.bad_cursor");
}

TEST_P(WorkflowRoutes, TheSameKeyStartsOneRunAndNoOther) {
    auto wanted = order();
    const auto with_key = [&] {
        auto asked = start_of(wanted);
        asked.headers = {{"Idempotency-Key", "k"}};
        return asked;
    };
    const auto first = ask(with_key(), http::Status::accepted);
    EXPECT_EQ(ask(with_key(), http::Status::accepted).at("id"), first.at("id"));
    EXPECT_EQ(first.at("name"), "A title");
    wanted["parallel"] = 7;
    EXPECT_EQ(code(with_key(), http::Status::conflict), "workflows.key_taken");
    EXPECT_THAT(get("/api/v1/workflows").at("items").as_array(), SizeIs(1));
}

TEST_P(WorkflowRoutes, WhatIsWrongWithAnOrderIsSaidBeforeAnythingBegins) {
    const auto refused = [&](std::string_view field, json::value value) {
        auto wanted = order();
        wanted[field] = std::move(value);
        return code(start_of(wanted), http::Status::bad_request);
    };
    EXPECT_EQ(refused("repository", "/nowhere"), "workflows.no_repository");
    EXPECT_EQ(refused("repository", "here"), "workflows.relative_path");
    EXPECT_EQ(refused("agent", "gpt"), "workflows.unknown_agent");
    EXPECT_EQ(refused("agent", "command:./agent.sh"), "workflows.relative_path");
    EXPECT_EQ(refused("agent", "command:/no/agent.sh"), "workflows.unknown_agent");
    EXPECT_EQ(refused("parallel", 65), "request.bad_body");
    EXPECT_EQ(refused("plan", "person"), "request.bad_body");
    EXPECT_EQ(refused("plan", "model"), "workflows.unfit");
    EXPECT_EQ(refused("step_seconds", "1h"), "request.bad_body");
    EXPECT_EQ(refused("checks", json::array{1}), "request.bad_body");
    EXPECT_EQ(refused("requirements", " "), "request.bad_body");
    EXPECT_EQ(refused("name", json::string("a\0b", 3)), "request.bad_body");
    EXPECT_EQ(refused("command", "true"), "request.bad_body");
    EXPECT_EQ(code(start_of({}), http::Status::bad_request), "request.bad_body");
    EXPECT_EQ(code(post("/api/v1/workflows", "[]"), http::Status::bad_request), "request.bad_body");
    const auto* circle = "# T\n## A\nDepends on: B\n## B\nDepends on: A\n";
    EXPECT_EQ(refused("requirements", circle), "tasks.cyclic_plan");
    auto wanted = order();
    wanted["template"] = "none";
    EXPECT_EQ(code(start_of(wanted), http::Status::not_found), "workflows.template_unknown");
    EXPECT_THAT(get("/api/v1/workflows").at("items").as_array(), SizeIs(0));
}

TEST_P(WorkflowRoutes, AnAgentMayBeAskedToPlanWhatHasNoSteps) {
    auto wanted = order();
    wanted["requirements"] = "# T\n## A\nDepends on: B\n";
    wanted["plan"] = "agent";
    wanted["review_plan"] = true;
    EXPECT_EQ(ask(start_of(wanted), http::Status::accepted).at("name"), "T");
}

TEST_P(WorkflowRoutes, NamingCommandsIsForAdministratorsOfTheServersOwnOrganization) {
    const auto run = start();
    scopes_ = {"workflows:read", "workflows:write"};
    code(start_of(order()), http::Status::forbidden);
    scopes_ = {"workflows:read"};
    get(at(run));
    code(post(at(run, "/pause")), http::Status::forbidden);
    scopes_ = {"workflows:read", "workflows:write", "workflows:admin"};
    caller_ = OrganizationId::make(SystemClock());
    EXPECT_EQ(code(start_of(order()), http::Status::forbidden), "workflows.start_refused");
}

TEST_P(WorkflowRoutes, AnotherOrganizationsRunIsNotThere) {
    const auto run = start();
    caller_ = OrganizationId::make(SystemClock());
    EXPECT_THAT(get("/api/v1/workflows").at("items").as_array(), SizeIs(0));
    for (const auto* question : {"", "/logs", "/events"})
        EXPECT_EQ(code({.path = at(run, question)}, http::Status::not_found), "workflows.execution_unknown");
    for (const auto* change : {"/pause", "/resume", "/cancel", "/retry", "/approve"})
        EXPECT_EQ(code(post(at(run, change)), http::Status::not_found), "workflows.execution_unknown");
    caller_ = default_organization();
    EXPECT_EQ(get(at(run)).at("status"), "running");
}

TEST_P(WorkflowRoutes, WhatTheStateRefusesIsAConflict) {
    const auto run = start();
    EXPECT_EQ(code(post(at(run, "/resume")), http::Status::conflict), "workflows.execution_not_paused");
    EXPECT_EQ(code(post(at(run, "/retry")), http::Status::conflict), "workflows.execution_not_failed");
    EXPECT_EQ(code(post(at(run, "/approve")), http::Status::conflict), "workflows.nothing_to_approve");
    const auto paused = ask(post(at(run, "/pause"), R"({"reason": "lunch"})"));
    EXPECT_EQ(paused.at("status"), "paused");
    EXPECT_EQ(paused.at("reason"), "lunch");
    EXPECT_EQ(code(post(at(run, "/pause")), http::Status::conflict), "workflows.execution_not_running");
    EXPECT_EQ(code(post(at(run, "/resume"), R"({"why": "x"})"), http::Status::bad_request), "request.bad_body");
    EXPECT_EQ(code(post(at(run, "/resume"), R"({"reason": 1})"), http::Status::bad_request), "request.bad_body");
    EXPECT_EQ(ask(post(at(run, "/resume"))).at("status"), "running");
    EXPECT_EQ(ask(post(at(run, "/cancel"))).at("status"), "cancelled");
    EXPECT_EQ(code(post(at(run, "/cancel")), http::Status::conflict), "workflows.execution_is_over");
    EXPECT_EQ(code({.path = at("ffffffffffff")}, http::Status::not_found), "workflows.execution_unknown");
}

TEST_P(WorkflowRoutes, APlanIsShownAndEditedUntilItIsWorkedBy) {
    const auto run = start();
    const auto put = [&](std::string body) {
        return Asked{.method = http::Method::put, .path = at(run, "/plan"), .body = std::move(body)};
    };
    EXPECT_EQ(code({.path = at(run, "/plan")}, http::Status::not_found), "workflows.no_plan");
    const auto first = plan_something(ProjectId::make(SystemClock()));
    const workflows::ExecutionKey key{.organization = default_organization(), .execution = *Uuid::parse(run)};
    run_task(workflows::Progress(workflows_, key)
                 .commit_step("plan/saved", "", json::serialize(json::object{{"decomposition", to_string(first)}}),
                              SystemClock().now()));
    const auto shown = get(at(run, "/plan"));
    EXPECT_EQ(shown.at("markdown"), "# T\n\n## Steps\n\n### 1. One\n\n### 2. Two\n");
    EXPECT_EQ(shown.at("version"), 1);
    EXPECT_TRUE(shown.at("can_be_edited").as_bool());
    const std::string edited =
        R"({"title": "E", "steps": [{"name": "A", "description": "`x`"}, {"name": "B", "description": "", "depends_on": ["A"]}]})";
    const auto answer = ask(put(edited));
    EXPECT_EQ(answer.at("version"), 2);
    EXPECT_EQ(answer.at("versions").at(0).at("status"), "superseded");
    EXPECT_EQ(answer.at("plan").at("steps").at(1).at("depends_on"), json::array{1});
    EXPECT_EQ(get(at(run, "/plan")), answer);
    const auto bad = ask(put(R"({"title": "E", "steps": [], "stages": 1})"), http::Status::bad_request);
    EXPECT_EQ(bad.at("error").at("code"), "workflows.bad_plan");
    EXPECT_EQ(bad.at("error").at("detail"), "stages: there is no such field\nsteps: there are none");
    scopes_ = {"workflows:read", "workflows:write"};
    code(put(edited), http::Status::forbidden);
    scopes_ = {"workflows:read", "workflows:write", "workflows:admin"};
    caller_ = OrganizationId::make(SystemClock());
    EXPECT_EQ(code(put(edited), http::Status::forbidden), "workflows.start_refused");
    EXPECT_EQ(code({.path = at(run, "/plan")}, http::Status::not_found), "workflows.execution_unknown");
    caller_ = default_organization();
    run_task(tasks::choose_plan(tasks_, default_organization(), first));
    EXPECT_EQ(code(put(edited), http::Status::conflict), "tasks.plan_is_worked_by");
}

TEST_P(WorkflowRoutes, LogsComeInPagesWithoutGapOrOverlap) {
    const auto run = start();
    EXPECT_THAT(get(at(run, "/logs")).at("items").as_array(), SizeIs(0));
    say_something(*Uuid::parse(run));
    std::string said, cursor;
    do {
        const auto page = get(at(run, "/logs"), {{"limit", "2"}, {"cursor", cursor}});
        for (const auto& line : page.at("items").as_array())
            said += fmt::format("{}.{} {}\n", line.at("step").as_int64(), line.at("attempt").as_int64(),
                                std::string_view(line.at("message").as_string()));
        cursor = page.at("next_cursor").is_null() ? "" : std::string(page.at("next_cursor").as_string());
    } while (!cursor.empty());
    EXPECT_EQ(said, "1.1 a\n1.1 b\n1.1 c\n1.2 d\n2.1 e\n");
    const auto second = get(at(run, "/logs"), {{"step", "2"}}).at("items").as_array();
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(second[0].at("message"), "e");
    EXPECT_EQ(code({.path = at(run, "/logs"), .query = {{"step", "0"}}}, http::Status::bad_request),
              "request.bad_step");
    EXPECT_EQ(code({.path = at(run, "/logs"), .query = {{"cursor", "WyJ4Il0"}}}, http::Status::bad_request),
              "request.bad_cursor");
}

TEST_P(WorkflowRoutes, AStreamTellsEachTransitionOnceAndEndsWithTheRun) {
    const auto run = start();
    const auto reader = driver(run);
    EXPECT_EQ(follow(run, "", reader), http::Status::ok);
    EXPECT_THAT(reader->kinds(), ElementsAre("started", "paused", "resumed", "cancelled"));
    ASSERT_FALSE(reader->events.empty());
    EXPECT_EQ(reader->events.back().name, "end");
    EXPECT_EQ(reader->events.back().data.at("status"), "cancelled");
    EXPECT_EQ(reader->events.back().data.at("reason"), "enough");
    std::vector<std::string> stages;
    for (const auto& event : reader->named("stage")) stages.emplace_back(event.data.at("status").as_string());
    EXPECT_THAT(stages, ElementsAre("running", "cancelled"));
    const auto history = get(at(run)).at("history").as_array();
    const auto told = reader->named("transition");
    ASSERT_EQ(history.size(), told.size());
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].data.at("reason"), history[i].at("reason"));
}

TEST_P(WorkflowRoutes, WhoComesBackGetsWhatIsBehindTheLastId) {
    const auto run = start();
    const auto first = driver(run);
    const auto drive = first->on_event;
    first->on_event = [&](const Reader::Event& event) {
        drive(event);
        return event.name != "transition" || event.data.at("kind") != "paused";
    };
    follow(run, "", first);
    const auto seen = first->named("transition").back().id;
    const auto second = driver(run);
    follow(run, seen, second);
    EXPECT_THAT(first->kinds(), ElementsAre("started", "paused"));
    EXPECT_THAT(second->kinds(), ElementsAre("resumed", "cancelled"));
    EXPECT_EQ(follow(run, second->named("transition").back().id, std::make_shared<Reader>()), http::Status::no_content);
    const auto third = std::make_shared<Reader>();
    follow(run, "", third);
    EXPECT_THAT(third->kinds(), ElementsAre("started", "paused", "resumed", "cancelled"));
    EXPECT_EQ(code({.path = at(run, "/events"), .query = {{"after", "x"}}}, http::Status::bad_request),
              "request.bad_cursor");
}

TEST_P(WorkflowRoutes, TwoFollowersOfARunAreToldTheSame) {
    const auto run = start();
    const auto one = driver(run), other = std::make_shared<Reader>();
    std::vector<Task<http::Status>> both;
    both.push_back(follow_in(run, "", one));
    both.push_back(follow_in(run, "", other));
    run_task_on(io_, together(std::move(both)));
    EXPECT_THAT(other->kinds(), ElementsAre("started", "paused", "resumed", "cancelled"));
    EXPECT_EQ(one->kinds(), other->kinds());
    EXPECT_EQ(one->events.size(), other->events.size());
}

}  // namespace
}  // namespace gsdb::engine
