// What the client says of a Linear that fails, refuses, or wants to be asked less often.
#include <gmock/gmock.h>

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

class LinearTrouble : public LinearTest {};

TEST_F(LinearTrouble, AsksAgainAfterWhatPasses) {
    fault({{"status", 500}, {"body", "{}"}});
    fault({{"drop", true}});
    EXPECT_EQ(run(client_.viewer()).user.name, "Ada Lovelace");
    EXPECT_THAT(attempts_, SizeIs(3));
    fault({{"status", 503}, {"times", 3}});
    EXPECT_EQ(failure(client_.viewer()).outcome(), Outcome::unreachable);
    fault({{"cut", true}, {"times", 3}});
    EXPECT_EQ(failure(client_.viewer()).outcome(), Outcome::unreachable);
}

TEST_F(LinearTrouble, SaysWhatWasWrongWithAnAnswer) {
    const auto refuse = [&](json::object fault_, Outcome outcome, std::string_view said) {
        attempts_.clear();
        fault(std::move(fault_));
        const auto failed = failure(client_.viewer());
        EXPECT_EQ(failed.outcome(), outcome) << failed.what();
        EXPECT_THAT(failed.error().detail, HasSubstr(said));
        EXPECT_THAT(attempts_, SizeIs(1));
    };
    const auto errors = [](std::string_view type, json::value data) {
        return json::object{{"errors", {{{"message", "Because"}, {"extensions", {{"type", type}}}}}}, {"data", data}};
    };
    refuse({{"status", 401}}, Outcome::unauthorized, "401");
    refuse({{"status", 403}}, Outcome::unauthorized, "403");
    refuse({{"status", 200}, {"body", errors("forbidden", nullptr)}}, Outcome::unauthorized, "Because");
    refuse({{"status", 200}, {"body", errors("internal error", {{"viewer", {{"id", "1"}}}})}}, Outcome::error,
           "Because");
    refuse({{"status", 200}, {"body", ""}}, Outcome::error, "neither data nor errors");
    refuse({{"status", 200}, {"body", "<html>"}}, Outcome::error, "neither data nor errors");
    refuse({{"status", 200}, {"body", R"({"data":{"viewer":{"id":7}}})"}}, Outcome::error, "organization");
    refuse({{"status", 200}, {"body", R"({"data":{"viewer":null}})"}}, Outcome::error, "viewer");
}

TEST_F(LinearTrouble, DoesNotTakeAFailureForAChange) {
    const auto issue = wanted("Plan");
    fault({{"status", 200}, {"body", R"({"data":{"issueCreate":{"success":false,"issue":null}}})"}});
    const auto failed = failure(client_.create_issue(issue));
    EXPECT_EQ(failed.outcome(), Outcome::error);
    EXPECT_THAT(failed.what(), HasSubstr("issueCreate did not succeed"));
    EXPECT_THAT(asked(), ElementsAre("Team", "CreateIssue", "FindIssue"));
}

TEST_F(LinearTrouble, GivesUpOnAListThatDoesNotEnd) {
    const auto* const page = R"({"data":{"teams":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":"same"}}}})";
    fault({{"status", 200}, {"body", page}, {"times", 1000}});
    EXPECT_THAT(failure(client_.teams()).what(), HasSubstr("does not go on"));
    EXPECT_THAT(attempts_, SizeIs(2));
}

TEST_F(LinearTrouble, WaitsOutAShortLimit) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(SystemClock().now().time_since_epoch()).count();
    steer("limit", {{"remaining", 0}, {"reset_ms", now + 150}});
    EXPECT_EQ(run(client_.viewer()).user.name, "Ada Lovelace");
    ASSERT_FALSE(attempts_.empty());
    for (std::size_t i = 0; i + 1 < attempts_.size(); ++i) EXPECT_EQ(attempts_[i].outcome, Outcome::rate_limited);
}

TEST_F(LinearTrouble, SaysHowLongALimitLasts) {
    const auto until = std::chrono::floor<std::chrono::milliseconds>(SystemClock().now() + 1800s);
    steer("limit", {{"remaining", 1}, {"reset_ms", until.time_since_epoch().count()}});
    EXPECT_EQ(run(client_.viewer()).user.name, "Ada Lovelace");
    attempts_.clear();
    const auto failed = failure(client_.viewer());
    EXPECT_EQ(failed.outcome(), Outcome::rate_limited);
    EXPECT_EQ(failed.status(), 400);
    EXPECT_EQ(failed.retry_at(), until);
    EXPECT_THAT(attempts_, SizeIs(1));
    steer("reset", json::object{});
    fault({{"status", 429}, {"headers", {{"Retry-After", "60"}}}});
    EXPECT_GT(failure(client_.viewer()).retry_at().value(), SystemClock().now() + 50s);
}

TEST_F(LinearTrouble, TellsOfEachAttemptWithoutSecrets) {
    run(client_.create_issue(wanted("Plan")));
    EXPECT_THAT(attempts_, Each(Field(&Attempt::path, "/graphql")));
    EXPECT_THAT(attempts_, ElementsAre(Field(&Attempt::type, "team.get"), Field(&Attempt::type, "issue.create")));
    for (const auto& attempt : attempts_) EXPECT_EQ(attempt.service, "linear");
}

}  // namespace
}  // namespace gsdb::linear
