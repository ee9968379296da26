// Deliveries over HTTP, from the request to the rows.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "modules/events/queries.hpp"
#include "modules/events/questions.hpp"
#include "receiver_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Receiver, StoresADeliveryOnce) {
    const auto source = add(SourceKind::github, "octo");
    EXPECT_EQ(source.secret.size(), 64);
    EXPECT_EQ(status_of(send(push(source, "g-1"))), "stored");
    EXPECT_EQ(status_of(send(push(source, "g-1"))), "duplicate");
    EXPECT_EQ(status_of(send(push(source, "g-2"))), "stored");
    EXPECT_THAT(ask("select concat_ws(' ', event_type, delivery_key, actor, payload) from events.events order by id"),
                ElementsAre(R"(push g-1 mona {"sender": {"login": "mona"}})",
                            R"(push g-2 mona {"sender": {"login": "mona"}})"));
    EXPECT_TRUE(find("OCTO").verified_at) << "rightly signed";
}

TEST_F(Receiver, StoresWhatComesAtTheSameTimeTogether) {
    const auto source = add(SourceKind::github, "octo");
    std::vector<Post> posts;
    for (int i = 0; i < 100; ++i) posts.push_back(push(source, fmt::format("g-{}", i % 60)));
    int stored = 0, repeated = 0;
    for (const auto& answer : send(posts)) {
        EXPECT_EQ(answer.status, http::Status::ok);
        ++(status_of(answer) == "stored" ? stored : repeated);
    }
    EXPECT_EQ(stored, 60);
    EXPECT_EQ(repeated, 40);
    EXPECT_THAT(ask("select count(*)::text from events.events"), ElementsAre("60"));
    EXPECT_THAT(ask("select (count(distinct log_position) < 40)::text from events.events"), ElementsAre("true"))
        << "fewer transactions than events";
}

TEST_F(Receiver, AByteThatNoTextHoldsIsTheFaultOfItsDeliveryAlone) {
    const auto source = add(SourceKind::github, "octo");
    const std::string with_nul("{\"a\":\"\0\"}", 9), no_utf8 = "{\"a\":\"\xff\"}";
    auto strange = push(source, "g-5\xff");
    strange.headers.emplace_back("User-Agent", "\xff\xfe");
    auto strange_and_refused = push(source, "g-\xfe", with_nul);
    strange_and_refused.headers.emplace_back("User-Agent", "\xff\xfe");
    const auto answers = send({push(source, "g-1"), push(source, "g-2", with_nul), push(source, "g-3", no_utf8),
                               push(source, "g-4", R"({"sender":{"login":"a\u0000b"}})"), strange, strange_and_refused,
                               push(source, "g-7")});
    std::vector<std::string> statuses;
    for (const auto& answer : answers) statuses.push_back(status_of(answer));
    EXPECT_THAT(statuses, ElementsAre("stored", "rejected", "rejected", "rejected", "stored", "rejected", "stored"));
    EXPECT_THAT(ask("select count(*)::text from events.event_rejects"), ElementsAre("4"));
}

TEST_F(Receiver, TakesDeliveriesFromItsNetworksOnly) {
    const auto source = add(SourceKind::github, "octo", {.allowed_networks = {"192.0.2.0/24", "2001:db8::/32"}});
    const auto from = [&](std::string_view peer) {
        peer_ = peer;
        return status_of(send(push(source, "g-1")));
    };
    EXPECT_EQ(from("192.0.2.7"), "stored");
    EXPECT_EQ(from("2001:db8::1"), "duplicate");
    EXPECT_EQ(from("198.51.100.1"), "events.address_not_allowed");
    EXPECT_EQ(from(""), "events.address_not_allowed");
    EXPECT_THAT(find("octo").allowed_networks, ElementsAre("192.0.2.0/24", "2001:db8::/32"));
    run_task(sources_.allow(actor_, source.id, {}));
    EXPECT_EQ(from("198.51.100.1"), "duplicate");
    EXPECT_THROW(run_task(sources_.allow(actor_, source.id, {"nowhere"})), Failure);
}

TEST_F(Receiver, KeepsWhatPostgreSqlRefusesAndStoresTheOthers) {
    const auto source = add(SourceKind::github, "octo");
    const auto answers = send({push(source, "g-1"), push(source, "g-2", R"({"a":"\u0000"})"),
                               push(source, "g-3", "{no json"), push(source, "g-4")});
    EXPECT_EQ(status_of(answers[0]), "stored");
    EXPECT_EQ(status_of(answers[1]), "rejected");
    EXPECT_EQ(status_of(answers[2]), "rejected");
    EXPECT_EQ(status_of(answers[3]), "stored");
    EXPECT_EQ(status_of(send(push(source, "g-3", "{no json"))), "duplicate")
        << "acknowledged, so it does not come for ever";
    EXPECT_THAT(ask("select concat_ws(' ', delivery_key, error_sqlstate, convert_from(body, 'UTF8'), headers ->> "
                    "'x-github-event') "
                    "from events.event_rejects order by delivery_key"),
                ElementsAre(R"(g-2 22P05 {"a":"\u0000"} push)", "g-3 22P02 {no json push"));
}

