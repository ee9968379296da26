// What workflows do on GitHub, each of it once and again.
#include "integrations/github/tests/github_fixture.hpp"

namespace gsdb::github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> names_of(const std::vector<Review>& reviews) {
    std::vector<std::string> names;
    for (const auto& review : reviews) names.push_back(review.reviewer);
    return names;
}

TEST_F(GitHub, TellsOfTheRepository) {
    const auto about = run_task(github_.get());
    EXPECT_EQ(about.default_branch, "main");
    EXPECT_EQ(about.url, "https://github.test/octo/hello");
    EXPECT_TRUE(about.may_push);
    EXPECT_FALSE(about.may_administer);
    EXPECT_TRUE(about.is_private);
    EXPECT_FALSE(about.is_archived);
    EXPECT_THAT(about.merge_methods, ElementsAre(MergeMethod::merge, MergeMethod::squash, MergeMethod::rebase));
    const auto asked = state().at("requests").at(0);
    EXPECT_EQ(asked.at("version"), "2022-11-28");
    EXPECT_EQ(asked.at("credential"), "Bearer token-1");
}

TEST_F(GitHub, FindsTheTipsOfBranches) {
    const auto tip = hello().commit("feature/tip#1_of%2f", "tip", "tip\n");
    EXPECT_EQ(run_task(github_.branch_tip("feature/tip#1_of%2f")), tip);
}

TEST_F(GitHub, KnowsAMissingBranchFromAMissingRepository) {
    EXPECT_EQ(run_task(github_.branch_tip("nowhere")), std::nullopt);
    auto other = settings();
    other.name.name = "goodbye";
    const Repository elsewhere(other);
    EXPECT_EQ(failure(elsewhere.branch_tip("main")).outcome(), Outcome::not_found);
    EXPECT_EQ(failure(elsewhere.get()).error().code, "github.not_found");
}

TEST_F(GitHub, DeletesABranchOnce) {
    hello().commit("short-lived", "short", "lived\n");
    run_task(github_.delete_branch("short-lived"));
    EXPECT_EQ(run_task(github_.branch_tip("short-lived")), std::nullopt);
    EXPECT_NO_THROW(run_task(github_.delete_branch("short-lived")));
    auto other = settings();
    other.name.name = "goodbye";
    const Repository elsewhere(other);
    EXPECT_THROW(run_task(elsewhere.delete_branch("main")), CallFailed);
}

TEST_F(GitHub, OpensAPullRequestOnce) {
    const auto tip = hello().commit("open/once", "once", "once\n");
    const NewPullRequest wanted{.head = "open/once", .base = "main", .title = "Once", .body = "text", .is_draft = true};
    const auto first = run_task(github_.open_pull_request(wanted));
    EXPECT_FALSE(first.was_there);
    const auto& pull = first.pull_request;
    EXPECT_EQ(pull.url, fmt::format("https://github.test/octo/hello/pull/{}", pull.number));
    EXPECT_EQ(pull.title + pull.body, "Oncetext");
    EXPECT_TRUE(pull.is_open && pull.is_draft && !pull.is_merged);
    EXPECT_EQ(pull.head_branch, "open/once");
    EXPECT_EQ(pull.head_sha, tip);
    EXPECT_EQ(pull.base_branch, "main");
    EXPECT_EQ(pull.base_sha, hello().git("rev-parse main"));
    EXPECT_EQ(pull.merge_commit_sha, std::nullopt);
    const auto second = run_task(github_.open_pull_request(wanted));
    EXPECT_TRUE(second.was_there);
    EXPECT_EQ(second.pull_request.number, pull.number);
}

TEST_F(GitHub, OpensAPullRequestOnceThoughOthersDoItAtTheSameTime) {
    const auto there = opened("race");
    fault({{{"match", "GET .*/pulls\\?"}, {"body", json::array()}}});
    const auto got = run_task(github_.open_pull_request({.head = "race", .base = "main", .title = "Race"}));
    EXPECT_TRUE(got.was_there);
    EXPECT_EQ(got.pull_request.number, there.number);
}

TEST_F(GitHub, OpensAPullRequestOnceThoughTheAnswerIsLost) {
    hello().commit("lost", "lost", "lost\n");
    fault({{{"match", "POST .*/pulls"}, {"kind", "lost"}}});
    const NewPullRequest wanted{.head = "lost", .base = "main", .title = "Lost"};
    const auto got = run_task(github_.open_pull_request(wanted));
    EXPECT_THAT(attempts_, ElementsAre("pull_request.list 200 done", "pull_request.create 0 unreachable",
                                       "pull_request.create 422 invalid", "pull_request.list 200 done"));
    EXPECT_EQ(got.pull_request.number, run_task(github_.open_pull_request(wanted)).pull_request.number);
}

