// Models as clients see them: answers that come in pieces, that break, that are refused; read as the official clients
// read them.
#include "integrations/llm/model.hpp"

#include <gmock/gmock.h>

#include "base/run_task.hpp"
#include "integrations/llm/answer_reader.hpp"
#include "integrations/web_service/test_service.hpp"
#include "integrations/web_service/until_stopped.hpp"

namespace gsdb::llm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using web_service::CallFailed;
using web_service::Outcome;
namespace json = boost::json;

http::AddressGuard loopback() {
    return http::AddressGuard({http::Network::parse("127.0.0.0/8").value()});
}

/// One for all tests; each begins with an empty script.
const std::string& service_url() {
    static const web_service::TestService service({"node", "tests/services/models.mjs"});
    return service.url();
}

json::value control(std::string word, json::value value) {
    // One for all: what a client takes longest for is reading the certificate authorities.
    static const web_service::WebService service(
        {.name = "control", .base_url = service_url(), .http = {.guard = loopback()}});
    return run_task(service.call({.method = http::Method::post,
                                  .path = "/_test/" + std::move(word),
                                  .body = std::move(value),
                                  .type = "control"}))
        .body;
}

class Models : public testing::TestWithParam<Api> {
  protected:
    void SetUp() override { control("reset", json::object()); }

    Settings settings() {
        return {.api = GetParam(),
                .base_url = service_url() + (GetParam() == Api::openai ? "/v1" : ""),
                .key = crypto::Secret("test-key"),
                .guard = loopback(),
                .rules = {.attempts_max = 3, .first_pause = 1ms},
                .read_deadline = 5000ms,
                .on_attempt = [this](const web_service::Attempt& attempt) { attempts_.push_back(attempt); }};
    }
    static Request request(std::string prompt = "What is it?") {
        return {.model = "example-1",
                .system = "Be brief.",
                .messages = {{Role::user, "Hello"}, {Role::assistant, "Yes?"}, {Role::user, std::move(prompt)}},
                .max_tokens = 100,
                .temperature = 0.5};
    }
    const Model& model() {
        if (!model_) model_ = make_model(settings());
        return *model_;
    }
    Reply ask(Request wanted = request(), Watcher watcher = {}) {
        return run_task(model().ask(std::move(wanted), std::move(watcher)));
    }
    static CallFailed failure_of(const Model& model, Watcher watcher = {}) {
        try {
            run_task(model.ask(request(), std::move(watcher)));
        } catch (const CallFailed& failed) {
            return failed;
        }
        throw std::logic_error("it did not fail");
    }
    CallFailed failure(Watcher watcher = {}) { return failure_of(model(), std::move(watcher)); }
    static void script(json::array answers) { control("script", json::object{{"answers", std::move(answers)}}); }
    static void fault(json::object fault) { control("faults", std::move(fault)); }
    static json::array requests() { return control("state", json::object()).as_object().at("requests").as_array(); }

    std::vector<web_service::Attempt> attempts_;
    std::unique_ptr<Model> model_;
};

INSTANTIATE_TEST_SUITE_P(Apis, Models, testing::Values(Api::openai, Api::anthropic),
                         [](const auto& parameter) { return parameter.param == Api::openai ? "Openai" : "Anthropic"; });

TEST_P(Models, AnswerInPieces) {
    script({{{"text", "It is a héron. 🪶\n"}, {"input_tokens", 12}, {"output_tokens", 34}, {"piece_characters", 3}}});
    std::vector<std::string> pieces;
    const auto reply = ask(request(), {.on_text = [&](std::string_view piece) { pieces.emplace_back(piece); }});
    EXPECT_EQ(reply.text, "It is a héron. 🪶\n");
    EXPECT_EQ(reply.stop_reason, StopReason::finished);
    EXPECT_EQ(reply.input_tokens, 12);
    EXPECT_EQ(reply.output_tokens, 34);
    EXPECT_FALSE(reply.are_tokens_estimated);
    EXPECT_EQ(reply.model, "example-1");
    EXPECT_EQ(reply.request_id, "req_1");
    EXPECT_THAT(pieces, ElementsAre("It ", "is ", "a h", "éro", "n. ", "🪶\n"));
    ASSERT_THAT(attempts_, SizeIs(1));
    EXPECT_EQ(attempts_[0].outcome, Outcome::done);
}

