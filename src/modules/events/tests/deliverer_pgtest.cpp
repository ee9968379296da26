// Events to their subscribers, over HTTP to a server of the test's own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <mutex>
#include <thread>

#include "http/server.hpp"
#include "modules/events/deliverer.hpp"
#include "modules/events/program_events.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/standard_webhooks.hpp"
#include "modules/events/subscriptions.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

struct Taken {
    std::string path, body, id, timestamp, signature, authorization;
};

/// Answers what the test says and remembers what it was asked.
class SubscriberServer {
  public:
    using Answer = std::function<http::Response(const Taken&)>;

    SubscriberServer() : server_({}, [this](asio::io_context&) { return router(); }) {}

    std::string url(std::string_view path = "/hook") const { return server_.url() + std::string(path); }
    void answer_with(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    std::vector<Taken> taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }

  private:
    http::Router router() {
        http::Router made;
        made.post("/{path...}", {.operation = "take", .access = http::Access::open},
                  [this](http::Request request) { return take(request); });
        return made;
    }
    Task<http::Response> take(http::Request request) {
        const auto header = [&](std::string_view name) { return std::string(request.header(name).value_or("")); };
        Taken one{std::string(request.path),   std::string(request.body),   header("webhook-id"),
                  header("webhook-timestamp"), header("webhook-signature"), header("authorization")};
        const std::lock_guard lock(mutex_);
        taken_.push_back(one);
        co_return answer_(one);
    }

    mutable std::mutex mutex_;
    std::vector<Taken> taken_;
    Answer answer_ = [](const Taken&) { return http::Response::text("ok"); };
    http::Server server_;
};

/// Takes deliveries over the first connection that comes, and refuses every other one.
class OneConnectionServer {
  public:
    OneConnectionServer() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 1);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        url_ = fmt::format("http://127.0.0.1:{}/hook", ntohs(address.sin_port));
        thread_ = std::thread([this] { serve(); });
    }
    ~OneConnectionServer() {
        ::shutdown(listener_, SHUT_RDWR);
        if (client_ >= 0) ::shutdown(client_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
        if (client_ >= 0) ::close(client_);
    }
    std::string url() const { return url_; }
    int taken() const { return taken_; }

  private:
    void serve() {
        client_ = ::accept(listener_, nullptr, nullptr);
        ::shutdown(listener_, SHUT_RDWR);
        std::string input;
        while (client_ >= 0) {
            char bytes[4096];
            const auto count = ::recv(client_, bytes, sizeof bytes, 0);
            if (count <= 0) return;
            input.append(bytes, static_cast<std::size_t>(count));
            const auto end = input.find("\r\n\r\n"), length = input.find("Content-Length: ");
            if (end == input.npos || input.size() < end + 4 + std::stoul(input.substr(length + 16))) continue;
            input.clear();
            ++taken_;
            constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            ::send(client_, ok.data(), ok.size(), MSG_NOSIGNAL);
        }
    }
    int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    std::atomic<int> client_ = -1;
    std::atomic<int> taken_ = 0;
    std::string url_;
    std::thread thread_;
};

http::Response answer(http::Status status, std::string body = "") {
    return http::Response::text(std::move(body), status);
}

class Delivering : public SourceFixture {
  protected:
    Delivering() { add(SourceKind::github, "octo"); }

    AddedSubscription subscribe(std::string to, NewSubscription more = {}) {
        if (more.name.empty()) more.name = "sub";
        more.target = value_or_throw(Target::parse(to));
        return run_task(subscriptions_.add(actor_, std::move(more)));
    }
    void store(int count, const std::string& type = "push") {
        std::vector<std::string> lines;
        for (int i = 0; i < count; ++i)
            lines.push_back(fmt::format(R"({{"type":"{}","delivery_key":"k{}","actor":"mona","payload":{{"n":{}}}}})",
                                        type, ++stored_, i));
        import(lines, "octo");
    }
    std::unique_ptr<Deliverer> deliverer(std::string_view network = "127.0.0.0/8") {
        return std::make_unique<Deliverer>(
            database_, credentials_, clock_,
            DelivererOptions{.guard = http::AddressGuard({value_or_throw(http::Network::parse(network))}),
                             .slack_url = server_.url("/slack"),
                             .pauses = {0ms}});
    }
    /// So many rounds; each waits until its attempts have ended.
    void deliver(int rounds = 2) {
        auto one = deliverer();
        for (int i = 0; i < rounds; ++i) {
            run_task(one->round());
        }
    }
    std::vector<std::string> statuses() {
        return ask("select concat_ws(' ', status, attempts) from events.deliveries order by event_id");
    }
    KnownSubscription known(std::string name = "sub") { return run_task(subscriptions_.find(actor_, std::move(name))); }

