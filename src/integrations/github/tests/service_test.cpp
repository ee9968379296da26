// What GitHub's answers mean, the broken ones, too; and which repository a remote is.
#include "integrations/github/service.hpp"

#include "integrations/github/tests/github_fixture.hpp"

namespace gsdb::github {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using web_service::Answer;

class GitHubService : public GitHub {
  protected:
    web_service::WebService plain() {
        return web_service::WebService(options_of(service(), settings().authorization.authorize));
    }
};

TEST_F(GitHubService, HasAWordForEachFault) {
    const std::vector<std::pair<int, Outcome>> known{
        {401, Outcome::unauthorized}, {403, Outcome::unauthorized}, {404, Outcome::not_found},
        {405, Outcome::conflict},     {409, Outcome::conflict},     {410, Outcome::not_found},
        {422, Outcome::invalid},      {500, Outcome::error},        {502, Outcome::unreachable},
        {503, Outcome::unreachable},  {504, Outcome::unreachable},  {301, Outcome::error}};
    const Repository once(settings(1));
    for (const auto& [status, outcome] : known) {
        fault({{{"status", status}, {"body", {{"message", "because"}}}}});
        const auto failed = failure(once.reviews(1));
        EXPECT_EQ(failed.outcome(), outcome) << status;
        EXPECT_EQ(failed.status(), status);
        EXPECT_EQ(failed.error().code, fmt::format("github.{}", name_of(outcome)));
        EXPECT_THAT(failed.error().detail, HasSubstr("because"));
    }
}

TEST_F(GitHubService, AsksAgainAfterWhatPasses) {
    fault({{{"status", 503}}, {{"kind", "half"}}, {{"kind", "nothing"}}});
    EXPECT_EQ(run_task(github_.get()).default_branch, "main");
    EXPECT_THAT(attempts_, SizeIs(4));
}

TEST_F(GitHubService, TakesNoHalfAnswerForAWholeOne) {
    const Repository once(settings(1));
    for (const auto* kind : {"half", "nothing"}) {
        fault({{{"kind", kind}}});
        EXPECT_EQ(failure(once.get()).outcome(), Outcome::unreachable) << kind;
    }
    auto hasty = settings(1);
    hasty.service.http.read_deadline = 100ms;
    const Repository impatient(hasty);
    fault({{{"delay_ms", 1000}}});
    EXPECT_EQ(failure(impatient.get()).outcome(), Outcome::timed_out);
}

TEST_F(GitHubService, UnderstandsOnlyAnswersOfGitHub) {
    const Repository once(settings(1));
    for (const auto& body : {json::value(json::array()), json::value("text"), json::value(json::object()),
                             json::value{{"html_url", 5}, {"default_branch", "main"}},
                             json::value{{"html_url", "x"}, {"default_branch", "main"}, {"archived", "no"}},
                             json::value{{"html_url", "x"}, {"default_branch", "main"}, {"permissions", "all"}}}) {
        fault({{{"body", body}}});
        EXPECT_EQ(failure(once.get()).error().code, "github.error") << body;
    }
    fault({{{"body", {{"check_runs", "none"}}}}, {{"body", {{"total_count", 0}}}}, {{"body", {{"number", "1"}}}}});
    EXPECT_THAT(failure(once.checks("main")).error().detail, HasSubstr("list"));
    EXPECT_THAT(failure(once.checks("main")).error().detail, HasSubstr("check_runs is missing"));
    EXPECT_THAT(failure(once.pull_request(1)).error().detail, HasSubstr("head is missing"));
}

TEST_F(GitHubService, SaysUntilWhenItIsLimited) {
    const auto reset = std::chrono::floor<std::chrono::seconds>(SystemClock().now()) + 1h;
    fault({{{"status", 403},
            {"headers",
             {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", std::to_string(reset.time_since_epoch().count())}}},
            {"body", {{"message", "API rate limit exceeded for user ID 1."}}}}});
    const auto failed = failure(github_.get());
    EXPECT_EQ(failed.outcome(), Outcome::rate_limited);
    EXPECT_EQ(failed.retry_at(), reset);
    EXPECT_THAT(attempts_, SizeIs(1)) << "an hour is not waited for";
}

TEST_F(GitHubService, WaitsForAShortLimit) {
    fault({{{"status", 429}, {"headers", {{"retry-after", "0"}}}}});
    EXPECT_EQ(run_task(github_.get()).default_branch, "main");
    EXPECT_THAT(attempts_, testing::ElementsAre("repository.get 429 rate_limited", "repository.get 200 done"));
}

/// The judge is GitHub's description: it would not notice much if it were not asked.
TEST_F(GitHubService, IsJudgedByTheDescriptionOfGitHub) {
    judges_ = false;
    try {
        run_task(plain().call({.method = http::Method::put,
                               .path = "/repos/octo/hello/pulls/1/merge",
                               .body = json::object{{"merge_method", "fast"}},
                               .type = "wrong"}));
        ADD_FAILURE() << "a request that GitHub does not describe was let through";
    } catch (const CallFailed& failed) {
        EXPECT_EQ(failed.status(), 422);
    }
    const auto number = opened("misjudged").number;
    control("facts", {{"reviews", {{std::to_string(number), json::array{{{"user", "ann"}, {"state", 5}}}}}}});
    EXPECT_EQ(failure(github_.reviews(number)).status(), 500);
    const auto refused = state().at("refused").as_array();
    ASSERT_FALSE(refused.empty());
    EXPECT_THAT(std::string(refused.front().as_string()), HasSubstr("merge_method"));
}

Answer answered(int status, web_service::Headers headers, std::string message = "") {
    return {.status = status, .headers = std::move(headers), .body = {{"message", message}}};
}

TEST(GitHubLimits, AreToldFromWhatMayNotBe) {
    const Timestamp now(std::chrono::seconds(1'800'000'000));
    const auto until = [&](const Answer& answer) -> std::optional<std::chrono::seconds> {
        const auto verdict = limit_of(answer, now);
        if (!verdict) return std::nullopt;
        EXPECT_EQ(verdict->outcome, Outcome::rate_limited);
        return std::chrono::duration_cast<std::chrono::seconds>(verdict->retry_at.value() - now);
    };
    const web_service::Headers used_up{{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1800000100"}};
    EXPECT_EQ(until(answered(403, used_up)), 100s);
    EXPECT_EQ(until(answered(429, used_up)), 100s);
    EXPECT_EQ(until(answered(403, {{"X-RateLimit-Remaining", "0"}})), 60s);
    EXPECT_EQ(until(answered(403, {{"Retry-After", "7"}, {"X-RateLimit-Remaining", "12"}})), 7s);
    EXPECT_EQ(until(answered(403, {}, "You have exceeded a secondary rate limit.")), 60s);
    EXPECT_EQ(until(answered(403, {}, "You have triggered an abuse detection mechanism.")), 60s);
    EXPECT_EQ(until(answered(429, {})), 60s);
    EXPECT_EQ(until(answered(403, {{"X-RateLimit-Remaining", "12"}, {"X-RateLimit-Reset", "1800000100"}})),
              std::nullopt);
    EXPECT_EQ(until(answered(403, {{"X-RateLimit-Remaining", "none"}}, "Resource not accessible by integration")),
              std::nullopt);
    EXPECT_EQ(until(answered(200, used_up)), std::nullopt);
    EXPECT_EQ(until(answered(404, used_up)), std::nullopt);
    EXPECT_EQ(until({.status = 403, .headers = {}, .body = "rate limit"}), std::nullopt);
}

TEST(GitHubPages, AreFollowedBelowTheAddressOfTheApi) {
    const auto next = [](std::string link, std::string_view base = "https://example.test/api/v3") {
        return next_page({.status = 200, .headers = {{"Link", std::move(link)}}, .body = {}}, base);
    };
    EXPECT_EQ(
        next(
            R"(<https://example.test/api/v3/a?page=1>; rel="prev", <https://example.test/api/v3/a?page=3&x=,>; rel="next")"),
        "/a?page=3&x=,");
    EXPECT_EQ(next(R"(<https://api.github.com/repositories/1/pulls?page=2>; rel="next")", "https://api.github.com"),
              "/repositories/1/pulls?page=2");
    EXPECT_EQ(next(R"(<https://example.test/api/v3/a?page=1>; rel="last")"), std::nullopt);
    EXPECT_EQ(next("<https://example.test/api/v3/a"), std::nullopt);
    EXPECT_EQ(next_page({}, "https://example.test"), std::nullopt);
    for (const auto* link :
         {R"(<https://example.test/api/v31/a>; rel="next")", R"(<https://example.test:444/api/v3/a>; rel="next")",
          R"(<http://example.test/api/v3/a>; rel="next")", R"(</api/v3/a>; rel="next")"})
        EXPECT_THROW(next(link), CallFailed) << link;
}

TEST(GitHubMessages, HoldWhatIsSaidOfFields) {
    EXPECT_EQ(message_of(json::parse(R"({"message":"Validation Failed","errors":[{"message":"No commits"},"a text",
              {"resource":"PullRequest","field":"head","code":"invalid"},7]})")),
              "Validation Failed; No commits; a text; PullRequest head invalid");
    EXPECT_EQ(message_of(json::parse(R"({"errors":["only"]})")), "only");
    EXPECT_THAT(message_of(json::parse("[]")), IsEmpty());
}

TEST(GitHubRemotes, NameARepositoryAndItsApi) {
    const auto of_github =
        RepositoryLocation{.api_url = "https://api.github.com", .name = {.owner = "octo", .name = "hello.js"}};
    for (const auto* remote :
         {"https://github.com/octo/hello.js", "https://github.com/octo/hello.js.git",
          "https://www.GitHub.com/octo/hello.js/", "https://x-access-token:secret@github.com/octo/hello.js.git",
          "http://github.com/octo/hello.js", "git@github.com:octo/hello.js.git", "git@github.com:/octo/hello.js",
          "ssh://git@github.com/octo/hello.js.git", "ssh://git@ssh.github.com:443/octo/hello.js.git",
          "git://github.com/octo/hello.js.git"})
        EXPECT_EQ(parse_remote(remote), of_github) << remote;
    EXPECT_EQ(parse_remote("https://git.example.org:8443/team/a_b.git").value().api_url,
              "https://git.example.org:8443/api/v3");
    EXPECT_EQ(parse_remote("ssh://git@git.example.org:2222/team/a_b").value().api_url,
              "https://git.example.org/api/v3");
    EXPECT_EQ(parse_remote("git@git.example.org:team/a_b").value().name,
              (RepositoryName{.owner = "team", .name = "a_b"}));
    EXPECT_EQ(parse_remote("http://git.example.org:8080/team/a").value().api_url, "https://git.example.org/api/v3");
    EXPECT_EQ(parse_remote("git@octo.ghe.com:team/a").value().api_url, "https://api.octo.ghe.com");
}

TEST(GitHubRemotes, AreRefusedWithoutShowingASecret) {
    for (const auto* remote :
         {"", "/srv/git/octo/hello.git", "./here:octo/hello", "file:///octo/hello", "ext::sh -c octo/hello",
          "https://github.com/octo", "https://github.com/octo/hello/pulls", "https://github.com//hello",
          "https://github.com/octo/..", "https://github.com/octo/he llo", "https:///octo/hello", "git@:octo/hello",
          "https://user:secret@github.com/octo/hello?x=secret", "https://exa mple.org/octo/hello"}) {
        const auto found = parse_remote(remote);
        ASSERT_FALSE(found) << remote;
        EXPECT_EQ(found.error().code, "github.remote_invalid");
        EXPECT_THAT(found.error().message + found.error().detail, testing::Not(HasSubstr("secret")));
    }
    const Settings named{.name = {.owner = "octo", .name = "../.."}, .authorization = with_token(crypto::Secret("x"))};
    EXPECT_THROW(Repository{named}, Failure);
}

}  // namespace
}  // namespace gsdb::github
