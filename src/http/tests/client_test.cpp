#include "http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <thread>

#include "base/run_task.hpp"
#include "base/steady_timer.hpp"
#include "http/kept_connections.hpp"
#include "http/server.hpp"
#include "raw_client.hpp"
#include "test_certificate.hpp"

namespace gsdb::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Runs one call; the failure's code goes where a test can see it.
struct Outcome {
    std::string code = "answered";
    std::string text;
    bool is_retryable = false;
    IncomingResponse response;
};

Task<IncomingResponse> call_with(const Client* client, OutgoingRequest request) {
    co_return co_await client->send(std::move(request));
}

Outcome call(const Client& client, OutgoingRequest request) {
    asio::io_context io;
    Outcome outcome;
    co_spawn(io, call_with(&client, std::move(request)), [&](std::exception_ptr error, IncomingResponse response) {
        outcome.response = std::move(response);
        if (!error) return;
        try {
            std::rethrow_exception(error);
        } catch (const CallFailed& failure) {
            outcome.code = failure.error().code;
            outcome.text = failure.what();
            outcome.is_retryable = failure.is_retryable();
        }
    });
    io.run();
    return outcome;
}

AddressGuard allow(std::string_view network) {
    return AddressGuard({Network::parse(network).value()});
}

// Answers each connection with the next of its scripts, whatever was asked; "" answers nothing and waits.
class ScriptedServer {
  public:
    explicit ScriptedServer(std::vector<std::string> scripts) : scripts_(std::move(scripts)) {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(fd_, 8);
        socklen_t size = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        for (int client : clients_) ::close(client);
        ::close(fd_);
    }
    std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    int served() const { return served_; }

  private:
    void serve() {
        while (true) {
            int client = ::accept(fd_, nullptr, nullptr);
            if (client < 0) return;
            clients_.push_back(client);
            char bytes[4096];
            ::recv(client, bytes, sizeof bytes, 0);
            const auto& script =
                scripts_[std::min<std::size_t>(static_cast<std::size_t>(served_++), scripts_.size() - 1)];
            if (script.empty()) continue;
            ::send(client, script.data(), script.size(), MSG_NOSIGNAL);
            ::shutdown(client, SHUT_WR);
        }
    }
    std::vector<std::string> scripts_;
    int fd_;
    std::uint16_t port_;
    std::vector<int> clients_;
    std::atomic<int> served_ = 0;
    std::thread thread_;
};

constexpr RouteOptions open{.access = Access::open};