    SubscriberServer server_;
    Subscriptions subscriptions_{database_, credentials_};
    int stored_ = 0;
};

TEST_F(Delivering, SendsASignedMessageOnceToThoseWhoWantIt) {
    store(1);
    const auto added = subscribe(server_.url(), {.event_types = {"push"}, .filter = "$.payload.n == 0"});
    EXPECT_THAT(std::string(added.secret.reveal()), HasSubstr("whsec_"));
    store(3);
    store(1, "ping");
    deliver(3);
    const auto taken = server_.taken();
    ASSERT_THAT(taken, SizeIs(1)) << "not what was there before, not the other type, not what the filter leaves out";
    const auto body = boost::json::parse(taken[0].body).as_object();
    EXPECT_EQ(body.at("type"), "push");
    EXPECT_EQ(body.at("data").at("actor"), "mona");
    EXPECT_EQ(body.at("data").at("payload").at("n"), 0);
    EXPECT_EQ(body.at("data").at("id"), boost::json::value(taken[0].id));
    const Timestamp sent{std::chrono::seconds(std::stoll(taken[0].timestamp))};
    EXPECT_EQ(sign_webhook(taken[0].id, taken[0].body, added.secret, sent)[2].second, taken[0].signature);
    EXPECT_THAT(statuses(), ElementsAre("delivered 1"));
    EXPECT_EQ(known().delivered, 1);
    EXPECT_THAT(run_task(subscriptions_.attempts(actor_, added.id, *Uuid::parse(taken[0].id))), SizeIs(1));
}

TEST_F(Delivering, TriesAgainUntilItIsTaken) {
    subscribe(server_.url(), {.attempts_max = 5});
    store(1);
    int asked = 0;
    server_.answer_with([&](const Taken&) {
        return ++asked < 3 ? answer(http::Status::internal_server_error, "broken") : answer(http::Status::ok);
    });
    deliver(5);
    EXPECT_EQ(asked, 3);
    EXPECT_THAT(statuses(), ElementsAre("delivered 3"));
    EXPECT_THAT(ask("select concat_ws(' ', attempt_number, outcome, response_status, detail) from "
                    "events.delivery_attempts order by attempt_number"),
                ElementsAre("1 refused 500 broken", "2 refused 500 broken", HasSubstr("3 delivered 200")));
    EXPECT_FALSE(known().failing_since) << "it takes them again";
}

TEST_F(Delivering, GivesUpATargetThatTakesNothingThroughAllAttempts) {
    subscribe(server_.url(), {.attempts_max = 2});
    store(2);
    server_.answer_with([](const Taken&) { return answer(http::Status::bad_gateway); });
    deliver(4);
    EXPECT_THAT(statuses(), ElementsAre("failed 2", "failed 2"));
    EXPECT_EQ(known().pause_cause, "target_dead");
    server_.answer_with([](const Taken&) { return answer(http::Status::ok); });
    run_task(subscriptions_.resume(actor_, known().id));
    EXPECT_EQ(run_task(subscriptions_.deliver_again(actor_, known().id, std::nullopt)), 2);
    deliver();
    EXPECT_THAT(statuses(), ElementsAre("delivered 1", "delivered 1"));
    EXPECT_FALSE(known().paused_at);
}

TEST_F(Delivering, BelievesATargetThatSaysItIsGone) {
    subscribe(server_.url());
    store(1);
    server_.answer_with([](const Taken&) { return answer(http::Status::gone); });
    deliver(3);
    EXPECT_THAT(statuses(), ElementsAre("failed 1"));
    EXPECT_EQ(known().pause_cause, "target_dead");
    EXPECT_THAT(server_.taken(), SizeIs(1));
}