TEST_F(GitHub, DoesNotTakeAnotherPullRequestForTheOneThatWasMeant) {
    const auto other = opened("other-head");
    hello().commit("this-head", "this", "this\n");
    // GitHub lists all of them where it does not understand what head was asked for.
    const web_service::WebService plain(options_of(service(), settings().authorization.authorize));
    const auto all = run_task(plain.call({.path = "/repos/octo/hello/pulls?state=open", .type = "list"})).body;
    ASSERT_THAT(all.as_array(), testing::Not(IsEmpty()));
    fault({{{"match", "GET .*/pulls\\?"}, {"body", all}}});
    const auto got = run_task(github_.open_pull_request({.head = "octo:this-head", .base = "main", .title = "This"}));
    EXPECT_FALSE(got.was_there);
    EXPECT_NE(got.pull_request.number, other.number);
}

TEST_F(GitHub, SaysWhatIsWrongWithAPullRequest) {
    const auto failed = failure(github_.open_pull_request({.head = "main", .base = "main", .title = "Nothing"}));
    EXPECT_EQ(failed.outcome(), Outcome::invalid);
    EXPECT_THAT(failed.error().detail, HasSubstr("No commits between main and main"));
    const auto no_branch = failure(github_.open_pull_request({.head = "nowhere", .base = "main", .title = "Nothing"}));
    EXPECT_THAT(no_branch.error().detail, HasSubstr("PullRequest head invalid"));
}

TEST_F(GitHub, LooksAtAPullRequestForNothingWhileItStaysTheSame) {
    const auto pull = opened("looked-at");
    const auto number = pull.number;
    EXPECT_EQ(pull.mergeable, std::nullopt) << "GitHub finds it out only now";
    const auto found = run_task(github_.pull_request(number));
    EXPECT_EQ(found.mergeable, true);
    EXPECT_EQ(found.mergeable_state, "clean");
    const auto before = state().at("remaining").to_number<int>();
    attempts_.clear();
    EXPECT_EQ(run_task(github_.pull_request(number)).mergeable, true);
    EXPECT_EQ(run_task(github_.pull_request(number)).title, "Add looked-at");
    EXPECT_THAT(attempts_, ElementsAre("pull_request.get 304 done", "pull_request.get 304 done"));
    EXPECT_EQ(state().at("remaining").to_number<int>(), before);
    const auto tip = hello().commit("looked-at", "more", "more\n");
    EXPECT_EQ(run_task(github_.pull_request(number)).head_sha, tip);
    EXPECT_EQ(run_task(github_.pull_request(number)).mergeable, true);
}

TEST_F(GitHub, ForgetsPullRequestsOfLongAgo) {
    std::vector<std::int64_t> numbers;
    for (int i = 0; i < 3; ++i) numbers.push_back(opened(fmt::format("remembered-{}", i)).number);
    auto few = settings();
    few.remembered_max = 2;
    const Repository forgetful(few);
    for (const auto number : numbers) run_task(forgetful.pull_request(number));
    for (const auto number : numbers) run_task(forgetful.pull_request(number));  // mergeable by now
    attempts_.clear();
    for (const auto number : {numbers[2], numbers[0]}) run_task(forgetful.pull_request(number));
    EXPECT_THAT(attempts_, ElementsAre("pull_request.get 304 done", "pull_request.get 200 done"));
}

TEST_F(GitHub, ChangesAndClosesAPullRequest) {
    const auto number = opened("changed").number;
    hello().commit("another-base", "another", "base\n");
    auto pull = run_task(github_.update_pull_request(number, {.title = "New title"}));
    EXPECT_EQ(pull.title, "New title");
    pull = run_task(github_.update_pull_request(number, {.body = "new body", .base = "another-base"}));
    EXPECT_EQ(pull.title + ", " + pull.body + ", " + pull.base_branch, "New title, new body, another-base");
    EXPECT_FALSE(run_task(github_.close_pull_request(number)).is_open);
    EXPECT_FALSE(run_task(github_.close_pull_request(number)).is_open);
    EXPECT_FALSE(run_task(github_.pull_request(number)).is_merged);
}

TEST_F(GitHub, WritesACommentOnceAndThenAnew) {
    const auto number = opened("commented").number;
    const auto first = run_task(github_.comment(number, "run 1 --> <b>", "one"));
    EXPECT_FALSE(first.was_there);
    const auto other = run_task(github_.comment(number, "run 2", "> <!-- gsdb run%201%20--%3E%20%3Cb%3E -->"));
    EXPECT_NE(other.id, first.id);
    const auto again = run_task(github_.comment(number, "run 1 --> <b>", "two"));
    EXPECT_TRUE(again.was_there);
    EXPECT_EQ(again.id, first.id);
    EXPECT_THAT(again.url, HasSubstr("#issuecomment-"));
    const auto comments = state().at("comments").as_array();
    ASSERT_THAT(comments, SizeIs(2));
    EXPECT_EQ(comments[0].at("body"), "<!-- gsdb run%201%20--%3E%20%3Cb%3E -->\ntwo");
}