Router make_router(asio::io_context&) {
    Router router;
    router.post("/echo", open, [](Request request) -> Task<Response> {
        co_return Response::text(std::string(request.body)).with("X-Agent", std::string(*request.header("user-agent")));
    });
    router.get("/seen", open, [](Request request) -> Task<Response> {
        co_return Response::text(std::string(request.header("authorization").value_or("none")));
    });
    router.get("/large", open, [](Request) -> Task<Response> { co_return Response::text(std::string(100'000, 'x')); });
    router.get("/to", open, [](Request request) -> Task<Response> {
        co_return Response{.status = Status::found}.with("Location", std::string(request.query("url").value_or("/")));
    });
    router.post("/see-other", open, [](Request) -> Task<Response> {
        co_return Response{.status = Status::see_other}.with("Location", "/seen");
    });
    return router;
}

class ClientTest : public testing::Test {
  protected:
    Server server{{}, make_router};
    Client client{{.guard = allow("127.0.0.1")}};
};

TEST_F(ClientTest, SendsAndReceives) {
    auto outcome = call(client, {.method = Method::post, .url = server.url() + "/echo", .body = "hello"});
    EXPECT_EQ(outcome.code, "answered") << outcome.text;
    EXPECT_EQ(outcome.response.status, 200);
    EXPECT_EQ(outcome.response.body, "hello");
    EXPECT_EQ(outcome.response.header("x-agent"), "gsdb");
    EXPECT_EQ(call(client, {.url = server.url() + "/nowhere"}).response.status, 404);
    EXPECT_EQ(call(client, {.method = Method::head, .url = server.url() + "/large"}).response.body, "");
}

TEST_F(ClientTest, GoesOnlyWhereItMay) {
    Client guarded;
    for (auto url : {server.url(), std::string("http://localhost:1/"), std::string("http://[::1]:1/"),
                     std::string("http://[::ffff:127.0.0.1]:1/"),
                     std::string("http://169.254.169.254/latest/meta-data"), std::string("https://10.0.0.1/")}) {
        auto outcome = call(guarded, {.url = url});
        EXPECT_EQ(outcome.code, "client.address_forbidden") << url;
        EXPECT_FALSE(outcome.is_retryable);
    }
    EXPECT_THAT(call(guarded, {.url = server.url()}).text, HasSubstr("127.0.0.1 is loopback"));
}

TEST_F(ClientTest, DoesNotFollowRedirectsUnlessTold) {
    EXPECT_EQ(call(client, {.url = server.url() + "/to?url=/seen"}).response.status, 302);
    Client following({.guard = allow("127.0.0.1"), .redirects_max = 3});
    EXPECT_EQ(call(following, {.url = server.url() + "/to?url=/seen"}).response.body, "none");
    EXPECT_EQ(call(following, {.method = Method::post, .url = server.url() + "/see-other", .body = "x"}).response.body,
              "none");
    EXPECT_EQ(call(following, {.url = server.url() + "/to?url=/to%3Furl%3D/to"}).code, "answered");
    EXPECT_EQ(call(following, {.url = server.url() + "/to?url=file:///etc/passwd"}).code, "client.redirect_refused");
    ScriptedServer loop({"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"});
    EXPECT_EQ(call(following, {.url = loop.url()}).code, "client.redirect_refused");
    EXPECT_EQ(loop.served(), 4);
}

TEST_F(ClientTest, JudgesRedirectsAgain) {
    Client following({.guard = allow("127.0.0.1"), .redirects_max = 3});
    for (auto target : {"http://127.0.0.2:1/", "http://169.254.169.254/", "http://localhost.localdomain.invalid/"}) {
        auto outcome = call(following, {.url = server.url() + "/to?url=" + percent_encode(target)});
        EXPECT_THAT(outcome.code, testing::AnyOf("client.address_forbidden", "client.resolve_failed", "client.timeout"))
            << target;
    }
    EXPECT_EQ(call(following, {.url = server.url() + "/to?url=http://127.0.0.2:1/"}).code, "client.address_forbidden");
}

TEST_F(ClientTest, KeepsCredentialsFromOtherOrigins) {
    Client following({.guard = allow("127.0.0.1"), .redirects_max = 3});
    Server other{{}, make_router};
    OutgoingRequest request{.url = server.url() + "/to?url=/seen", .headers = {{"Authorization", "Bearer x"}}};
    EXPECT_EQ(call(following, request).response.body, "Bearer x");
    request.url = server.url() + "/to?url=" + percent_encode(other.url() + "/seen");
    EXPECT_EQ(call(following, request).response.body, "none");
}

TEST_F(ClientTest, TellsWhatWentWrong) {
    EXPECT_EQ(call(client, {.url = "http://user@a/"}).code, "client.url_invalid");
    auto port = [] { return Server{{}, make_router}.port(); }();
    auto refused = call(client, {.url = "http://127.0.0.1:" + std::to_string(port) + "/"});
    EXPECT_EQ(refused.code, "client.connect_failed");
    EXPECT_TRUE(refused.is_retryable);
    EXPECT_EQ(call(client, {.url = server.url(), .headers = {{"X", "a\r\nY: b"}}}).code, "client.header_invalid");

    ScriptedServer garbage({"SSH-2.0-OpenSSH\r\n\r\n"});
    EXPECT_EQ(call(client, {.url = garbage.url()}).code, "client.response_malformed");
    ScriptedServer truncated({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"});
    EXPECT_EQ(call(client, {.url = truncated.url()}).code, "client.connection_lost");
    ScriptedServer hints({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    EXPECT_EQ(call(client, {.url = hints.url()}).response.body, "ok");
    ScriptedServer chunked({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"});
    EXPECT_EQ(call(client, {.url = chunked.url()}).response.body, "ok");
    ScriptedServer cut_off({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"});
    EXPECT_EQ(call(client, {.url = cut_off.url()}).code, "client.connection_lost");
    ScriptedServer ambiguous({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok"});
    EXPECT_EQ(call(client, {.url = ambiguous.url()}).code, "client.response_malformed");
    ScriptedServer until_end({"HTTP/1.1 200 OK\r\n\r\nuntil the end"});
    EXPECT_EQ(call(client, {.url = until_end.url()}).response.body, "until the end");
}

TEST_F(ClientTest, LimitsWhatItTakes) {
    Client small({.guard = allow("127.0.0.1"), .response_bytes_max = 1000});
    EXPECT_EQ(call(small, {.url = server.url() + "/large"}).code, "client.response_too_large");
    ScriptedServer endless({"HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x')});
    EXPECT_EQ(call(small, {.url = endless.url()}).code, "client.response_too_large");
    ScriptedServer heads({"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')});
    EXPECT_EQ(call(small, {.url = heads.url()}).code, "client.response_too_large");
}

TEST_F(ClientTest, WaitsOnlySoLong) {
    ScriptedServer silent({""});
    Client impatient({.guard = allow("127.0.0.1"), .read_deadline = 100ms});
    auto began = std::chrono::steady_clock::now();
    auto outcome = call(impatient, {.url = silent.url()});
    EXPECT_EQ(outcome.code, "client.timeout");
    EXPECT_TRUE(outcome.is_retryable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    Client total({.guard = allow("127.0.0.1"), .total_deadline = 100ms});
    EXPECT_EQ(call(total, {.url = silent.url()}).code, "client.timeout");
}

TEST_F(ClientTest, RepeatsByTheRule) {
    const std::string busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                      ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    auto rule = RetryRule{.attempts_max = 3, .first_pause = 1ms};
    Client retrying({.guard = allow("127.0.0.1"), .retry = rule});
    ScriptedServer recovers({busy, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nlost", ok});
    EXPECT_EQ(call(retrying, {.url = recovers.url()}).response.body, "ok");
    EXPECT_EQ(recovers.served(), 3);
    ScriptedServer stays_busy({busy});
    EXPECT_EQ(call(retrying, {.url = stays_busy.url()}).response.status, 503);
    EXPECT_EQ(stays_busy.served(), 3);
    ScriptedServer for_post({busy, ok});
    EXPECT_EQ(call(retrying, {.method = Method::post, .url = for_post.url()}).response.status, 503);
    ScriptedServer without_rule({busy, ok});
    EXPECT_EQ(call(client, {.url = without_rule.url()}).response.status, 503);
    EXPECT_EQ(without_rule.served(), 1);
}

// What a call gave on.
struct Pieces {
    std::string text;
    int count = 0;
    int status = 0;

    OnBody reading() {
        return [this](const IncomingResponse& head, std::string_view piece) {
            EXPECT_FALSE(piece.empty());
            EXPECT_EQ(head.body, "");
            status = head.status;
            text += piece;
            ++count;
        };
    }
};

TEST_F(ClientTest, GivesABodyOnAsItComes) {
    const std::string chunked = "HTTP/1.1 200 OK\r\nX-Kind: s\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& body : {chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
                             std::string("HTTP/1.1 201 Made\r\nContent-Length: 11\r\n\r\nhello world"),
                             std::string("HTTP/1.1 200 OK\r\n\r\nhello world")}) {
        ScriptedServer server({body});
        Pieces pieces;
        const auto outcome = call(client, {.url = server.url(), .on_body = pieces.reading()});
        EXPECT_EQ(outcome.code, "answered") << outcome.text;
        EXPECT_EQ(outcome.response.body, "");
        EXPECT_EQ(pieces.text, "hello world");
        EXPECT_EQ(pieces.status, outcome.response.status);
    }
    Pieces large;
    EXPECT_EQ(call(client, {.url = server.url() + "/large", .on_body = large.reading()}).code, "answered");
    EXPECT_EQ(large.text, std::string(100'000, 'x'));
    EXPECT_GT(large.count, 1);
}

// The server sends no more until the call ends, which is when the piece was given on.
TEST_F(ClientTest, DoesNotWaitForTheEndToGiveOn) {
    Server live{{}, [](asio::io_context&) {
                    Router router;
                    router.get("/live", open, [](Request) -> Task<Response> {
                        co_return Response::stream(text_type, [](BodyWriter* writer) -> Task<> {
                            if (!co_await writer->write("begun")) co_return;
                            while (!writer->is_closing()) {
                                SteadyTimer timer(co_await asio::this_coro::executor, 1ms);
                                co_await timer.async_wait(use_task);
                            }
                        });
                    });
                    return router;
                }};
    struct Enough {};
    EXPECT_THROW(run_task(call_with(
                     &client, {.url = live.url() + "/live", .on_body = [](const auto&, auto) { throw Enough(); }})),
                 Enough);
}

TEST_F(ClientTest, HasItsLimitsAndGivesOnNothingOfRefusals) {
    Pieces none;
    const auto missing = call(client, {.url = server.url() + "/nowhere", .on_body = none.reading()});
    EXPECT_EQ(missing.response.status, 404);
    EXPECT_THAT(missing.response.body, HasSubstr("error")) << "it is whole";
    EXPECT_EQ(none.count, 0);
    Client small({.guard = allow("127.0.0.1"), .response_bytes_max = 1000});
    for (const auto& body : {"HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'),
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n" + std::string(512, 'x') +
                                 "\r\n200\r\n" + std::string(512, 'x')}) {
        ScriptedServer endless({body});
        Pieces pieces;
        EXPECT_EQ(call(small, {.url = endless.url(), .on_body = pieces.reading()}).code, "client.response_too_large");
        EXPECT_LE(pieces.text.size(), 1000U);
    }
}

TEST_F(ClientTest, DoesNotRepeatWhatItHasGivenOnInPart) {
    Client retrying({.guard = allow("127.0.0.1"), .retry = {.attempts_max = 3, .first_pause = 1ms}});
    ScriptedServer cut_off({"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    Pieces pieces;
    const auto outcome = call(retrying, {.url = cut_off.url(), .on_body = pieces.reading()});
    EXPECT_EQ(outcome.code, "client.connection_lost");
    EXPECT_TRUE(outcome.is_retryable) << "the caller may";
    EXPECT_EQ(pieces.text, "half");
    EXPECT_EQ(cut_off.served(), 2);
}

/// Plays one script a connection: its pieces are sent one by one, each when something was received; then it closes.
class KeepingServer {
  public:
    explicit KeepingServer(std::vector<std::vector<std::string>> scripts) : scripts_(std::move(scripts)) {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(fd_, 8);
        socklen_t size = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
        thread_ = std::thread([this] {
            for (const auto& script : scripts_) play(script);
        });
    }
    ~KeepingServer() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
    }
    std::string url() const { return url_; }
    void wait_until_one_is_closed() const { closed_.wait(0); }
    /// What each connection was asked, one piece each.
    std::vector<int> requests() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        thread_ = std::thread([] {});
        return requests_;
    }

  private:
    void play(const std::vector<std::string>& script) {
        const int client = ::accept(fd_, nullptr, nullptr);
        if (client < 0) return;
        requests_.push_back(0);
        for (const auto& piece : script) {
            char bytes[4096];
            if (::recv(client, bytes, sizeof bytes, 0) <= 0) break;
            ++requests_.back();
            ::send(client, piece.data(), piece.size(), MSG_NOSIGNAL);
        }
        ::close(client);
        ++closed_;
        closed_.notify_all();
    }
    std::vector<std::vector<std::string>> scripts_;
    std::atomic<int> closed_ = 0;
    std::vector<int> requests_;
    std::string url_;
    int fd_;
    std::thread thread_;
};

class KeepingTest : public testing::Test {
  protected:
    static ClientOptions options(KeepRule rule) { return {.guard = allow("127.0.0.1"), .keep = rule}; }
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    OutgoingRequest get(const KeepingServer& server) const { return {.url = server.url()}; }
    OutgoingRequest post(const KeepingServer& server, bool is_repeatable) const {
        return {.method = Method::post, .url = server.url(), .body = "x", .is_repeatable = is_repeatable};
    }
};

TEST_F(KeepingTest, CallsOverOneConnectionFromSeveralContexts) {
    Client client(options({.per_target_max = 2}));
    KeepingServer server({{ok, ok, ok}});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(call(client, post(server, false)).response.body, "ok");
    EXPECT_THAT(server.requests(), testing::ElementsAre(3));
}

TEST_F(KeepingTest, KeepsNoneThatIsOverByRuleOrByWordOrByWhatCameAfter) {
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                      old = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
    Client client(options({.per_target_max = 2}));
    KeepingServer server(
        {{closing, ok}, {old, ok}, {ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", ok}, {ok}});
    for (int i = 0; i < 4; ++i) EXPECT_EQ(call(client, get(server)).response.body, "ok") << i;
    EXPECT_THAT(server.requests(), testing::ElementsAre(1, 1, 1, 1));
    for (auto rule : {KeepRule{.per_target_max = 1, .idle_max = 0ms}, KeepRule{.per_target_max = 1, .age_max = 0ms},
                      KeepRule{.per_target_max = 0}}) {
        Client forgetful(options(rule));
        KeepingServer each({{ok, ok}, {ok, ok}});
        for (int i = 0; i < 2; ++i) EXPECT_EQ(call(forgetful, get(each)).response.body, "ok");
        EXPECT_THAT(each.requests(), testing::ElementsAre(1, 1));
    }
}

// "" is what a server does that read the request and closed without a word: it may have acted on it.
TEST_F(KeepingTest, RepeatsWhatAClosedConnectionSwallowedOnlyIfItMay) {
    Client client(options({.per_target_max = 2}));
    KeepingServer repeatable({{ok, ""}, {ok}});
    EXPECT_EQ(call(client, post(repeatable, true)).code, "answered");
    EXPECT_EQ(call(client, post(repeatable, true)).response.body, "ok");
    EXPECT_THAT(repeatable.requests(), testing::ElementsAre(2, 1));
    KeepingServer unsafe({{ok, ""}, {ok}});
    EXPECT_EQ(call(client, post(unsafe, false)).code, "answered");
    EXPECT_EQ(call(client, post(unsafe, false)).code, "client.connection_lost");
    EXPECT_THAT(unsafe.requests(), testing::ElementsAre(2));
    KeepingServer idempotent({{ok, ""}, {""}, {ok}});
    EXPECT_EQ(call(client, get(idempotent)).code, "answered");
    EXPECT_EQ(call(client, get(idempotent)).code, "client.connection_lost") << "once, on a new one";
    EXPECT_THAT(idempotent.requests(), testing::ElementsAre(2, 1));
    KeepingServer half({{ok, "HTTP/1.1 200 OK\r\nContent-Le"}, {ok}});
    EXPECT_EQ(call(client, get(half)).code, "answered");
    EXPECT_EQ(call(client, get(half)).code, "client.connection_lost") << "it had begun to answer";
}

TEST_F(KeepingTest, SeesThatTheOtherSideHasClosedBeforeItSends) {
    Client client(options({.per_target_max = 2}));
    KeepingServer server({{ok}, {ok}});
    EXPECT_EQ(call(client, post(server, false)).response.body, "ok");
    server.wait_until_one_is_closed();
    EXPECT_EQ(call(client, post(server, false)).response.body, "ok");
    EXPECT_THAT(server.requests(), testing::ElementsAre(1, 1));
}

TEST_F(KeepingTest, ClosesTheOldestWhereThereAreTooManyAndAllThatAreOld) {
    KeepingServer first({{ok, ok}, {ok}}), second({{ok, ok}});
    Client client(options({.per_target_max = 2, .max = 1}));
    call(client, get(first));
    call(client, get(second));
    EXPECT_EQ(call(client, get(second)).response.body, "ok");
    EXPECT_EQ(call(client, get(first)).response.body, "ok");
    EXPECT_THAT(first.requests(), testing::ElementsAre(1, 1));
    EXPECT_THAT(second.requests(), testing::ElementsAre(2));

    KeptConnections kept({.per_target_max = 1, .idle_max = 10s});
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const KeptConnections::Moment now{1h};
    const auto url = value_or_throw(Url::parse("http://a.test/"));
    kept.put(url, IdleConnection(pair[0], {}, now), now);
    kept.close_old(now + 9s);
    char byte;
    EXPECT_EQ(::recv(pair[1], &byte, 1, MSG_DONTWAIT), -1) << "it is open";
    kept.close_old(now + 10s);
    EXPECT_EQ(::recv(pair[1], &byte, 1, MSG_DONTWAIT), 0) << "it is closed";
    ::close(pair[1]);
}

TEST_F(KeepingTest, FollowsARedirectOverWhatItKeepsAndJudgesNewTargets) {
    KeepingServer server({{"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n", ok,
                           "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n"}});
    auto following = options({.per_target_max = 2});
    following.redirects_max = 1;
    Client client(following);
    EXPECT_EQ(call(client, get(server)).response.body, "ok");
    EXPECT_EQ(call(client, get(server)).code, "client.address_forbidden");
    EXPECT_THAT(server.requests(), testing::ElementsAre(3));
}

TEST(NextPage, IsTheOneOfThatRelation) {
    EXPECT_EQ(next_page(R"(<https://a.example/x?page=1>; rel="first", <https://a.example/x?page=3,4>; rel="next")"),
              "https://a.example/x?page=3,4");
    EXPECT_EQ(next_page(R"(<https://a.example/x?page=1>; rel="prev")"), std::nullopt);
    EXPECT_EQ(next_page(R"(<https://a.example/x)"), std::nullopt);
    EXPECT_EQ(next_page(""), std::nullopt);
}

TEST(RetryAfter, TakesSecondsAndDates) {
    Timestamp now{std::chrono::seconds{784'111'777}};  // Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example
    auto of = [&](std::string value) { return retry_after({.headers = {{"Retry-After", value}}}, now); };
    EXPECT_EQ(of("120"), 120s);
    EXPECT_EQ(of("Sun, 06 Nov 1994 08:50:07 GMT"), 30s);
    EXPECT_EQ(of("Sun, 06 Nov 1994 08:00:00 GMT"), 0s);
    EXPECT_EQ(of("soon"), std::nullopt);
    EXPECT_EQ(of("-5"), std::nullopt);
    EXPECT_EQ(retry_after({}, now), std::nullopt);
}

class TlsTest : public testing::Test {
  protected:
    Client trusting() const {
        return Client({.guard = allow("127.0.0.1"), .ca_file = certificate.files().certificate});
    }
    std::string url(std::string host = "localhost") const {
        return "https://" + host + ":" + std::to_string(server.port()) + "/echo";
    }
    OutgoingRequest post(std::string to) const {
        return {.method = Method::post, .url = std::move(to), .body = "secret"};
    }

    TestCertificate certificate;
    Server server{{.tls = certificate.files()}, make_router};
};

TEST_F(TlsTest, ServesAndVerifies) {
    EXPECT_THAT(server.url(), testing::StartsWith("https://"));
    auto outcome = call(trusting(), post(url()));
    EXPECT_EQ(outcome.response.body, "secret") << outcome.text;
    EXPECT_EQ(call(Client({.guard = allow("127.0.0.1")}), post(url())).code, "client.tls_failed");
    auto wrong_name = call(trusting(), post(url("127.0.0.1")));
    EXPECT_EQ(wrong_name.code, "client.tls_failed");
    EXPECT_FALSE(wrong_name.is_retryable);
}

// That the certificate is exchanged for one that is not trusted shows which connection a call went over.
TEST_F(TlsTest, KeepsConnectionsOverTls) {
    Client keeping(
        {.guard = allow("127.0.0.1"), .keep = {.per_target_max = 1}, .ca_file = certificate.files().certificate});
    EXPECT_EQ(call(keeping, post(url())).response.body, "secret");
    certificate.write("DNS:localhost");
    server.reload_certificate();
    const auto large = "https://localhost:" + std::to_string(server.port()) + "/large";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(call(keeping, post(url())).response.body, "secret") << i;
        EXPECT_EQ(call(keeping, {.url = large}).response.body.size(), 100'000U) << i;
    }
    EXPECT_EQ(call(keeping, post(url("127.0.0.1"))).code, "client.tls_failed") << "another target";
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
    certificate.write("DNS:localhost", -60);
    server.reload_certificate();
    auto outcome = call(trusting(), post(url()));
    EXPECT_EQ(outcome.code, "client.tls_failed");
    EXPECT_THAT(outcome.text, HasSubstr("expired"));
}

TEST_F(TlsTest, TakesANewCertificateWithoutARestart) {
    auto old = trusting();
    certificate.write("DNS:localhost");
    EXPECT_EQ(call(old, post(url())).response.body, "secret");
    server.reload_certificate();
    EXPECT_EQ(call(old, post(url())).code, "client.tls_failed");
    EXPECT_EQ(call(trusting(), post(url())).response.body, "secret");
    std::ofstream(certificate.files().certificate) << "garbage";
    EXPECT_THROW(server.reload_certificate(), Failure);
}

TEST_F(TlsTest, SurvivesClientsThatDoNotSpeakTls) {
    RawClient plain(server.port());
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    plain.receive_all();
    RawClient(server.port()).reset();
    EXPECT_EQ(call(trusting(), post(url())).response.body, "secret");
}

TEST_F(TlsTest, SendsLargeAnswersWhole) {
    auto large = "https://localhost:" + std::to_string(server.port()) + "/large";
    EXPECT_EQ(call(trusting(), {.url = large}).response.body.size(), 100'000U);
}

TEST(Tls, NamesTheFileThatIsWrong) {
    TestCertificate certificate, other;
    auto error_of = [](TlsFiles files) {
        try {
            Server server({.tls = std::move(files)}, make_router);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.error().code, "http.tls_invalid");
            return failure.error().message;
        }
        return std::string("none");
    };
    EXPECT_THAT(error_of({"/nonexistent/cert.pem", certificate.files().private_key}),
                HasSubstr("/nonexistent/cert.pem"));
    EXPECT_THAT(error_of({certificate.files().certificate, other.files().private_key}),
                HasSubstr(other.files().private_key));
}

TEST(Client, NamesTheAuthoritiesThatItCannotRead) {
    EXPECT_THROW(Client({.ca_file = "/nonexistent/ca.pem"}), Failure);
}

}  // namespace
}  // namespace gsdb::http