TEST_F(Delivering, WaitsAsLongAsItIsAskedTo) {
    subscribe(server_.url());
    store(1);
    server_.answer_with(
        [](const Taken&) { return answer(http::Status::too_many_requests).with("Retry-After", "3600"); });
    deliver(3);
    EXPECT_THAT(server_.taken(), SizeIs(1));
    EXPECT_THAT(ask("select (next_attempt_at > now() + interval '50 minutes')::text from events.deliveries"),
                ElementsAre("true"));
}

TEST_F(Delivering, DoesNotFollowARedirectAndDoesNotCallWhereItMayNot) {
    subscribe(server_.url(), {.name = "redirected"});
    store(1);
    server_.answer_with(
        [&](const Taken&) { return answer(http::Status::found).with("Location", "http://127.0.0.1:1/"); });
    deliver(1);
    EXPECT_THAT(ask("select concat_ws(' ', outcome, response_status) from events.delivery_attempts"),
                ElementsAre("refused 302"));
    auto public_only = deliverer("192.0.2.0/24");
    run_task(public_only->round());
    EXPECT_THAT(ask("select concat_ws(' ', outcome, detail) from events.delivery_attempts where attempt_number = 2"),
                ElementsAre(AllOf(HasSubstr("forbidden"), HasSubstr("loopback"))));
    EXPECT_THAT(server_.taken(), SizeIs(1));
}

TEST_F(Delivering, OneThatHangsHoldsUpNobody) {
    subscribe("http://127.0.0.1:1/", {.name = "away"});
    subscribe(server_.url(), {.name = "there"});
    store(200);
    deliver(8);
    EXPECT_THAT(server_.taken(), SizeIs(200));
    EXPECT_EQ(known("there").delivered, 200);
    EXPECT_THAT(ask("select distinct outcome::text from events.delivery_attempts order by 1"),
                ElementsAre("delivered", "unreachable"));
}

TEST_F(Delivering, KeepsToItsLimitOfAMinute) {
    subscribe(server_.url(), {.deliveries_per_minute_max = 3});
    store(10);
    deliver(5);
    EXPECT_THAT(server_.taken(), SizeIs(3));
    ask("update events.delivery_attempts set started_at = started_at - interval '2 minutes' returning 'x'");
    deliver(5);
    EXPECT_THAT(server_.taken(), SizeIs(6));
}

TEST_F(Delivering, AnotherTakesOverWhatOneDiedWith) {
    subscribe(server_.url());
    store(1);
    run_task(deliverer()->round());
    ask("update events.deliveries set status = 'pending', finished_at = null, next_attempt_at = now() + interval '1 "
        "minute' returning 'x'");
    deliver(1);
    EXPECT_THAT(server_.taken(), SizeIs(1)) << "somebody else has it";
    ask("update events.deliveries set next_attempt_at = now() - interval '1 second' returning 'x'");
    deliver(1);
    EXPECT_THAT(server_.taken(), SizeIs(2));
    EXPECT_THAT(statuses(), ElementsAre("delivered 2"));
}

TEST_F(Delivering, WhatWasTakenAndNotTriedIsForTheNext) {
    const auto added = subscribe(server_.url());
    store(3);
    run_task(database_.query<sql::QueueDeliveries>({}, {.batch_size = 100}));
    const auto claimed = run_task(database_.query<sql::ClaimDeliveries>(
        {.organization = organization_},
        {.organization_id = organization_, .subscription_id = added.id, .rows_max = 2, .taken_for = 1min}));
    ASSERT_THAT(claimed, SizeIs(2));
    EXPECT_THAT(statuses(), UnorderedElementsAre("pending 1", "pending 1", "pending 0"));
    sql::ReleaseDeliveries::Params left{.organization_id = organization_, .subscription_id = added.id};
    for (const auto& one : claimed) {
        left.event_ids.push_back(one.event_id);
        left.received_at.push_back(one.event_received_at);
    }
    run_task(database_.query<sql::ReleaseDeliveries>({.organization = organization_}, left));
    const auto known_ones = run_task(subscriptions_.deliveries(actor_, added.id, "pending", 10));
    ASSERT_THAT(known_ones, SizeIs(3));
    EXPECT_EQ(known_ones[0].attempts, 0);
    EXPECT_FALSE(known_ones[0].outcome) << "nothing was tried";
    run_task(subscriptions_.pause(actor_, added.id, clock_.now()));
    deliver();
    EXPECT_THAT(server_.taken(), IsEmpty());
    run_task(subscriptions_.resume(actor_, added.id));
    deliver();
    EXPECT_THAT(server_.taken(), SizeIs(3));
}