TEST_F(GitHub, FindsTheCommentWhoseAnswerWasLost) {
    const auto number = opened("lost-comment").number;
    fault({{{"match", "POST .*/comments"}, {"kind", "lost"}}});
    EXPECT_EQ(failure(github_.comment(number, "once", "text")).outcome(), Outcome::unreachable);
    EXPECT_TRUE(run_task(github_.comment(number, "once", "text")).was_there);
}

TEST_F(GitHub, ListsCheckRunsOfAllPagesAndCommitStatuses) {
    const auto sha = opened("checked").head_sha;
    json::array runs;
    for (int i = 0; i < 230; ++i) runs.push_back({{"name", fmt::format("run {}", i)}, {"conclusion", "success"}});
    const std::vector<std::string> conclusions{"failure", "neutral",   "cancelled",
                                               "skipped", "timed_out", "action_required"};
    for (std::size_t i = 0; i < conclusions.size(); ++i) runs[i].as_object()["conclusion"] = conclusions[i];
    runs[6] = {{"name", "run 6"}, {"status", "in_progress"}};
    runs[7].as_object()["output"] = {{"title", "a title"}, {"summary", "a summary"}};
    runs[8].as_object()["output"] = {{"title", "a title"}};
    control(
        "facts",
        {{"check_runs", {{sha, runs}}},
         {"statuses",
          {{sha,
            json::array{
                {{"context", "ci"}, {"state", "success"}, {"description", "fine"}, {"target_url", "https://ci.test/9"}},
                {{"context", "lint"}, {"state", "pending"}},
                {{"context", "docs"}, {"state", "error"}}}}}}});
    const auto checks = run_task(github_.checks(sha));
    ASSERT_THAT(checks, SizeIs(233));
    std::vector<CheckState> states;
    for (std::size_t i = 0; i < 8; ++i) states.push_back(checks[i].state);
    using enum CheckState;
    EXPECT_THAT(states, ElementsAre(failed, neutral, failed, neutral, failed, failed, pending, passed));
    EXPECT_EQ(checks[7].summary, "a summary");
    EXPECT_EQ(checks[8].summary, "a title");
    EXPECT_EQ(checks[229].name, "run 229");
    EXPECT_EQ(checks[0].url, "https://ci.test/1");
    EXPECT_EQ(checks[230].name + checks[230].url + checks[230].summary, "cihttps://ci.test/9fine");
    EXPECT_EQ(checks[230].state, passed);
    EXPECT_EQ(checks[231].state, pending);
    EXPECT_EQ(checks[232].state, failed);
}

TEST_F(GitHub, CutsNoListOffInSilence) {
    const auto sha = hello().git("rev-parse main");
    json::array runs;
    for (int i = 0; i < 101; ++i) runs.push_back({{"name", "run"}, {"conclusion", "success"}});
    control("facts", {{"check_runs", {{sha, runs}}}});
    auto small = settings();
    small.pages_max = 1;
    const Repository impatient(small);
    EXPECT_THAT(failure(impatient.checks(sha)).error().detail, HasSubstr("more than 1 pages"));
}

TEST_F(GitHub, FollowsNoPageToAnotherPlace) {
    for (const auto* where :
         {"https://elsewhere.test/page2", "http://127.0.0.1:1/repos/octo/hello/pulls?page=2", "page2"}) {
        fault({{{"match", "GET .*/check-runs"},
                {"body", {{"check_runs", json::array()}}},
                {"headers", {{"link", fmt::format("<{}>; rel=\"next\"", where)}}}}});
        EXPECT_THAT(failure(github_.checks("main")).error().detail, HasSubstr("elsewhere")) << where;
    }
}

TEST_F(GitHub, TellsTheLatestDecisionOfEachReviewer) {
    const auto pull = opened("reviewed");
    const auto review = [](const json::value& user, const char* verdict, const char* association = "MEMBER") {
        return json::object{
            {"user", user}, {"state", verdict}, {"body", "because"}, {"author_association", association}};
    };
    control(
        "facts",
        {{"reviews",
          {{std::to_string(pull.number),
            json::array{review("ann", "CHANGES_REQUESTED"), review("ann", "APPROVED"), review("ann", "COMMENTED"),
                        review("bob", "APPROVED"), review("bob", "CHANGES_REQUESTED"), review("cid", "APPROVED"),
                        review("cid", "DISMISSED"), review(nullptr, "APPROVED", "NONE"), review("dan", "PENDING")}}}}});
    const auto reviews = run_task(github_.reviews(pull.number));
    EXPECT_THAT(names_of(reviews.approved), ElementsAre("ann", "ghost"));
    EXPECT_THAT(names_of(reviews.changes_requested), ElementsAre("bob"));
    const auto& bob = reviews.changes_requested[0];
    EXPECT_EQ(bob.body, "because");
    EXPECT_EQ(bob.commit_sha, pull.head_sha);
    EXPECT_THAT(bob.url, HasSubstr("#pullrequestreview-5"));
    EXPECT_TRUE(bob.is_of_collaborator);
    EXPECT_FALSE(reviews.approved[1].is_of_collaborator);
}

}  // namespace
}  // namespace gsdb::github
