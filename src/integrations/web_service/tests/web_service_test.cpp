// What a call to a web service sends, when it is sent again, and what is said of one that failed.
#include "integrations/web_service/web_service.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "base/run_task.hpp"
#include "http/server.hpp"
#include "integrations/web_service/test_service.hpp"
#include "integrations/web_service/until_stopped.hpp"

namespace gsdb::web_service {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
namespace json = boost::json;

http::Response answer(int status, std::string body = R"({"ok":true})") {
    return http::Response::json(std::move(body), static_cast<http::Status>(status));
}

/// A service that answers what the test says, the last answer again and again.
class Service : public testing::Test {
  protected:
    Options options() {
        return {.name = "example",
                .base_url = server_.url() + "/",
                .headers = {{"X-Version", "7"}},
                .authorize = [this]() -> Task<Headers> {
                    co_return Headers{{"Authorization", fmt::format("Bearer secret-{}", ++credentials_)}};
                },
                .credential_hint = "store another one",
                .rules = {.first_pause = 1ms},
                .http = {.guard = http::AddressGuard({http::Network::parse("127.0.0.0/8").value()}),
                         .read_deadline = 2000ms},
                .on_attempt = [this](const Attempt& attempt) { attempts_.push_back(attempt); }};
    }
    Answer call(Call call) { return run_task(WebService(options()).call(std::move(call))); }
    CallFailed failure(Call wanted) {
        try {
            call(std::move(wanted));
        } catch (const CallFailed& failure) {
            return failure;
        }
        throw std::logic_error("it did not fail");
    }
    static Call post() {
        return {.method = http::Method::post,
                .path = "/things?q=1",
                .body = json::object{{"a", 1}},
                .type = "thing.create"};
    }
    static Call get() { return {.path = "/things", .type = "thing.list"}; }

    http::Router router() {
        http::Router router;
        const auto answer_next = [this](http::Request request) -> Task<http::Response> {
            const std::lock_guard lock(mutex_);
            asked_.push_back(fmt::format("{} {} {} {} {}", http::to_string(request.method), request.target,
                                         request.header("authorization").value_or("-"),
                                         request.header("x-version").value_or("-"), request.body));
            auto next = answers_.front();
            if (answers_.size() > 1) answers_.erase(answers_.begin());
            co_return next;
        };
        router.get("/things", {.operation = "list", .access = http::Access::open}, answer_next);
        router.post("/things", {.operation = "make", .access = http::Access::open}, answer_next);
        return router;
    }

    std::mutex mutex_;
    std::vector<http::Response> answers_{answer(200)};
    std::vector<std::string> asked_;
    std::vector<Attempt> attempts_;
    int credentials_ = 0;
    http::Server server_{{}, [this](asio::io_context&) { return router(); }};
};

TEST_F(Service, SendsHeadersCredentialAndBody) {
    const auto got = call(post());
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, json::value({{"ok", true}}));
    EXPECT_THAT(asked_, ElementsAre(R"(POST /things?q=1 Bearer secret-1 7 {"a":1})"));
    ASSERT_THAT(attempts_, SizeIs(1));
    EXPECT_EQ(attempts_[0].outcome, Outcome::done);
    EXPECT_EQ(attempts_[0].type, "thing.create");
}

TEST_F(Service, TakesAnEmptyBody) {
    answers_ = {http::Response::text("", http::Status::ok)};
    EXPECT_TRUE(call(get()).body.is_null());
}

TEST_F(Service, AsksAgainWhatMayPassWithTheCredentialOfThen) {
    answers_ = {answer(503), answer(429), answer(500), answer(200)};
    EXPECT_EQ(call(get()).status, 200);
    EXPECT_THAT(asked_, ElementsAre("GET /things Bearer secret-1 7 ", "GET /things Bearer secret-2 7 ",
                                    "GET /things Bearer secret-3 7 ", "GET /things Bearer secret-4 7 "));
    EXPECT_THAT(attempts_, SizeIs(4));
    EXPECT_EQ(attempts_[1].outcome, Outcome::rate_limited);
    EXPECT_EQ(attempts_[3].number, 4);
}