TEST_P(Models, AreAskedAsTheirApiWantsIt) {
    ask();
    const auto asked = requests().at(0).as_object();
    const auto& body = asked.at("body").as_object();
    EXPECT_EQ(body.at("model"), "example-1");
    EXPECT_EQ(body.at("stream"), true);
    EXPECT_EQ(body.at("max_tokens"), 100);
    EXPECT_EQ(body.at("temperature"), 0.5);
    const auto& headers = asked.at("headers").as_object();
    const bool is_openai = GetParam() == Api::openai;
    EXPECT_EQ(body.at("messages").as_array().size(), is_openai ? 4U : 3U);
    if (is_openai) {
        EXPECT_EQ(headers.at("authorization"), "Bearer test-key");
        EXPECT_EQ(body.at("stream_options"), json::value({{"include_usage", true}}));
        EXPECT_EQ(body.at("messages").at(0), json::value({{"role", "system"}, {"content", "Be brief."}}));
    } else {
        EXPECT_EQ(headers.at("x-api-key"), "test-key");
        EXPECT_EQ(headers.at("anthropic-version"), "2023-06-01");
        EXPECT_EQ(body.at("system"), "Be brief.");
    }
    auto plain = request();
    plain.system.clear();
    plain.temperature.reset();
    ask(plain);
    const auto second = requests().at(1).at("body").as_object();
    EXPECT_FALSE(second.contains("temperature"));
    EXPECT_FALSE(second.contains("system"));
    EXPECT_EQ(second.at("messages").as_array().size(), 3U);
}

TEST_P(Models, SayWhyTheyStopped) {
    for (const auto& [reason, expected] : {std::pair{"finished", StopReason::finished},
                                           {"token_limit", StopReason::token_limit},
                                           {"refused", StopReason::refused}}) {
        script({{{"text", "x"}, {"stop_reason", reason}}});
        EXPECT_EQ(ask().stop_reason, expected) << reason;
    }
}

TEST_P(Models, AreReadWhenTheyDoNotStream) {
    script({{{"text", "whole"}, {"input_tokens", 3}, {"output_tokens", 4}, {"leave_out", {"stream"}}}});
    std::string watched;
    const auto reply = ask(request(), {.on_text = [&](std::string_view piece) { watched += piece; }});
    EXPECT_EQ(reply.text, "whole");
    EXPECT_EQ(watched, "whole");
    EXPECT_EQ(reply.output_tokens, 4);
    EXPECT_EQ(reply.stop_reason, StopReason::finished);
}

TEST_P(Models, AreAskedAgainWhenTheyAreBusy) {
    fault({{"status", 429}, {"retry_after", 0}});
    fault({{"status", 529}});
    EXPECT_THAT(ask().text, HasSubstr("Answer"));
    EXPECT_THAT(attempts_, SizeIs(3));
    EXPECT_EQ(attempts_[0].outcome, Outcome::rate_limited);
    EXPECT_EQ(attempts_[1].outcome, Outcome::rate_limited);
    fault({{"status", 500}});
    fault({{"status", 503}});
    ask();
    EXPECT_EQ(attempts_[3].outcome, Outcome::error);
    EXPECT_EQ(attempts_[4].outcome, Outcome::unreachable);
    fault({{"status", 429}, {"retry_after", 3600}});
    const auto limited = failure();
    EXPECT_EQ(limited.outcome(), Outcome::rate_limited);
    ASSERT_TRUE(limited.retry_at());
    EXPECT_GT(*limited.retry_at(), SystemClock().now() + 3500s);
}

TEST_P(Models, TellApartHowAnAnswerBreaks) {
    const json::object overloaded{{"type", "overloaded_error"}, {"message", "Overloaded"}};
    struct Break {
        json::object fault;
        Outcome outcome;
        std::string message;
    };
    const std::vector<Break> breaks{
        {{{"count", 3}, {"cut_at", 3}}, Outcome::unreachable, "broke off"},
        {{{"count", 3}, {"malformed_at", 3}}, Outcome::error, "malformed"},
        {{{"count", 3}, {"error_at", 3}, {"error", overloaded}}, Outcome::rate_limited, "Overloaded"},
        {{{"count", 3}, {"no_answer", true}}, Outcome::unreachable, ""},
    };
    for (const auto& [faulty, outcome, message] : breaks) {
        attempts_.clear();
        fault(faulty);
        const auto failed = failure();
        EXPECT_EQ(failed.outcome(), outcome) << json::serialize(faulty);
        EXPECT_THAT(failed.error().detail, HasSubstr(message));
        EXPECT_THAT(attempts_, SizeIs(3)) << "it was asked again";
        auto once = faulty;
        once["count"] = 1;
        fault(once);
        EXPECT_THAT(ask().text, HasSubstr("Answer")) << "the second attempt was whole";
    }
}

