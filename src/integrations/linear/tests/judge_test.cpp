// What Linear's errors mean, and when it wants to be asked again.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "integrations/linear/answers.hpp"

namespace gsdb::linear {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;
using web_service::Answer;
using web_service::Outcome;
namespace json = boost::json;

Answer error(int status, std::string_view code, std::string_view type, std::string_view message = "as it is") {
    return {.status = status,
            .headers = {},
            .body = {{"errors", {{{"message", message}, {"extensions", {{"code", code}, {"type", type}}}}}},
                     {"data", nullptr}}};
}

std::string judged(const Answer& answer) {
    const auto verdict = judge(answer);
    return verdict ? std::string(name_of(verdict->outcome)) : "by status";
}

TEST(Judge, KnowsTheErrorsByTypeOrCode) {
    EXPECT_EQ(judged(error(400, "RATELIMITED", "ratelimited")), "rate_limited");
    EXPECT_EQ(judged(error(400, "RATELIMITED", "")), "rate_limited");
    EXPECT_EQ(judged(error(200, "", "ratelimited")), "rate_limited");
    EXPECT_EQ(judged(error(401, "AUTHENTICATION_ERROR", "authentication error")), "unauthorized");
    EXPECT_EQ(judged(error(200, "AUTHENTICATION_ERROR", "")), "unauthorized");
    EXPECT_EQ(judged(error(200, "FORBIDDEN", "forbidden")), "unauthorized");
    EXPECT_EQ(judged(error(200, "", "feature not accessible")), "unauthorized");
    EXPECT_EQ(judged(error(200, "INPUT_ERROR", "invalid input")), "invalid");
    EXPECT_EQ(judged(error(200, "INVALID_INPUT", "")), "invalid");
    EXPECT_EQ(judged(error(400, "GRAPHQL_VALIDATION_FAILED", "graphql error")), "invalid");
    EXPECT_EQ(judged(error(200, "", "user error")), "invalid");
    EXPECT_EQ(judged(error(200, "", "usage limit exceeded")), "conflict");
    EXPECT_EQ(judged(error(200, "", "lock timeout")), "unreachable");
    EXPECT_EQ(judged(error(200, "INTERNAL_SERVER_ERROR", "internal error")), "error");
    EXPECT_EQ(judged(error(200, "", "")), "error");
    EXPECT_EQ(judged(error(503, "INTERNAL_SERVER_ERROR", "internal error")), "by status");
}

TEST(Judge, KnowsWhatIsNotThereByItsMessage) {
    EXPECT_EQ(judged(error(200, "INPUT_ERROR", "invalid input", "Entity not found: Issue")), "not_found");
    EXPECT_EQ(judged(error(400, "INPUT_ERROR", "invalid input", "entity not found in validateAccess")), "not_found");
    EXPECT_EQ(judged(error(200, "INPUT_ERROR", "invalid input", "No entity not found")), "invalid");
}

TEST(Judge, TakesNoDataBesideErrors) {
    auto answer = error(200, "", "internal error");
    answer.body.as_object()["data"] = {{"issue", {{"id", "1"}}}};
    EXPECT_EQ(judged(answer), "error");
}

TEST(Judge, IsReadyForAnything) {
    const auto with = [](int status, std::string_view body) {
        return judged({.status = status, .headers = {}, .body = json::parse(body)});
    };
    for (const auto* const body :
         {"null", "{}", "[]", "1", R"({"data":null})", R"({"data":[]})", R"({"errors":[]})", R"({"errors":[1]})",
          R"({"errors":["x"],"data":{}})", R"({"errors":[{"extensions":[]}],"data":{}})",
          R"({"errors":[{"message":1,"extensions":{"type":{}}}],"data":{}})"})
        EXPECT_EQ(with(200, body), "error") << body;
    EXPECT_EQ(with(200, R"({"data":{}})"), "by status");
    EXPECT_EQ(with(200, R"({"data":{},"errors":[]})"), "by status");
    EXPECT_EQ(with(502, "null"), "by status");
    EXPECT_EQ(with(429, "null"), "rate_limited");
}

TEST(Judge, SaysWhatLinearSays) {
    EXPECT_EQ(message_of(error(200, "", "", "as it is").body), "as it is");
    EXPECT_EQ(message_of({{"errors", {{{"message", "Short"}, {"extensions", {{"userPresentableMessage", "Long."}}}}}}}),
              "Short: Long.");
    EXPECT_EQ(message_of({{"message", "of a proxy"}}), "of a proxy");
    EXPECT_EQ(message_of(json::parse(R"({"errors":[1]})")), "an error without a message");
    EXPECT_THAT(message_of(error(200, "", "", std::string(100'000, 'x')).body), SizeIs(500));
}

class Limits : public testing::Test {
  protected:
    static std::string after(std::chrono::milliseconds time) {
        return std::to_string(
            std::chrono::duration_cast<std::chrono::milliseconds>((SystemClock().now() + time).time_since_epoch())
                .count());
    }
    /// In seconds from now; -1 for nothing.
    static double wait(web_service::Headers headers) {
        auto answer = error(400, "RATELIMITED", "ratelimited");
        answer.headers = std::move(headers);
        const auto verdict = judge(answer);
        if (!verdict || !verdict->retry_at) return -1;
        return std::chrono::duration<double>(*verdict->retry_at - SystemClock().now()).count();
    }
};

TEST_F(Limits, EndWhenTheBudgetThatIsEmptyIsRefilled) {
    EXPECT_NEAR(wait({{"X-RateLimit-Requests-Remaining", "0"},
                      {"X-RateLimit-Requests-Reset", after(600s)},
                      {"X-RateLimit-Complexity-Remaining", "12"},
                      {"X-RateLimit-Complexity-Reset", after(1200s)}}),
                600, 5);
    EXPECT_NEAR(wait({{"x-ratelimit-requests-remaining", "0"},
                      {"x-ratelimit-requests-reset", after(600s)},
                      {"x-ratelimit-complexity-remaining", "0"},
                      {"x-ratelimit-complexity-reset", after(1200s)}}),
                1200, 5);
    EXPECT_NEAR(wait({{"x-ratelimit-requests-reset", after(900s)}, {"x-ratelimit-complexity-reset", after(300s)}}), 300,
                5);
}

TEST_F(Limits, AreUnknownWhereNothingSensibleIsSaid) {
    EXPECT_EQ(wait({}), -1);
    EXPECT_EQ(wait({{"x-ratelimit-requests-reset", "soon"}}), -1);
    EXPECT_EQ(wait({{"x-ratelimit-requests-reset", after(-5s)}}), -1) << "in the past";
    EXPECT_EQ(wait({{"x-ratelimit-requests-reset", after(24h * 365)}}), -1) << "in a year";
    EXPECT_EQ(wait({{"x-ratelimit-requests-reset", "9223372036854775807"}}), -1);
    EXPECT_EQ(wait({{"x-ratelimit-requests-reset", "99999999999999999999999"}}), -1);
    EXPECT_EQ(wait({{"Retry-After", "7"}, {"x-ratelimit-requests-reset", after(600s)}}), -1)
        << "Retry-After is for whoever calls";
}

TEST(Answers, AreHeldAgainstTheSchema) {
    const auto whole = json::parse(R"({"id":"1","identifier":"E-1","title":"t","url":"u","description":null,
        "updatedAt":"2026-01-02T03:04:05.678Z","archivedAt":null,"team":{"id":"2"},"assignee":null,"parent":null,
        "state":{"id":"3","name":"Doing","type":"started","position":1}})")
                           .as_object();
    EXPECT_EQ(to_rfc3339(read_issue(whole).updated_at), "2026-01-02T03:04:05.678000Z");
    EXPECT_EQ(read_issue(whole).summary.state.position, 1);
    for (const auto& [name, value] : whole) {
        auto other = whole;
        other.erase(name);
        EXPECT_THROW(read_issue(other), web_service::CallFailed) << std::string(name);
        other[name] = json::array{};
        try {
            read_issue(other);
            FAIL() << std::string(name);
        } catch (const web_service::CallFailed& failure) {
            EXPECT_EQ(failure.error().code, "linear.error");
            EXPECT_THAT(failure.what(), HasSubstr(fmt::format("\"{}\"", std::string(name))));
        }
    }
    auto later = whole;
    later["updatedAt"] = "yesterday";
    EXPECT_THROW(read_issue(later), web_service::CallFailed);
}

}  // namespace
}  // namespace gsdb::linear