TEST_F(Service, DoesNotDoAgainWhatMayHaveBeenDone) {
    answers_ = {answer(503), answer(200)};
    EXPECT_EQ(failure(post()).outcome(), Outcome::unreachable);
    EXPECT_THAT(asked_, SizeIs(1));
    answers_ = {answer(503), answer(200)};
    auto repeatable = post();
    repeatable.is_repeatable = true;
    EXPECT_EQ(call(repeatable).status, 200);
}

TEST_F(Service, DoesAgainWhatWasLimited) {
    answers_ = {answer(429), answer(200)};
    EXPECT_EQ(call(post()).status, 200);
    EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(Service, SaysUntilWhenInsteadOfWaitingLong) {
    auto limited = answer(429, R"({"message":"slow down"})");
    limited.with("Retry-After", "3600");
    answers_ = {limited};
    const auto failed = failure(get());
    EXPECT_EQ(failed.outcome(), Outcome::rate_limited);
    EXPECT_THAT(asked_, SizeIs(1));
    ASSERT_TRUE(failed.retry_at());
    EXPECT_GT(*failed.retry_at(), SystemClock().now() + 3500s);
    EXPECT_EQ(failed.error().code, "example.rate_limited");
    EXPECT_THAT(failed.error().detail, HasSubstr("slow down"));
    EXPECT_THAT(failed.error().hint, HasSubstr("try again after"));
}

TEST_F(Service, HasAWordForEachRefusal) {
    const std::vector<std::pair<int, Outcome>> known{
        {400, Outcome::invalid},  {401, Outcome::unauthorized}, {403, Outcome::unauthorized}, {404, Outcome::not_found},
        {409, Outcome::conflict}, {410, Outcome::not_found},    {412, Outcome::conflict},     {422, Outcome::invalid},
        {302, Outcome::error},    {418, Outcome::error},        {500, Outcome::error}};
    for (const auto& [status, outcome] : known) {
        answers_ = {answer(status, R"({"error":{"message":"because"}})")};
        const auto failed = failure(post());
        EXPECT_EQ(failed.outcome(), outcome) << status;
        EXPECT_EQ(failed.status(), status);
        EXPECT_THAT(failed.what(), Not(HasSubstr("secret")));
        EXPECT_THAT(failed.error().detail, HasSubstr("because"));
    }
    answers_ = {answer(401)};
    EXPECT_EQ(failure(get()).error().hint, "store another one");
}

TEST_F(Service, RefusesWhatIsNoJson) {
    for (const auto* body : {"{\"a\":", "<html>", "{\"a\":1} x", "\xff"}) {
        answers_ = {answer(200, body)};
        const auto failed = failure(get());
        EXPECT_EQ(failed.outcome(), Outcome::error) << body;
        EXPECT_THAT(failed.error().detail, HasSubstr("no JSON"));
    }
    answers_ = {answer(502, "<html>Bad Gateway</html>")};
    EXPECT_EQ(failure(get()).outcome(), Outcome::unreachable);
}

TEST_F(Service, LetsTheJudgeSeeBehindTheStatus) {
    auto wanted = options();
    wanted.judge = [](const Answer& got) -> std::optional<Verdict> {
        if (!got.body.is_object() || !got.body.get_object().contains("errors")) return std::nullopt;
        return Verdict{.outcome = Outcome::conflict, .message = "as the body says"};
    };
    answers_ = {answer(200, R"({"errors":[]})")};
    EXPECT_THROW(run_task(WebService(wanted).call(get())), CallFailed);
    answers_ = {answer(200)};
    EXPECT_NO_THROW(run_task(WebService(wanted).call(get())));
}

TEST_F(Service, SaysThatNobodyIsThere) {
    auto wanted = options();
    wanted.base_url = "http://127.0.0.1:1";
    try {
        run_task(WebService(wanted).call(post()));
        FAIL();
    } catch (const CallFailed& failed) {
        EXPECT_EQ(failed.outcome(), Outcome::unreachable);
        EXPECT_EQ(failed.status(), 0);
    }
    EXPECT_THAT(attempts_, SizeIs(4)) << "nothing was sent, so it can be sent again";
}

TEST_F(Service, KeepsAwayFromThePrivateNetworkUnlessAllowed) {
    auto wanted = options();
    wanted.http.guard = {};
    try {
        run_task(WebService(wanted).call(get()));
        FAIL();
    } catch (const CallFailed& failed) {
        EXPECT_EQ(failed.outcome(), Outcome::error);
        EXPECT_THAT(failed.error().detail, HasSubstr("loopback"));
    }
    EXPECT_THAT(asked_, IsEmpty());
}

struct Collector final : BodyReader {
    void read(const http::IncomingResponse& head, std::string_view piece) override {
        EXPECT_EQ(head.status, 200);
        text += piece;
    }
    std::optional<Verdict> end() override {
        if (text == "whole") return std::nullopt;
        return Verdict{.outcome = Outcome::error, .message = "it is " + text, .may_pass = may_pass};
    }
    bool may_repeat() const override { return may_repeat_; }

    std::string text;
    std::optional<bool> may_pass;
    bool may_repeat_ = true;
};

TEST_F(Service, LetsAReaderTakeTheBodyAndJudgeIt) {
    std::vector<std::shared_ptr<Collector>> readers;
    Collector pattern;
    pattern.may_pass = true;
    auto wanted = post();
    wanted.is_repeatable = true;
    wanted.body_reader = [&] { return readers.emplace_back(std::make_shared<Collector>(pattern)); };
    const auto text = [](std::string body) { return http::Response::text(std::move(body), http::Status::ok); };

    answers_ = {text("half"), answer(503), text("whole")};
    EXPECT_TRUE(call(wanted).body.is_null());
    ASSERT_THAT(readers, SizeIs(3)) << "one an attempt";
    EXPECT_EQ(readers[0]->text, "half");
    EXPECT_EQ(readers[1]->text, "") << "a refusal is no body to read";
    EXPECT_EQ(readers[2]->text, "whole");
    EXPECT_EQ(attempts_.at(0).message, "it is half");

    answers_ = {text("half"), text("whole")};
    pattern.may_repeat_ = false;
    EXPECT_THAT(failure(wanted).error().detail, HasSubstr("it is half"));
    pattern = {};
    answers_ = {text("half"), text("whole")};
    EXPECT_EQ(failure(wanted).outcome(), Outcome::error) << "with status 200 it does not pass by itself";

    answers_ = {answer(400, R"({"message":"why"})")};
    EXPECT_THAT(failure(wanted).error().detail, HasSubstr("why"));
}

TEST_F(Service, StopsInTheMiddleOfAPause) {
    auto wanted = options();
    wanted.rules.first_pause = 60s;
    answers_ = {answer(503)};
    const WebService service(wanted);
    std::stop_source stop;
    std::jthread stopping([&] {
        while (true) {
            const std::lock_guard lock(mutex_);
            if (!asked_.empty()) break;
        }
        stop.request_stop();
    });
    EXPECT_FALSE(until_stopped(service.call(get()), stop.get_token()));
    EXPECT_THAT(asked_, SizeIs(1));
    answers_ = {answer(200)};
    EXPECT_EQ(until_stopped(service.call(get()), std::stop_token{}).value().status, 200);
}

TEST(TestServices, ServeUntilTheyAreGone) {
    const std::string program =
        "const s = require('http').createServer((q, r) => r.end('{\"from\":\"node\"}'));"
        "s.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${s.address().port}`));";
    std::string url;
    const Options wanted{.name = "node",
                         .rules = {.attempts_max = 1},
                         .http = {.guard = http::AddressGuard({http::Network::parse("127.0.0.0/8").value()})}};
    const auto ask = [&] {
        auto options = wanted;
        options.base_url = url;
        return run_task(WebService(options).call({.path = "/", .type = "x"}));
    };
    {
        const TestService service({"node", "-e", program});
        url = service.url();
        EXPECT_EQ(ask().body, json::value({{"from", "node"}}));
    }
    EXPECT_THROW(ask(), CallFailed);
    EXPECT_THROW(TestService({"node", "-e", "console.error('no port')"}), std::runtime_error);
}

}  // namespace
}  // namespace gsdb::web_service