TEST_F(Receiver, RefusesWhoIsNotWhoTheySay) {
    const auto source = add(SourceKind::github, "octo");
    auto post = push(source, "g-1");
    post.body += " ";
    EXPECT_EQ(send(post).status, http::Status::unauthorized);
    EXPECT_EQ(status_of(send(post)), "events.wrong_signature");
    EXPECT_EQ(status_of(send({source.id, "{}", {{"X-GitHub-Event", "push"}}})), "events.not_signed");
    EXPECT_EQ(send({Uuid::v7(clock_), "{}", {}}).status, http::Status::not_found);
    EXPECT_THAT(ask("select id::text from events.events"), IsEmpty());
    EXPECT_FALSE(find("octo").verified_at);
}

TEST_F(Receiver, RefusesLinearsDeliveriesOfAnotherTime) {
    const auto source = add(SourceKind::linear, "issues");
    const auto at = [&](int seconds) {
        const auto sent = std::chrono::duration_cast<std::chrono::milliseconds>(
            (clock_.now() + std::chrono::seconds(seconds)).time_since_epoch());
        return signed_post(SourceKind::linear, source,
                           fmt::format(R"({{"type":"Issue","action":"create","webhookTimestamp":{}}})", sent.count()),
                           {{"Linear-Delivery", fmt::format("l{}", seconds)}});
    };
    EXPECT_EQ(status_of(send(at(0))), "stored");
    EXPECT_EQ(status_of(send(at(-59))), "stored");
    EXPECT_EQ(status_of(send(at(-61))), "events.stale_delivery");
    EXPECT_EQ(status_of(send(at(61))), "events.stale_delivery");
}

TEST_F(Receiver, TakesTheOldSecretForAsLongAsWasSaid) {
    const auto source = add(SourceKind::github, "octo");
    const AddedSource renewed{source.id, run_task(sources_.replace_secret(actor_, find("octo"), crypto::Secret(),
                                                                          clock_.now() + std::chrono::hours(1)))};
    EXPECT_EQ(status_of(send(push(source, "g-1"))), "stored");
    EXPECT_EQ(status_of(send(push(renewed, "g-2"))), "stored");
    clock_.advance(std::chrono::hours(2));
    EXPECT_EQ(status_of(send(push(source, "g-3"))), "events.wrong_signature");
    EXPECT_EQ(status_of(send(push(renewed, "g-4"))), "stored");
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(), "select count(*)::text from identity.credentials")),
        ElementsAre("2"));
    const AddedSource again{source.id,
                            run_task(sources_.replace_secret(actor_, find("octo"), crypto::Secret(), std::nullopt))};
    EXPECT_EQ(status_of(send(push(renewed, "g-5"))), "events.wrong_signature");
    EXPECT_EQ(status_of(send(push(again, "g-6"))), "stored");
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(), "select count(*)::text from identity.credentials")),
        ElementsAre("1"))
        << "what is accepted no longer is kept no longer";
}

TEST_F(Receiver, RefusesWhileASourceIsPausedAndForgetsOneThatIsRemoved) {
    const auto source = add(SourceKind::github, "octo");
    run_task(sources_.pause(actor_, source.id, clock_.now()));
    EXPECT_EQ(send(push(source, "g-1")).status, http::Status::service_unavailable);
    EXPECT_EQ(status_of(send(push(source, "g-1"))), "events.source_paused");
    run_task(sources_.resume(actor_, source.id));
    EXPECT_EQ(status_of(send(push(source, "g-1"))), "stored");
    run_task(sources_.remove(actor_, find("octo"), clock_.now()));
    EXPECT_EQ(send(push(source, "g-2")).status, http::Status::not_found);
    EXPECT_THAT(ask("select delivery_key from events.events"), ElementsAre("g-1")) << "its events stay";
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(), "select id::text from identity.credentials")),
        IsEmpty());
    add(SourceKind::github, "octo");
}

