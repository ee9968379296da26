// The client against a GraphQL server of Linear's schema: what is asked, what is found, and that nothing is made twice.
#include <gmock/gmock.h>

#include "integrations/linear/queries.hpp"
#include "integrations/linear/tests/linear_test.hpp"

namespace gsdb::linear {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using web_service::Attempt;
using web_service::Outcome;
namespace json = boost::json;

class LinearClient : public LinearTest {};

TEST_F(LinearClient, KnowsEachDocument) {
    for (const auto& document : documents::all) {
        const auto judged = steer("validate", json::object{{"query", document.whole()}}).as_object();
        for (const auto* const schema : {"published", "sdk"}) {
            // There may be no copy of the published one.
            if (!judged.at(schema).is_null())
                EXPECT_EQ(judged.at(schema), json::value(json::array{})) << document.operation << " in " << schema;
        }
        EXPECT_TRUE(judged.at("sdk").is_array());
        EXPECT_LE(judged.at("complexity").as_int64(), 250) << document.operation;
        EXPECT_THAT(document.text, HasSubstr(fmt::format(" {}", document.operation)));
    }
    const auto wrong = steer("validate", json::object{{"query", "{ viewer { shoeSize } }"}});
    EXPECT_THAT(wrong.at("sdk").as_array(), SizeIs(1));
}

TEST_F(LinearClient, TellsWhoAsks) {
    const auto viewer = run(client_.viewer());
    EXPECT_EQ(viewer.user.name, "Ada Lovelace");
    EXPECT_EQ(viewer.user.email, "ada@example.test");
    EXPECT_EQ(viewer.organization_name, "Example");
    EXPECT_THAT(attempts_, ElementsAre(Field(&Attempt::type, "viewer.get")));
}

TEST_F(LinearClient, TakesBothKindsOfCredentials) {
    steer("token", json::object{{"token", "lin_oauth_other"}});
    EXPECT_EQ(failure(client_.viewer()).outcome(), Outcome::unauthorized);
    token_ = "lin_oauth_other";
    EXPECT_EQ(run(client_.viewer()).user.name, "Ada Lovelace");
}

TEST_F(LinearClient, UsesTheCredentialOfThen) {
    steer("token", json::object{{"token", "lin_api_new"}});
    const auto refused = failure(client_.teams());
    EXPECT_EQ(refused.outcome(), Outcome::unauthorized);
    EXPECT_EQ(refused.status(), 401);
    EXPECT_THAT(refused.error().hint, HasSubstr("API key"));
    EXPECT_THAT(attempts_, SizeIs(1));
    token_ = "lin_api_new";
    EXPECT_THAT(run(client_.teams()), SizeIs(1));
}

TEST_F(LinearClient, ReadsAllPagesOfTeams) {
    for (int i = 0; i < 120; ++i)
        steer("team", {{"key", fmt::format("T{}", i)}, {"states", json::array{{"Todo", "unstarted", 0}}}});
    const auto teams = run(client_.teams());
    ASSERT_THAT(teams, SizeIs(121));
    EXPECT_EQ(teams.front().key, "ENG");
    EXPECT_EQ(teams.back().key, "T119");
    EXPECT_THAT(asked(), ElementsAre("Teams", "Teams", "Teams"));
}

TEST_F(LinearClient, FindsATeamByKeyOrId) {
    json::array states;
    for (int i = 0; i < 60; ++i) states.push_back({fmt::format("S{}", i), "backlog", 60 - i});
    const auto made = steer("team", {{"key", "OPS"}, {"name", "Operations"}, {"states", states}});
    for (const auto& name : {std::string("OPS"), std::string("ops"), std::string(made.at("id").as_string())}) {
        const auto found = run(client_.team(name));
        EXPECT_EQ(found.team.name, "Operations");
        ASSERT_THAT(found.states, SizeIs(60));
        EXPECT_EQ(choose_state(found.states, StateType::backlog)->name, "S59");
    }
    const auto failed = failure(client_.team("NONE"));
    EXPECT_EQ(failed.outcome(), Outcome::not_found);
    EXPECT_THAT(failed.what(), HasSubstr("NONE"));
    EXPECT_EQ(failure(client_.team(to_string(id_for("none")))).outcome(), Outcome::not_found);
}

TEST_F(LinearClient, CreatesAnIssueOnce) {
    auto issue = wanted("Plan");
    issue.description = "Text with **stars**, \"quotes\" and ünïcödé";
    issue.state_id = choose_state(run(client_.team("ENG")).states, Progress::in_review)->id;
    issue.label_ids = {"l1", "l2"};
    const auto made = run(client_.create_issue(issue));
    EXPECT_EQ(made.outcome, Outcome::done);
    EXPECT_EQ(made.value.id, to_string(id_for("a")));
    EXPECT_EQ(made.value.identifier, "ENG-1");
    EXPECT_EQ(made.value.state.name, "In Review");
    EXPECT_THAT(made.value.url, HasSubstr("ENG-1"));

    issue.title = "Another";
    for (int i = 0; i < 3; ++i) {
        const auto again = run(client_.create_issue(issue));
        EXPECT_EQ(again.outcome, Outcome::already_done);
        EXPECT_EQ(again.value.identifier, "ENG-1");
        EXPECT_EQ(again.value.title, "Plan") << "it is found as it is";
    }
    ASSERT_THAT(issues(), SizeIs(1));
    EXPECT_EQ(issues()[0].at("description"), json::value(issue.description));
    EXPECT_EQ(issues()[0].at("labelIds"), json::value({"l1", "l2"}));
}

TEST_F(LinearClient, CreatesAnIssueOnceThoughTheAnswerWasLost) {
    const auto issue = wanted("Plan");
    const std::vector<json::object> losses{
        {{"after", true}, {"drop", true}}, {{"cut", true}}, {{"after", true}, {"status", 502}, {"body", "<html>"}}};
    for (const auto& loss : losses) {
        steer("reset", json::object{});
        auto again = issue;
        again.team_id = team_id();
        attempts_.clear();
        fault(loss);
        const auto made = run(client_.create_issue(again));
        EXPECT_EQ(made.outcome, Outcome::already_done) << json::serialize(loss);
        EXPECT_EQ(made.value.title, "Plan");
        EXPECT_THAT(issues(), SizeIs(1));
        EXPECT_THAT(attempts_,
                    ElementsAre(Field(&Attempt::outcome, Outcome::unreachable),
                                Field(&Attempt::outcome, Outcome::invalid), Field(&Attempt::type, "issue.find")));
    }
}

TEST_F(LinearClient, FindsWhatWasMadeWhenEveryAnswerWasLost) {
    const auto issue = wanted("Plan");
    fault({{"times", 3}, {"after", true}, {"drop", true}});
    EXPECT_EQ(failure(client_.create_issue(issue)).outcome(), Outcome::unreachable);
    EXPECT_THAT(issues(), SizeIs(1));
    EXPECT_EQ(run(client_.create_issue(issue)).outcome, Outcome::already_done);
    EXPECT_THAT(issues(), SizeIs(1));
}

TEST_F(LinearClient, FindsWhatIsTakenHoweverLinearSaysSo) {
    const auto issue = wanted("Plan");
    run(client_.create_issue(issue));
    const std::vector<json::object> sayings{
        {{"code", "INTERNAL_SERVER_ERROR"}, {"type", "internal error"}, {"message", "conflict on insert"}},
        {{"code", ""}, {"type", "usage limit exceeded"}, {"message", "duplicate key"}},
        {{"code", "NEWS"}, {"type", "news"}, {"message", "taken"}}};
    for (const auto& saying : sayings) {
        steer("world", json::object{{"takenError", saying}});
        EXPECT_EQ(run(client_.create_issue(issue)).outcome, Outcome::already_done) << json::serialize(saying);
    }
}

TEST_F(LinearClient, SaysWhyAnIssueCannotBe) {
    auto issue = wanted("");
    auto failed = failure(client_.create_issue(issue));
    EXPECT_EQ(failed.outcome(), Outcome::invalid);
    EXPECT_THAT(failed.error().detail, HasSubstr("title must not be empty"));
    issue = wanted("Sub");
    issue.parent = "ENG-77";
    failed = failure(client_.create_issue(issue));
    EXPECT_EQ(failed.outcome(), Outcome::not_found);
    EXPECT_THAT(failed.error().detail, HasSubstr("Issue"));
    issue.parent.reset();
    issue.id = Uuid::v7(SystemClock());
    failed = failure(client_.create_issue(issue));
    EXPECT_EQ(failed.outcome(), Outcome::invalid);
    EXPECT_THAT(failed.error().detail, HasSubstr("UUID"));
    EXPECT_THAT(issues(), IsEmpty());
}

TEST_F(LinearClient, ReadsAnIssueWithAllItsChildren) {
    const auto main = run(client_.create_issue(wanted("Main", "main"))).value;
    for (int i = 0; i < 55; ++i) {
        auto child = wanted(fmt::format("Step {}", i), fmt::format("step {}", i));
        child.parent = i % 2 == 0 ? main.id : main.identifier;
        run(client_.create_issue(child));
    }
    const auto ada = told().at("users").as_array().front().at("id");
    steer("issue", {{"id", "ENG-2"}, {"assigneeId", ada}});
    const auto read = run(client_.issue("ENG-1"));
    EXPECT_EQ(read.summary.id, main.id);
    EXPECT_EQ(read.description, "");
    EXPECT_FALSE(read.parent || read.assignee || read.archived_at);
    EXPECT_LT(SystemClock().now() - read.updated_at, 1h);
    ASSERT_THAT(read.children, SizeIs(55));
    EXPECT_EQ(read.children[54].title, "Step 54");
    EXPECT_EQ(read.children[54].state.type, StateType::backlog);
    const auto child = run(client_.issue(to_string(id_for("step 0"))));
    EXPECT_EQ(child.parent.value().identifier, "ENG-1");
    EXPECT_EQ(child.assignee.value().name, "Ada Lovelace");
    EXPECT_EQ(child.team_id, read.team_id);
    EXPECT_EQ(failure(client_.issue("ENG-99")).outcome(), Outcome::not_found);
}

TEST_F(LinearClient, ChangesWhatIsGivenAndNothingElse) {
    run(client_.create_issue(wanted("Main", "main")));
    run(client_.create_issue(wanted("Step", "step")));
    auto changed = run(client_.update_issue("ENG-2", {.title = "Step 1", .parent = "ENG-1"}));
    EXPECT_EQ(changed.title, "Step 1");
    run(client_.update_issue("ENG-2", {.description = "How"}));
    auto read = run(client_.issue("ENG-2"));
    EXPECT_EQ(read.summary.title, "Step 1");
    EXPECT_EQ(read.description, "How");
    EXPECT_EQ(read.parent.value().title, "Main");
    run(client_.update_issue("ENG-2", {.parent = ""}));
    EXPECT_FALSE(run(client_.issue("ENG-2")).parent);
    EXPECT_EQ(failure(client_.update_issue("ENG-3", {.title = "x"})).outcome(), Outcome::not_found);
}

TEST_F(LinearClient, ChangesAgainWhenTheAnswerWasLost) {
    run(client_.create_issue(wanted("Old")));
    fault({{"after", true}, {"drop", true}});
    EXPECT_EQ(run(client_.update_issue("ENG-1", {.title = "New"})).title, "New");
    EXPECT_EQ(issues()[0].at("title"), json::value("New"));
}

TEST_F(LinearClient, MovesAnIssueThroughTheStatesOfItsTeam) {
    run(client_.create_issue(wanted("Work")));
    const std::vector<std::pair<Progress, std::string>> way{{Progress::in_progress, "In Progress"},
                                                            {Progress::in_review, "In Review"},
                                                            {Progress::todo, "Todo"},
                                                            {Progress::done, "Done"},
                                                            {Progress::cancelled, "Canceled"}};
    for (const auto& [progress, name] : way) {
        const auto moved = run(client_.set_state("ENG-1", progress));
        EXPECT_EQ(moved.outcome, Outcome::done);
        EXPECT_EQ(moved.value.state.name, name);
        EXPECT_EQ(state_of("Work"), name);
        EXPECT_EQ(run(client_.set_state("ENG-1", progress)).outcome, Outcome::already_done);
    }
    EXPECT_EQ(run(client_.set_state("ENG-1", StateType::triage)).value.state.name, "Triage");
    EXPECT_EQ(run(client_.set_state("ENG-1", StateType::triage)).outcome, Outcome::already_done);
    EXPECT_EQ(failure(client_.set_state("ENG-9", Progress::done)).outcome(), Outcome::not_found);
}

TEST_F(LinearClient, LeavesAnIssueInAStateOfTheSameMeaning) {
    const auto team = steer("team", {{"key", "ODD"},
                                     {"states", json::array{{"Later", "backlog", 0},
                                                            {"Doing", "started", 1},
                                                            {"Testing", "started", 2},
                                                            {"News", "novel", 3}}}});
    run(client_.create_issue({.id = id_for("odd"), .team_id = std::string(team.at("id").as_string()), .title = "Odd"}));
    const auto by_hand = [&](std::size_t state) {
        steer("issue", {{"id", "ODD-1"}, {"stateId", team.at("states").at(state).at("id")}});
    };
    by_hand(2);
    EXPECT_EQ(run(client_.set_state("ODD-1", Progress::in_progress)).value.state.name, "Testing");
    EXPECT_EQ(run(client_.set_state("ODD-1", Progress::in_review)).outcome, Outcome::already_done)
        << "the team knows no reviews, so it is in progress";
    by_hand(3);
    EXPECT_EQ(run(client_.set_state("ODD-1", Progress::in_progress)).value.state.name, "Doing");
    const auto failed = failure(client_.set_state("ODD-1", Progress::done));
    EXPECT_EQ(failed.outcome(), Outcome::conflict);
    EXPECT_THAT(failed.what(), HasSubstr("ODD-1"));
    EXPECT_EQ(state_of("Odd"), "Doing");
}

TEST_F(LinearClient, ChoosesAmongTheStatesOfAllPages) {
    json::array states;
    for (int i = 0; i < 55; ++i) states.push_back({fmt::format("S{}", i), "backlog", i});
    states.push_back({"Shipped", "completed", 0});
    const auto team = steer("team", {{"key", "BIG"}, {"states", states}});
    run(client_.create_issue({.id = id_for("big"), .team_id = std::string(team.at("id").as_string()), .title = "Big"}));
    EXPECT_EQ(run(client_.set_state("BIG-1", Progress::done)).value.state.name, "Shipped");
}

TEST_F(LinearClient, ArchivesAndIsFineWithWhatIsGone) {
    run(client_.create_issue(wanted("Old")));
    EXPECT_EQ(run(client_.archive("ENG-1")), Outcome::done);
    EXPECT_TRUE(run(client_.issue("ENG-1")).archived_at);
    EXPECT_EQ(run(client_.archive("ENG-7")), Outcome::already_done);
    fault({{"status", 403}, {"times", 1}});
    EXPECT_EQ(failure(client_.archive("ENG-1")).outcome(), Outcome::unauthorized);
}

TEST_F(LinearClient, CommentsOnce) {
    run(client_.create_issue(wanted("Talk")));
    const NewComment said{.id = id_for("said"), .issue = "ENG-1", .body = "All **done**."};
    fault({{"after", true}, {"drop", true}});
    const auto made = run(client_.comment(said));
    EXPECT_EQ(made.outcome, Outcome::already_done);
    EXPECT_EQ(made.value.id, to_string(said.id));
    EXPECT_THAT(made.value.url, HasSubstr("ENG-1#comment-"));
    EXPECT_EQ(run(client_.comment(said)).outcome, Outcome::already_done);
    EXPECT_EQ(run(client_.comment({.id = id_for("more"), .issue = "ENG-1", .body = "More"})).outcome, Outcome::done);
    const auto comments = told().at("comments").as_array();
    ASSERT_THAT(comments, SizeIs(2));
    EXPECT_EQ(comments[0].at("body"), json::value(said.body));
    EXPECT_EQ(failure(client_.comment({.id = id_for("x"), .issue = "ENG-9", .body = "?"})).outcome(),
              Outcome::not_found);
}

}  // namespace
}  // namespace gsdb::linear
