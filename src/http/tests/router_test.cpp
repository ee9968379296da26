#include "http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <future>

#include "http/request_reader.hpp"

namespace gsdb::http {
namespace {

using testing::HasSubstr;

// Runs one request through a router, as the server would.
class RouterTest : public testing::Test {
  protected:
    Response ask(std::string_view method, std::string_view target, std::string_view headers = "") {
        std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                           std::string(headers) + "\r\n";
        reader.start();
        auto taken = reader.read_head(text);
        EXPECT_TRUE(taken && *taken == text.size()) << text;
        reader.request().request_id = "r-1";
        reader.request().peer_address = "192.0.2.1";
        asio::io_context io;
        std::optional<Response> response;
        co_spawn(io, router.handle(reader.request()), [&](std::exception_ptr error, Response result) {
            if (error) std::rethrow_exception(error);
            response = std::move(result);
        });
        io.run();
        return std::move(*response);
    }

    static Handler answer(std::string text) {
        return [text](Request) -> Task<Response> { co_return Response::text(text); };
    }
    static Handler echo(std::string parameter) {
        return [parameter](Request request) -> Task<Response> {
            co_return Response::text(std::string(request.parameter(parameter)));
        };
    }
    static std::string code(const Response& response) {
        return std::string(boost::json::parse(std::string(response.bytes())).at("error").at("code").as_string());
    }
    static std::string header(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }

    static constexpr RouteOptions open{.access = Access::open};
    Router router;
    RequestReader reader;
};

TEST(Response, HasAHeaderOnce) {
    const auto later = error_response(problem::unavailable).with("retry-after", "300");
    std::vector<std::string> values;
    for (const auto& [name, value] : later.headers)
        if (equal_ignoring_case(name, "Retry-After")) values.push_back(value);
    EXPECT_EQ(values, std::vector<std::string>{"300"});
}

TEST_F(RouterTest, PrefersALiteralToAParameterToARest) {
    router.get("/{page...}", open, answer("rest"));
    router.get("/api/{name}", open, answer("parameter"));
    router.get("/api/codebases", open, answer("literal"));
    EXPECT_EQ(ask("GET", "/api/codebases").bytes(), "literal");
    EXPECT_EQ(ask("GET", "/api/others").bytes(), "parameter");
    EXPECT_EQ(ask("GET", "/api/others/more").bytes(), "rest");
    EXPECT_EQ(ask("GET", "/").bytes(), "rest");
}

TEST_F(RouterTest, GoesBackFromALiteralThatLeadsNowhere) {
    router.get("/a/b/c", open, answer("literal"));
    router.get("/a/{x}/d", open, echo("x"));
    EXPECT_EQ(ask("GET", "/a/b/d").bytes(), "b");
}

TEST_F(RouterTest, DecodesParametersAndGivesTheRestAsSent) {
    router.get("/files/{id}/{path...}", open, echo("path"));
    router.get("/symbols/{name}", open, echo("name"));
    EXPECT_EQ(ask("GET", "/symbols/operator%3C%2Fx%20y").bytes(), "operator</x y");
    EXPECT_EQ(ask("GET", "/files/7/src/a%20b.cpp?x=1").bytes(), "src/a%20b.cpp");
    EXPECT_EQ(ask("GET", "/files/7").bytes(), "");
}

TEST_F(RouterTest, AnEmptySegmentIsNoParameter) {
    router.get("/symbols/{name}", open, echo("name"));
    EXPECT_EQ(ask("GET", "/symbols/").status, Status::not_found);
    EXPECT_EQ(ask("GET", "//symbols/x").status, Status::not_found);
    EXPECT_EQ(ask("GET", "/symbols/x/").status, Status::not_found);
}

TEST_F(RouterTest, AnswersWhatItDoesNotHave) {
    router.get("/a", open, answer("a"));
    router.delete_("/a", open, answer("gone"));
    auto missing = ask("GET", "/b");
    EXPECT_EQ(missing.status, Status::not_found);
    EXPECT_EQ(code(missing), "http.not_found");
    auto refused = ask("POST", "/a");
    EXPECT_EQ(refused.status, Status::method_not_allowed);
    EXPECT_EQ(header(refused, "Allow"), "GET, HEAD, DELETE, OPTIONS");
    auto options = ask("OPTIONS", "/a");
    EXPECT_EQ(options.status, Status::no_content);
    EXPECT_EQ(header(options, "Allow"), "GET, HEAD, DELETE, OPTIONS");
    EXPECT_EQ(ask("HEAD", "/a").status, Status::ok);
}

TEST_F(RouterTest, ListsItsRoutesInOrder) {
    router.get("/b/{id}", {.operation = "getB"}, answer(""));
    router.post("/a", {.operation = "makeA", .scope = "a:write"}, answer(""));
    auto routes = router.routes();
    ASSERT_EQ(routes.size(), 2U);
    EXPECT_EQ(routes[0]->path, "/b/{id}");
    EXPECT_EQ(routes[1]->method, Method::post);
    EXPECT_EQ(routes[1]->options.scope, "a:write");
}

TEST_F(RouterTest, RefusesPatternsThatCannotWork) {
    for (auto bad : {"", "a", "/a//b", "/{}", "/{a", "/{a...}/b"})
        EXPECT_THROW(router.get(bad, open, answer("")), std::logic_error) << bad;
    router.get("/a", open, answer(""));
    EXPECT_THROW(router.get("/a", open, answer("")), std::logic_error);
}

TEST_F(RouterTest, ClosesRoutesWhenNobodySaysWhoAsks) {
    router.get("/secret", {}, answer("secret"));
    auto response = ask("GET", "/secret");
    EXPECT_EQ(response.status, Status::unauthorized);
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
}

TEST_F(RouterTest, HandsTheCallerToTheHandlerAndHoldsItToItsScopes) {
    router.set_authentication([](Request request) -> Task<std::expected<Caller, Response>> {
        if (request.header("authorization") != "Bearer good")
            co_return std::unexpected(error_response(problem::unauthenticated, request.request_id));
        co_return Caller{.organization = default_organization(), .role = "member", .scopes = {"a:read"}};
    });
    router.get("/a", {.scope = "a:read"},
               [](Request request) -> Task<Response> { co_return Response::text(request.caller->role); });
    router.get("/b", {.scope = "b:read"}, answer("b"));
    EXPECT_EQ(ask("GET", "/a").status, Status::unauthorized);
    EXPECT_EQ(ask("GET", "/a", "Authorization: Bearer good\r\n").bytes(), "member");
    auto refused = ask("GET", "/b", "Authorization: Bearer good\r\n");
    EXPECT_EQ(refused.status, Status::forbidden);
    EXPECT_THAT(std::string(refused.bytes()), HasSubstr("b:read"));
}

TEST_F(RouterTest, AnswersWhenTheAuthenticationThrows) {
    router.set_authentication([](Request) -> Task<std::expected<Caller, Response>> {
        throw Failure({.code = "pg.cannot_connect", .message = "away", .exit_code = ExitCode::unavailable});
        co_return Caller{};
    });
    router.get("/a", {}, answer("a"));
    auto response = ask("GET", "/a");
    EXPECT_EQ(response.status, Status::service_unavailable);
    EXPECT_EQ(code(response), "http.unavailable");
}

TEST_F(RouterTest, LimitsTheRateOfAPeerAndOfACaller) {
    router.set_authentication([](Request) -> Task<std::expected<Caller, Response>> {
        co_return Caller{.organization = default_organization()};
    });
    router.set_limits(
        {.per_caller = std::make_shared<RateLimit>(RateLimit::Options{.requests_per_second = 0.1, .burst = 2})});
    router.get("/a", {}, answer("a"));
    EXPECT_EQ(ask("GET", "/a").status, Status::ok);
    EXPECT_EQ(ask("GET", "/a").status, Status::ok);
    auto refused = ask("GET", "/a");
    EXPECT_EQ(refused.status, Status::too_many_requests);
    EXPECT_EQ(code(refused), "http.rate_limited");
    EXPECT_THAT(std::stoi(header(refused, "Retry-After")), testing::AllOf(testing::Ge(9), testing::Le(10)));
}

TEST_F(RouterTest, LimitsHowManyAreWorkedOn) {
    auto limit = std::make_shared<InFlightLimit>(1);
    router.set_limits({.in_flight = limit});
    router.get("/a", open, [&](Request) -> Task<Response> {
        EXPECT_EQ(limit->count(), 1U);
        co_return Response::text("a");
    });
    EXPECT_EQ(ask("GET", "/a").status, Status::ok);
    auto taken = InFlightLimit::enter(limit);
    auto refused = ask("GET", "/a");
    EXPECT_EQ(code(refused), "http.too_many_in_flight");
    EXPECT_EQ(header(refused, "Retry-After"), "1");
    taken.reset();
    EXPECT_EQ(ask("GET", "/a").status, Status::ok);
    EXPECT_EQ(limit->count(), 0U);
}

TEST_F(RouterTest, ShowsPlannedErrorsAndHidesTheOthers) {
    auto thrower = [](auto exception) {
        return [exception](Request) -> Task<Response> {
            throw exception;
            co_return Response{};
        };
    };
    Error secret{.code = "pg.query_failed", .message = "secret table", .detail = "secret", .hint = "secret"};
    router.get("/failed", open, thrower(Failure(secret)));
    router.get("/other", open, thrower(std::runtime_error("secret")));
    auto unavailable = secret;
    unavailable.exit_code = ExitCode::unavailable;
    router.get("/unavailable", open, thrower(Failure(unavailable)));
    router.get(
        "/missing", open,
        thrower(Failure(
            {.code = "codebase.not_found", .message = "codebase 7 does not exist", .exit_code = ExitCode::not_found})));
    router.get("/refused", open, thrower(Refusal(Status::gone, {.code = "x.gone", .message = "gone"})));

    for (auto path : {"/failed", "/other", "/unavailable"}) {
        auto response = ask("GET", path);
        EXPECT_GE(response.status, Status::internal_server_error);
        EXPECT_THAT(std::string(response.bytes()), testing::Not(HasSubstr("secret"))) << path;
        EXPECT_THAT(std::string(response.bytes()), HasSubstr("\"request_id\":\"r-1\""));
    }
    EXPECT_EQ(ask("GET", "/unavailable").status, Status::service_unavailable);
    EXPECT_EQ(code(ask("GET", "/missing")), "codebase.not_found");
    EXPECT_EQ(ask("GET", "/missing").status, Status::not_found);
    EXPECT_EQ(ask("GET", "/refused").status, Status::gone);
}

TEST(Problems, HaveDistinctCodesAndARemedy) {
    std::set<std::string_view> codes;
    for (auto* problem : problems()) {
        EXPECT_TRUE(codes.insert(problem->code).second) << problem->code;
        EXPECT_TRUE(problem->code.starts_with("http."));
        EXPECT_TRUE(problem->message.ends_with('.') && problem->hint.ends_with('.')) << problem->code;
        EXPECT_GE(problem->status, Status::bad_request);
        EXPECT_NE(reason_phrase(problem->status), "Unknown");
    }
}

TEST(RateLimit, RefillsWithTimeUpToTheBurst) {
    RateLimit limit({.requests_per_second = 2, .burst = 3});
    RateLimit::Moment now{};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", now));
    EXPECT_EQ(limit.take("a", now), std::chrono::seconds(1));
    EXPECT_FALSE(limit.take("b", now));
    now += std::chrono::milliseconds(500);
    EXPECT_FALSE(limit.take("a", now));
    EXPECT_TRUE(limit.take("a", now));
    now += std::chrono::hours(1);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.take("a", now));
    EXPECT_TRUE(limit.take("a", now));
}

TEST(RateLimit, KeepsBoundedMemoryUnderAFloodOfKeys) {
    RateLimit limit({.requests_per_second = 1, .burst = 1, .keys_max = 160});
    RateLimit::Moment now{};
    for (int i = 0; i < 10'000; ++i) limit.take("key" + std::to_string(i), now);
    EXPECT_LE(limit.keys(), 176U);  // each of 16 shards may add the bucket that newcomers share
    now += std::chrono::seconds(10);
    for (int i = 0; i < 200; ++i)
        EXPECT_FALSE(limit.take("new" + std::to_string(i % 100), now + std::chrono::seconds(i)));
}

}  // namespace
}  // namespace gsdb::http