TEST_F(Receiver, AnswersSlacksChallengeWhenItIsSigned) {
    const auto source = add(SourceKind::slack, "chat");
    const auto challenge = signed_post(SourceKind::slack, source, R"({"type":"url_verification","challenge":"abc"})");
    EXPECT_EQ(send(challenge).body, R"({"challenge":"abc"})");
    EXPECT_TRUE(find("chat").verified_at);
    auto forged = challenge;
    forged.headers[0].second.back() ^= 1;
    EXPECT_EQ(send(forged).status, http::Status::unauthorized);
    EXPECT_THAT(ask("select id::text from events.events"), IsEmpty());
}

TEST_F(Receiver, TakesNotionsTokenUntilADeliveryProvesIt) {
    const auto added = add(SourceKind::notion, "pages");
    EXPECT_TRUE(added.secret.empty());
    EXPECT_FALSE(find("pages").has_secret);
    const auto token = [&](std::string text) {
        return Post{added.id, R"({"verification_token":")" + text + R"("})", {}};
    };
    EXPECT_EQ(status_of(send(token("first"))), "token_taken");
    EXPECT_EQ(status_of(send(token("secret_2"))), "token_taken") << "nothing has proved the first one";
    EXPECT_EQ(run_task(sources_.read_secret(actor_, find("pages"))).reveal(), "secret_2");
    const AddedSource source{added.id, crypto::Secret(std::string_view("secret_2"))};
    const auto page = [&](std::string id) {
        return signed_post(SourceKind::notion, source,
                           R"({"id":")" + id + R"(","type":"page.created","entity":{"id":"p","type":"page"}})");
    };
    EXPECT_EQ(status_of(send(page("n-1"))), "stored");
    EXPECT_EQ(send(token("third")).status, http::Status::unauthorized) << "a confirmed token stays";
    EXPECT_EQ(status_of(send(page("n-2"))), "stored");
}

TEST_F(Receiver, KeepsTheBytesOfAForm) {
    const auto source = add(SourceKind::github, "octo");
    send(signed_post(SourceKind::github, source, "payload=%7B%22zen%22%3A%22x%22%7D",
                     {{"X-GitHub-Event", "ping"},
                      {"X-GitHub-Delivery", "g"},
                      {"Content-Type", "application/x-www-form-urlencoded"}}));
    EXPECT_THAT(ask("select payload::text || ' ' || convert_from(raw_body, 'UTF8') from events.events"),
                ElementsAre(R"({"zen": "x"} payload=%7B%22zen%22%3A%22x%22%7D)"));
}

TEST_F(Receiver, RefusesWhatIsTooLargeForItsSender) {
    const auto source = add(SourceKind::slack, "chat");
    EXPECT_EQ(send(signed_post(SourceKind::slack, source, std::string((1 << 20) + 1, ' '))).status,
              http::Status::content_too_large);
}

TEST_F(Receiver, WhatItStoredIsProcessedAndFound) {
    const auto source = add(SourceKind::github, "octo");
    send({push(source, "g-1"), push(source, "g-2")});
    const auto processed = run_task(database_.query<sql::ProcessPending>({}, {.batch_size = 100}));
    EXPECT_EQ(processed.processed, 2);
    const auto statistics = run_task(event_statistics(database_, default_organization(), "octo", 10));
    ASSERT_EQ(statistics.size(), 1);
    EXPECT_EQ(statistics[0].events, 2);
    const auto all =
        run_task(list_events(database_, default_organization(), {.source = "octo", .type = "pu*"}, {}, 10));
    ASSERT_EQ(all.size(), 2);
    EXPECT_EQ(run_task(list_events(database_, default_organization(), {.source = "", .type = "pu_h"}, {}, 10)).size(),
              0);
    EXPECT_EQ(run_task(find_event(database_, default_organization(), all[0].id)).delivery_key, "g-2");
    auto place = LogPlace{};
    EXPECT_EQ(run_task(events_behind(database_, default_organization(), {}, &place)).size(), 2);
    EXPECT_EQ(run_task(events_behind(database_, default_organization(), {}, &place)).size(), 0);
    EXPECT_EQ(find("octo").events_24_hours, 2);
    place = run_task(end_of_log(database_, default_organization()));
    send(push(source, "g-3"));
    EXPECT_EQ(
        run_task(events_behind(database_, default_organization(), {.source = "octo", .type = "push"}, &place)).size(),
        1);
}

TEST_F(Receiver, NamesAreTakenOnce) {
    add(SourceKind::github, "octo");
    try {
        add(SourceKind::linear, "Octo");
        FAIL() << "the name is taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "events.name_taken");
    }
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(), "select count(*)::text from identity.credentials")),
        ElementsAre("1"))
        << "the secret of the second one is gone";
}

}  // namespace
}  // namespace gsdb::events
