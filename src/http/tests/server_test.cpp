#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <latch>
#include <thread>

#include "http/listen.hpp"
#include "http/worker.hpp"
#include "raw_client.hpp"

namespace gsdb::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string code(const RawResponse& response) {
    boost::system::error_code error;
    auto value = boost::json::parse(response.body, error);
    return error ? "not JSON: " + response.body : std::string(value.at("error").at("code").as_string());
}

constexpr RouteOptions open{.access = Access::open};

// What the tests ask for. `slow` answers when the test lets it.
struct Service {
    std::latch slow_begun{1};
    std::atomic<bool> may_end = false;
    std::atomic<int> cancelled = 0;

    Router operator()(asio::io_context& io) {
        Router router;
        router.get("/hello", open, [](Request) -> Task<Response> { co_return Response::json(R"({"hello":"world"})"); });
        router.post("/echo", {.access = Access::open, .body_bytes_max = 1 << 20},
                    [](Request request) -> Task<Response> { co_return Response::text(std::string(request.body)); });
        router.get("/throw", open, [](Request) -> Task<Response> {
            throw std::runtime_error("the secret");
            co_return Response{};
        });
        router.get("/peer", open, [](Request request) -> Task<Response> {
            co_return Response::text(std::string(request.peer_address) + " " + std::string(request.request_id));
        });
        router.get("/large/{bytes}", open, [](Request request) -> Task<Response> {
            co_return Response::text(std::string(std::stoul(std::string(request.parameter("bytes"))), 'x'));
        });
        router.get("/split", open, [](Request) -> Task<Response> {
            co_return Response::text("x").with("X-Evil", "a\r\nSet-Cookie: b");
        });
        router.get("/slow", open, [this, &io](Request) -> Task<Response> {
            slow_begun.count_down();
            try {
                while (!may_end) {
                    SteadyTimer timer(io.get_executor(), 5ms);
                    co_await timer.async_wait(use_task);
                }
            } catch (const boost::system::system_error&) {
                ++cancelled;
                throw;
            }
            co_return Response::text("slow");
        });
        return router;
    }
};

class ServerTest : public testing::Test {
  protected:
    void start(ServerOptions options = {}) {
        server.emplace(options, [this](asio::io_context& io) { return service(io); });
    }
    std::uint16_t port() const { return server->port(); }

    Service service;
    std::optional<Server> server;
};

const std::string hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(ServerTest, AnswersOnThePortItReports) {
    start();
    auto response = ask(port(), hello);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"hello":"world"})");
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    EXPECT_THAT(response.header("Date"),
                testing::MatchesRegex("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 2[0-9]{3} .* GMT"));
    EXPECT_FALSE(response.header("X-Request-Id").empty());
}

TEST_F(ServerTest, ServesOnAllItsThreads) {
    start({.threads = 3});
    for (int i = 0; i < 50; ++i) EXPECT_EQ(ask(port(), hello).status, 200);
}

TEST_F(ServerTest, TakesTheRequestIdOfTheClientWhenItIsSane) {
    start();
    EXPECT_EQ(ask(port(), "GET /peer HTTP/1.1\r\nHost: a\r\nX-Request-Id: my-id_7\r\n\r\n").body, "127.0.0.1 my-id_7");
    EXPECT_THAT(ask(port(), "GET /peer HTTP/1.1\r\nHost: a\r\nX-Request-Id: <script>\r\n\r\n").body,
                testing::Not(HasSubstr("script")));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        auto body = std::to_string(i);
        requests +=
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    RawClient client(port());
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    start();
    RawClient client(port());
    auto response = client.ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", true);
    EXPECT_EQ(response.header("Content-Length"), "17");
    EXPECT_EQ(client.ask(hello).body, R"({"hello":"world"})");  // nothing of a body was left in between
}