TEST_P(Models, AreNotWaitedForWhenTheyStall) {
    fault({{"count", 2}, {"stall_at", 3}});
    auto impatient = settings();
    impatient.read_deadline = 100ms;
    impatient.rules.attempts_max = 2;
    EXPECT_EQ(failure_of(*make_model(std::move(impatient))).outcome(), Outcome::timed_out);
    EXPECT_THAT(attempts_, SizeIs(2));
}

TEST_P(Models, AreNotAskedAgainForATextThatWasGivenOn) {
    fault({{"cut_at", 5}});
    std::string watched;
    const auto watch = [&](std::string_view piece) { watched += piece; };
    EXPECT_EQ(failure({.on_text = watch}).outcome(), Outcome::unreachable);
    EXPECT_THAT(attempts_, SizeIs(1));
    EXPECT_THAT(watched, Not(IsEmpty()));

    fault({{"cut_at", 5}});
    fault({{"status", 503}});
    int restarts = 0;
    watched.clear();
    const auto reply = ask(request(), {.on_text = watch, .on_restart = [&] {
                                           ++restarts;
                                           watched.clear();
                                       }});
    EXPECT_EQ(restarts, 1) << "nothing came of the second attempt";
    EXPECT_EQ(watched, reply.text);
    fault({{"cut_at", 1}});
    watched.clear();
    EXPECT_EQ(ask(request(), {.on_text = watch}).text, watched) << "it broke before its first text";
}

TEST_P(Models, RefuseAWrongKeyAndDoNotRepeatIt) {
    control("key", json::object{{"key", "other"}});
    const auto failed = failure();
    EXPECT_EQ(failed.outcome(), Outcome::unauthorized);
    EXPECT_EQ(failed.error().code, "llm.unauthorized");
    EXPECT_THAT(failed.what(), Not(HasSubstr("test-key"))) << "the service says it in its answer";
    EXPECT_THAT(attempts_.at(0).message, Not(HasSubstr("test-key")));
    EXPECT_THAT(attempts_, SizeIs(1));
}

TEST_P(Models, KeepToTheBudget) {
    const auto spending = std::make_shared<Spending>(Budget{.tokens_max = 150}, Prices{});
    auto limited = settings();
    limited.spending = spending;
    const auto model = make_model(std::move(limited));
    script({{{"text", "a"}, {"input_tokens", 50}, {"output_tokens", 40}},
            {{"text", "b"}, {"input_tokens", 50}, {"output_tokens", 20}}});
    run_task(model->ask(request()));
    EXPECT_EQ(spending->spent().tokens, (Tokens{50, 40}));
    run_task(model->ask(request()));
    EXPECT_EQ(requests().at(1).at("body").at("max_tokens"), 60) << "what the budget leaves";
    try {
        run_task(model->ask(request()));
        FAIL();
    } catch (const Failure& failed) {
        EXPECT_EQ(failed.error().code, "llm.budget_used_up");
    }
    EXPECT_THAT(requests(), SizeIs(2));
}

TEST_P(Models, CountWhatABrokenAnswerUsed) {
    const auto spending = std::make_shared<Spending>(Budget{}, Prices{{"example-1", {1'000'000, 1'000'000}}});
    auto counted = settings();
    counted.spending = spending;
    script({{{"text", std::string(100, 'x')}, {"input_tokens", 9}, {"output_tokens", 25}, {"piece_characters", 20}},
            {{"text", "ok"}, {"input_tokens", 9}, {"output_tokens", 1}, {"match", "What"}}});
    fault({{"cut_at", 5}});
    fault({{"status", 503}});
    run_task(make_model(std::move(counted))->ask(request()));
    const auto spent = spending->spent();
    EXPECT_TRUE(spent.is_estimated);
    EXPECT_GE(spent.tokens.output, 11) << "two pieces or more, and the whole answer";
    EXPECT_LE(spent.tokens.output, 22);
    EXPECT_NEAR(spent.usd, static_cast<double>(spent.tokens.total()), 1e-6);
}