TEST_F(Delivering, SendsEverythingOverTheConnectionThatItHas) {
    OneConnectionServer server;
    subscribe(server.url(), {.concurrent_max = 1});
    store(40);
    deliver(6);
    EXPECT_EQ(server.taken(), 40);
    EXPECT_THAT(ask("select distinct concat_ws(' ', status, attempts) from events.deliveries"),
                ElementsAre("delivered 1"));
}

TEST_F(Delivering, TellsSlackAndListeners) {
    subscribe("slack:C024BE91L", {.name = "slack", .secret = crypto::Secret(std::string_view("xoxb-1"))});
    subscribe("notify:builds", {.name = "listeners"});
    store(2);
    int asked = 0;
    server_.answer_with([&](const Taken&) {
        return answer(http::Status::ok, ++asked == 1 ? R"({"ok":false,"error":"ratelimited"})" : R"({"ok":true})");
    });
    deliver(3);
    const auto taken = server_.taken();
    ASSERT_THAT(taken, SizeIs(3)) << "what was answered with ok: false is sent again";
    EXPECT_EQ(taken[0].path, "/slack");
    EXPECT_EQ(taken[0].authorization, "Bearer xoxb-1");
    EXPECT_THAT(taken[0].body, HasSubstr(R"("channel":"C024BE91L")"));
    EXPECT_THAT(taken[0].body, HasSubstr("push in octo, by mona"));
    EXPECT_EQ(known("listeners").delivered, 2);
}

TEST_F(Delivering, TellsSlackWhatTheProgramSaysForPeople) {
    subscribe("slack:C1", {.event_types = {"workflow.*"}, .secret = crypto::Secret(std::string_view("xoxb-1"))});
    run_task(record_program_event(database_, default_organization(),
                                  {.key = "1",
                                   .type = "workflow.paused",
                                   .occurred_at = clock_.now(),
                                   .target = "workflow:Greet",
                                   .payload = R"({"summary":"Greet: paused: <!channel> & co"})"}));
    server_.answer_with([](const Taken&) { return answer(http::Status::ok, R"({"ok":true})"); });
    deliver();
    const auto taken = server_.taken();
    ASSERT_THAT(taken, SizeIs(1));
    EXPECT_EQ(boost::json::parse(taken[0].body).at("text"), "Greet: paused: &lt;!channel&gt; &amp; co")
        << "and mentions nobody";
}

TEST_F(Delivering, NamesWhatCannotBeSubscribed) {
    const auto code_of = [&](std::string to, NewSubscription more) -> std::string {
        try {
            subscribe(std::move(to), std::move(more));
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "";
    };
    EXPECT_EQ(code_of("ftp://x", {}), "events.target_invalid");
    EXPECT_EQ(code_of("https://hooks.test", {.filter = "$.actor =="}), "events.filter_invalid");
    EXPECT_EQ(code_of("https://hooks.test", {.source = "none"}), "events.no_such_source");
    EXPECT_EQ(code_of("https://hooks.test", {.secret = crypto::Secret(std::string_view("short"))}),
              "events.secret_invalid");
    EXPECT_EQ(code_of("slack:C1", {}), "events.secret_missing");
    EXPECT_EQ(code_of("https://hooks.test", {}), "");
    EXPECT_EQ(code_of("https://hooks.test", {}), "events.name_taken");
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(),
                                      "select name from identity.credentials where name like 'subscription %'")),
        SizeIs(1))
        << "no secret of what was refused is kept";
    run_task(subscriptions_.remove(actor_, known()));
    EXPECT_THAT(run_task(subscriptions_.list(actor_)), IsEmpty());
}

}  // namespace
}  // namespace gsdb::events