TEST_F(ServerTest, SpeaksHttp10) {
    start();
    RawClient closing(port());
    EXPECT_EQ(closing.ask("GET /hello HTTP/1.0\r\n\r\n").header("Connection"), "close");
    EXPECT_TRUE(closing.is_closed_by_server());
    RawClient kept(port());
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(kept.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection"), "keep-alive");
}

TEST_F(ServerTest, TakesChunkedBodiesAndAbsoluteTargets) {
    start();
    EXPECT_EQ(ask(port(),
                  "POST http://a/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n")
                  .body,
              "abcde");
}

TEST_F(ServerTest, InvitesABodyThatWaitsToBeExpected) {
    start();
    RawClient client(port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    EXPECT_EQ(client.ask("abc").body, "abc");
    client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 404);  // and no invitation
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerTest, KeepsTheConnectionAfterAnErrorWithASmallBody) {
    start();
    RawClient client(port());
    EXPECT_EQ(client.ask("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").status, 404);
    EXPECT_EQ(client.ask(hello).status, 200);
}

TEST_F(ServerTest, RefusesABodyThatIsTooLargeAndTheClientSeesWhy) {
    start();
    RawClient announced(port());
    announced.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
    announced.send(std::string(300'000, 'x'));
    EXPECT_EQ(code(announced.receive()), "http.body_too_large");
    announced.half_close();
    EXPECT_TRUE(announced.is_closed_by_server());

    RawClient chunked(port());
    chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    for (int i = 0; i < 17; ++i) chunked.send(chunk);
    EXPECT_EQ(chunked.receive().status, 413);
}

TEST_F(ServerTest, AnswersMalformedRequestsOnceAndCloses) {
    start();
    for (std::string bad :
         {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01 a TLS hello",
          "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
        RawClient client(port());
        client.send(bad + hello);
        auto response = client.receive();
        EXPECT_GE(response.status, 400) << bad;
        EXPECT_EQ(response.header("Connection"), "close") << bad;
        EXPECT_THAT(code(response), testing::StartsWith("http.")) << bad;
        client.half_close();
        EXPECT_TRUE(client.is_closed_by_server()) << bad;  // the request behind it was not answered
    }
}

TEST_F(ServerTest, RefusesAHeadThatIsTooLarge) {
    start();
    RawClient client(port());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'a'));
    EXPECT_EQ(client.receive().status, 431);
}

TEST_F(ServerTest, HidesWhatAHandlerThrew) {
    start();
    RawClient client(port());
    auto response = client.ask("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(code(response), "http.internal");
    EXPECT_THAT(response.body, testing::Not(HasSubstr("secret")));
    EXPECT_THAT(response.body, HasSubstr(response.header("X-Request-Id")));
    EXPECT_EQ(client.ask(hello).status, 200);
}

TEST_F(ServerTest, AHeaderValueCannotEndItsHeader) {
    start();
    auto response = ask(port(), "GET /split HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(response.header("Set-Cookie"), "");
    EXPECT_THAT(response.header("X-Evil"), HasSubstr("Set-Cookie"));
}

TEST_F(ServerTest, ClosesWhoSendsAHeadTooSlowly) {
    start({.idle_deadline = 10s, .head_deadline = 200ms});
    RawClient client(port());
    auto began = std::chrono::steady_clock::now();
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n");
    // A byte now and then must not extend the deadline.
    std::thread dripping([&] {
        while (client.send("X") && std::chrono::steady_clock::now() - began < 5s) std::this_thread::sleep_for(20ms);
    });
    auto response = client.receive();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(code(response), "http.head_timeout");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    client.half_close();
    dripping.join();
}

TEST_F(ServerTest, ClosesWhoSendsABodyTooSlowly) {
    start({.body_deadline = 200ms});
    RawClient client(port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    EXPECT_EQ(code(client.receive()), "http.body_timeout");
}

TEST_F(ServerTest, ABodyMayTakeLongWhenItKeepsComing) {
    start({.body_deadline = 300ms, .body_bytes_per_second_min = 1000});
    RawClient client(port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        client.send(std::string(200, 'x'));
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_EQ(client.receive().body.size(), 2000U);
}

TEST_F(ServerTest, ClosesIdleConnectionsSilently) {
    start({.idle_deadline = 150ms});
    RawClient fresh(port()), used(port());
    EXPECT_EQ(used.ask(hello).status, 200);
    EXPECT_EQ(fresh.receive_all(), "");
    EXPECT_EQ(used.receive_all(), "");
}

TEST_F(ServerTest, ClosesWhoDoesNotReadItsAnswer) {
    start({.write_deadline = 200ms});
    RawClient client(port(), 4096);
    client.send("GET /large/50000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    auto until = std::chrono::steady_clock::now() + 5s;
    while (server->connections() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    while (server->connections() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(ServerTest, SendsLargeBodiesWhole) {
    start();
    EXPECT_EQ(ask(port(), "GET /large/20000000 HTTP/1.1\r\nHost: a\r\n\r\n").body.size(), 20'000'000U);
}

TEST_F(ServerTest, SurvivesClientsThatDisappear) {
    start();
    for (int i = 0; i < 20; ++i) {
        RawClient client(port(), 4096);
        client.send("GET /large/5000000 HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i % 2) client.receive_chunk();  // some bytes
        client.reset();
    }
    RawClient(port()).send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    EXPECT_EQ(ask(port(), hello).status, 200);
}

TEST_F(ServerTest, AnswersAClientThatClosedItsSide) {
    start();
    RawClient client(port());
    client.send(hello);
    client.half_close();
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheLimit) {
    start({.connections_max = 3});
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<RawClient>(port()));
        EXPECT_EQ(clients.back()->ask(hello).status, 200);
    }
    auto refused = ask(port(), hello);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(code(refused), "http.too_many_connections");
    EXPECT_EQ(refused.header("Retry-After"), "1");
    clients.clear();
    auto until = std::chrono::steady_clock::now() + 5s;
    while (server->connections() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    EXPECT_EQ(ask(port(), hello).status, 200);
}

TEST_F(ServerTest, FinishesRequestsInFlightBeforeItStops) {
    start();
    RawClient idle(port()), busy(port());
    EXPECT_EQ(idle.ask(hello).status, 200);
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + hello);
    service.slow_begun.wait();
    std::thread stopping([&] { server->stop(10s); });
    EXPECT_TRUE(idle.is_closed_by_server());
    service.may_end = true;
    auto response = busy.receive();
    EXPECT_EQ(response.body, "slow");
    EXPECT_EQ(response.header("Connection"), "close");
    stopping.join();
    EXPECT_EQ(service.cancelled, 0);
}

TEST_F(ServerTest, CancelsWhatOutlivesTheGrace) {
    start();
    RawClient client(port());
    client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    service.slow_begun.wait();
    auto began = std::chrono::steady_clock::now();
    server->stop(100ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_EQ(service.cancelled, 1);
    EXPECT_EQ(client.receive_all(), "");
}

TEST_F(ServerTest, NamesWhoHasThePort) {
    start();
    try {
        Server second({.port = port()}, [](asio::io_context&) { return Router(); });
        FAIL() << "two servers on one port";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "http.port_taken");
        EXPECT_EQ(failure.error().exit_code, ExitCode::conflict);
        EXPECT_THAT(failure.what(), HasSubstr(std::to_string(port())));
        EXPECT_THAT(failure.what(), HasSubstr("process " + std::to_string(::getpid())));
        EXPECT_FALSE(failure.error().hint.empty());
    }
    EXPECT_EQ(ask(port(), hello).status, 200);
}

TEST_F(ServerTest, PortsAreFreeAgainAfterAStop) {
    start();
    auto used = port();
    EXPECT_EQ(ask(used, hello).status, 200);
    server->stop(1s);
    start({.port = used});
    EXPECT_EQ(ask(used, hello).status, 200);
}

TEST(Server, SaysWhatIsWrongWithAnAddress) {
    auto error_of = [](std::string address) {
        try {
            Server server({.address = address}, [](asio::io_context&) { return Router(); });
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return std::string("none");
    };
    EXPECT_EQ(error_of("localhost:80"), "http.address_invalid");
    EXPECT_EQ(error_of("192.0.2.1"), "http.listen_failed");
    EXPECT_EQ(error_of("::1"), "none");
}

TEST(Server, DoesNotStartWithHalfItsRouters) {
    std::atomic<int> made = 0;
    auto service = [&](asio::io_context&) -> Router {
        if (++made == 2) throw Failure({.code = "test.no_pool", .message = "no pool"});
        return {};
    };
    EXPECT_THROW(Server({.threads = 3}, service), Failure);
}

}  // namespace
}  // namespace gsdb::http