TEST_P(Models, StopWhenTheyAreToldTo) {
    script({{{"text", std::string(10'000, 'x')}, {"piece_characters", 1}, {"piece_delay_ms", 1}}});
    std::stop_source stop;
    const auto reply = web_service::until_stopped(
        model().ask(request(), {.on_text = [&](std::string_view) { stop.request_stop(); }}), stop.get_token());
    EXPECT_FALSE(reply);
}

class OpenaiServers : public Models {};
INSTANTIATE_TEST_SUITE_P(Local, OpenaiServers, testing::Values(Api::openai));

TEST_P(OpenaiServers, MayLeaveThingsOut) {
    script({{{"text", "some text"}, {"leave_out", {"usage", "done", "model"}}}});
    const auto reply = ask();
    EXPECT_EQ(reply.text, "some text");
    EXPECT_EQ(reply.model, "example-1");
    EXPECT_TRUE(reply.are_tokens_estimated);
    EXPECT_EQ(reply.input_tokens, 8) << "29 bytes";
    EXPECT_EQ(reply.output_tokens, 3) << "9 bytes";
    EXPECT_EQ(reply.stop_reason, StopReason::finished);
    script({{{"text", "some text"}, {"leave_out", {"stop_reason"}}}});
    EXPECT_EQ(ask().stop_reason, StopReason::other) << "it ended, and did not say why";
    script({{{"text", "some text"}, {"match", ""}, {"leave_out", {"stop_reason", "done"}}}});
    EXPECT_EQ(failure().outcome(), Outcome::unreachable) << "nothing says that it is whole";
}

TEST_P(OpenaiServers, NeedNoKey) {
    auto open = settings();
    open.key = {};
    open.rules.attempts_max = 1;
    EXPECT_EQ(failure_of(*make_model(std::move(open))).outcome(), Outcome::unauthorized) << "this one does";
    EXPECT_FALSE(requests().at(0).at("headers").as_object().contains("authorization"));
}

TEST_P(OpenaiServers, NameTheLimitInTheirWay) {
    auto other = settings();
    other.max_tokens_field = "max_completion_tokens";
    run_task(make_model(std::move(other))->ask(request()));
    EXPECT_EQ(requests().at(0).at("body").at("max_completion_tokens"), 100);
}

TEST_P(OpenaiServers, AreNotAskedAgainWhenTheQuotaIsUsedUp) {
    fault({{"status", 429}, {"body", {{"error", {{"code", "insufficient_quota"}, {"message", "pay first"}}}}}});
    const auto failed = failure();
    EXPECT_EQ(failed.outcome(), Outcome::error);
    EXPECT_THAT(failed.error().detail, HasSubstr("pay first"));
    EXPECT_THAT(attempts_, SizeIs(1));
}

TEST(OfficialClients, ReadTheSame) {
    control("reset", json::object());
    const json::array answers{
        {{"match", "one"}, {"text", "plain"}, {"input_tokens", 1}, {"output_tokens", 2}},
        {{"match", "two"}, {"text", "Zeile\r\n\n\"q\" \\ é 🙂 data: [DONE]\n\n"}, {"piece_characters", 1}},
        {{"match", "three"}, {"text", "cut"}, {"stop_reason", "token_limit"}},
        {{"match", "four"}, {"text", ""}, {"stop_reason", "refused"}}};
    control("script", json::object{{"answers", answers}});
    std::vector<json::object> official;
    const std::vector<std::string> prompts{"one", "two", "three", "four"};
    std::vector<std::string> command{"node", "tests/services/official_clients.mjs", service_url()};
    command.insert(command.end(), prompts.begin(), prompts.end());
    const auto outcome = run_task(process::run({.arguments = command, .environment = process::allowed_environment()},
                                               [&](process::Stream stream, std::string_view line) {
                                                   if (stream == process::Stream::out)
                                                       official.push_back(json::parse(line).as_object());
                                               }));
    ASSERT_EQ(outcome.exit_code, 0);
    ASSERT_EQ(official.size(), 2 * prompts.size());
    const auto reason = [](std::string_view word) {
        if (word == "stop" || word == "end_turn") return StopReason::finished;
        if (word == "length" || word == "max_tokens") return StopReason::token_limit;
        return word == "content_filter" || word == "refusal" ? StopReason::refused : StopReason::other;
    };
    std::map<Api, std::unique_ptr<Model>> models;
    for (const auto api : {Api::openai, Api::anthropic})
        models[api] = make_model({.api = api,
                                  .base_url = service_url() + (api == Api::openai ? "/v1" : ""),
                                  .key = crypto::Secret("test-key"),
                                  .guard = loopback()});
    for (std::size_t i = 0; i < official.size(); ++i) {
        const auto api = official[i].at("client") == "openai" ? Api::openai : Api::anthropic;
        const auto ours =
            run_task(models.at(api)->ask({.model = "example-1", .messages = {{Role::user, prompts[i / 2]}}}));
        const auto context = json::serialize(official[i]);
        ASSERT_TRUE(official[i].contains("text")) << context;
        EXPECT_EQ(official[i].at("text"), json::value(ours.text)) << context;
        EXPECT_EQ(reason(official[i].at("stop_reason").as_string()), ours.stop_reason) << context;
        EXPECT_EQ(official[i].at("input_tokens"), ours.input_tokens) << context;
        EXPECT_EQ(official[i].at("output_tokens"), ours.output_tokens) << context;
        EXPECT_EQ(official[i].at("model"), json::value(ours.model)) << context;
    }
}

TEST(ErrorEvents, HaveTheirWords) {
    const auto of = [](std::string_view text) { return verdict_of(json::parse(text)); };
    EXPECT_EQ(of(R"({"type":"overloaded_error","message":"m"})").outcome, Outcome::rate_limited);
    EXPECT_EQ(of(R"({"type":"server_error","message":"m"})").may_pass, true);
    EXPECT_EQ(of(R"({"type":"invalid_request_error","message":"m"})").outcome, Outcome::invalid);
    EXPECT_EQ(of(R"({"type":"requests","code":"rate_limit_exceeded"})").outcome, Outcome::rate_limited);
    EXPECT_EQ(of(R"({"type":"tokens","code":"insufficient_quota"})").may_pass, false);
    EXPECT_EQ(of(R"({"code":502,"message":"upstream"})").message, "upstream");
    EXPECT_EQ(of(R"("plain")").message, "plain");
    EXPECT_EQ(of("[]").outcome, Outcome::error);
}

TEST(Spendings, CountInTokensAndDollars) {
    const Prices prices{{"cheap", {1, 2}}, {"free", {0, 0}}};
    EXPECT_DOUBLE_EQ(*cost_of(prices, "cheap", {500'000, 250'000}), 1.0);
    EXPECT_EQ(cost_of(prices, "unknown", {1, 1}), std::nullopt);

    Spending dollars({.usd_max = 1.0}, prices);
    EXPECT_EQ(dollars.refusal("unknown")->code, "llm.price_unknown");
    EXPECT_EQ(dollars.refusal("cheap"), std::nullopt);
    EXPECT_EQ(dollars.output_tokens_left("cheap"), 500'000);
    EXPECT_EQ(dollars.output_tokens_left("free"), std::nullopt);
    dollars.add("cheap", {1'000'000, 0}, false);
    EXPECT_EQ(dollars.refusal("cheap")->code, "llm.budget_used_up");
    EXPECT_EQ(dollars.refusal("free")->code, "llm.budget_used_up") << "it is the budget of the task";

    Spending tokens({.tokens_max = 10}, {});
    tokens.add("unknown", {3, 4}, true);
    EXPECT_EQ(tokens.output_tokens_left("unknown"), 3);
    EXPECT_FALSE(tokens.spent().is_usd_known);
    EXPECT_TRUE(tokens.spent().is_estimated);
    tokens.add("unknown", {9, 9}, true);
    EXPECT_EQ(tokens.output_tokens_left("unknown"), 0);
    EXPECT_EQ(Spending({}, {}).refusal("any"), std::nullopt);
}

TEST(Apis, HaveNames) {
    EXPECT_EQ(api_named("openai"), Api::openai);
    EXPECT_EQ(api_named("anthropic"), Api::anthropic);
    EXPECT_EQ(api_named("other"), std::nullopt);
    EXPECT_THROW(make_model({.base_url = "not a url"}), Failure);
}

}  // namespace
}  // namespace gsdb::llm
