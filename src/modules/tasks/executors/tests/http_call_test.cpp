// Tasks that call URLs: what is sent, what becomes of each answer.
#include "modules/tasks/executors/http_call.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <mutex>

#include "attempts.hpp"
#include "http/server.hpp"

namespace gsdb::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace json = boost::json;

/// Answers what the test says, and notes what was asked.
class Calls : public testing::Test {
  protected:
    HandlerResult run(json::object configuration, std::string input = "{}") {
        if (!configuration.contains("url")) configuration["url"] = server_.url() + "/x?y=1";
        return attempts_.run(handler_, json::serialize(configuration), std::move(input));
    }
    json::object output(json::object configuration, std::string input = "{}") {
        return json::parse(output_of(run(std::move(configuration), std::move(input)))).as_object();
    }

    http::Router router() {
        http::Router router;
        const auto answer = [this](http::Request request) -> Task<http::Response> {
            asked_.push_back(fmt::format("{} {} {} {} {}", http::to_string(request.method), request.target,
                                         request.header("content-type").value_or("-"),
                                         request.header("idempotency-key").value_or("-"), request.body));
            auto response = answer_;
            co_return response;
        };
        for (const auto& add : {&http::Router::get, &http::Router::post, &http::Router::put})
            (router.*add)("/x", {.operation = "x", .access = http::Access::open}, answer);
        return router;
    }

    http::Response answer_ = http::Response::json(R"({"ok":true})");
    std::vector<std::string> asked_;
    http::Server server_{{}, [this](asio::io_context&) { return router(); }};
    Attempts attempts_;
    Handler handler_ = http_handler(http::AddressGuard({http::Network::parse("127.0.0.0/8").value()}), attempts_.clock);
};

TEST_F(Calls, SendWhatTheyAreTold) {
    run({});
    run({{"method", "POST"}}, R"({"a":1})");
    run({{"method", "POST"},
         {"body", "plain"},
         {"headers", {{"Content-Type", "text/plain"}, {"Idempotency-Key", "k"}}}});
    run({{"method", "PUT"}, {"body", {{"b", 2}}}}, R"({"a":1})");
    const std::string id(Attempts::id);
    EXPECT_THAT(asked_,
                ElementsAre("GET /x?y=1 - " + id + " ", "POST /x?y=1 application/json " + id + R"( {"a":1})",
                            "POST /x?y=1 text/plain k plain", "PUT /x?y=1 application/json " + id + R"( {"b":2})"));
    EXPECT_THAT(attempts_.lines.front(), HasSubstr("/x?y=1: 200, 11 bytes"));
}

TEST_F(Calls, KeepTheAnswer) {
    const auto got = output({});
    EXPECT_EQ(got.at("status"), 200);
    EXPECT_EQ(got.at("body"), json::value({{"ok", true}}));
    answer_ = http::Response::text("no \xff text\n");
    EXPECT_EQ(output({}).at("body"), "no \xEF\xBF\xBD text\n");
    answer_ = http::Response::json("{broken");
    EXPECT_EQ(output({}).at("body"), "{broken");
}

TEST_F(Calls, TellWhetherAgainMayHelp) {
    const auto answered = [&](http::Status status) {
        answer_ = http::Response::text("because", status);
        return run({});
    };
    EXPECT_THAT(answered(http::Status::not_found), FailedOnce("refused", "404: because"));
    EXPECT_THAT(answered(http::Status::found), FailedOnce("refused", "302"));
    EXPECT_THAT(answered(http::Status::bad_gateway), FailedAndRepeated("server_error", "502"));
    EXPECT_THAT(answered(http::Status::request_timeout), FailedAndRepeated("refused", "408"));
    const auto limited = answered(http::Status::too_many_requests);
    EXPECT_THAT(limited, FailedAndRepeated("rate_limited", "429"));
    EXPECT_FALSE(failure_of(limited).spends_attempt);
}

TEST_F(Calls, HeedRetryAfterWithoutSpendingAnAttempt) {
    for (const auto status : {http::Status::too_many_requests, http::Status::service_unavailable}) {
        for (const auto& [asked, pause] : {std::pair("7", 7), std::pair("0", 1), std::pair("999999", 3600)}) {
            answer_ = http::Response::text("later", status);
            answer_.headers.emplace_back("Retry-After", asked);
            const auto result = run({});
            EXPECT_THAT(result, FailedAndRepeated("rate_limited", "later"));
            EXPECT_EQ(failure_of(result).spends_attempt, false);
            EXPECT_EQ(failure_of(result).pause, std::chrono::seconds(pause));
        }
    }
    answer_ = http::Response::text("no", http::Status::bad_request);
    answer_.headers.emplace_back("Retry-After", "7");
    EXPECT_THAT(run({}), FailedOnce("refused", "400"));
}

TEST_F(Calls, DoNotReachIntoTheServersOwnNetwork) {
    const auto guarded = http_handler({}, attempts_.clock);
    EXPECT_THAT(attempts_.run(guarded, json::serialize(json::object{{"url", server_.url() + "/x"}})),
                FailedOnce("address_forbidden", "loopback"));
    EXPECT_THAT(attempts_.run(guarded, R"({"url": "http://169.254.169.254/latest/meta-data"})"),
                FailedOnce("address_forbidden", "cloud metadata"));
    EXPECT_THAT(asked_, testing::IsEmpty());
}

TEST_F(Calls, AreBounded) {
    answer_ = http::Response::text(std::string((1 << 20) + 1, 'x'));
    EXPECT_THAT(run({}), FailedOnce("response_too_large", ""));
    EXPECT_THAT(run({{"url", "http://127.0.0.1:1/"}}), FailedAndRepeated("unreachable", "127.0.0.1"));
}

TEST_F(Calls, ThatAreWronglyDescribedAreNotRepeated) {
    const std::pair<json::object, const char*> wrong[] = {
        {{{"url", "ftp://a/"}}, "url of the configuration cannot be called"},
        {{{"url", 1}}, "url of the configuration is not a text"},
        {{{"method", "get"}}, "method of the configuration is get; there are GET"},
        {{{"headers", {{"Host", "a"}}}}, "headers of the configuration has Host"},
        {{{"headers", {{"A", "b\r\nC: d"}}}}, "headers of the configuration has A"},
        {{{"headers", {{"A b", "c"}}}}, "headers of the configuration has A b"},
        {{{"body", "x"}}, "body of the configuration cannot be sent with this method"},
        {{{"timeout", 3}}, "timeout of the configuration is not known"}};
    for (const auto& [configuration, words] : wrong)
        EXPECT_THAT(run(configuration), FailedOnce("invalid_input", words)) << json::serialize(configuration);
    EXPECT_THAT(attempts_.run(handler_, "{}"), FailedOnce("invalid_input", "url of the configuration is missing"));
}

}  // namespace
}  // namespace gsdb::tasks
