#include "modules/events/delivery.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gsdb::events {
namespace {

Delivery read(SourceKind kind, std::string_view body, std::vector<http::Header> headers = {},
              DeliveryHeaders names = {}) {
    return read_delivery(kind, names, http::Request{.headers = headers, .body = body});
}

std::string time_of(const Delivery& d) {
    return d.occurred_at ? to_rfc3339(*d.occurred_at) : "none";
}

TEST(EventTypeName, HasWordsInLowerCase) {
    EXPECT_EQ(event_type_name("pull_request"), "pull_request");
    EXPECT_EQ(event_type_name("IssueLabel"), "issue_label");
    EXPECT_EQ(event_type_name("page.content_updated"), "page.content_updated");
    EXPECT_EQ(event_type_name("Déploy fini!"), "d__ploy_fini_");
    EXPECT_EQ(event_type_name("..a..b.."), "a.b");
    EXPECT_EQ(event_type_name(""), "");
    EXPECT_EQ(event_type_name(std::string(1000, 'x')).size(), 200);
}

TEST(ReadDelivery, OfGitHub) {
    const auto d = read(SourceKind::github,
                        R"({"action":"opened","pull_request":{"number":7,"updated_at":"2026-01-02T03:04:05Z",
                            "head":{"sha":"abc"}},"repository":{"full_name":"octo/hello"},"sender":{"login":"mona"}})",
                        {{"X-GitHub-Event", "pull_request"}, {"X-GitHub-Delivery", "d-1"}});
    EXPECT_EQ(d.type, "pull_request.opened");
    EXPECT_EQ(d.key, "d-1");
    EXPECT_EQ(d.actor, "mona");
    EXPECT_EQ(d.target, "pull_request:7");
    EXPECT_EQ(d.repository, "octo/hello");
    EXPECT_EQ(d.thread, "octo/hello#7");
    EXPECT_EQ(d.reference, "abc");
    EXPECT_EQ(time_of(d), "2026-01-02T03:04:05.000000Z");
    EXPECT_TRUE(d.is_readable);
}

TEST(ReadDelivery, OfGitHubAsAForm) {
    const auto d = read(SourceKind::github, "payload=%7B%22action%22%3A%22a+b%22%7D&x=y",
                        {{"X-GitHub-Event", "ping"}, {"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_TRUE(d.is_form);
    EXPECT_EQ(d.json, R"({"action":"a b"})");
    EXPECT_EQ(d.type, "ping.a_b");
}

TEST(ReadDelivery, OfLinear) {
    const auto d =
        read(SourceKind::linear,
             R"({"type":"Comment","action":"create","webhookTimestamp":1700000000123,"url":"https://linear.app/x",
                            "actor":{"id":"u1"},"data":{"id":"c1","issue":{"identifier":"ENG-5"},"updatedAt":"2026-01-02T03:04:05.678Z"}})",
             {{"Linear-Delivery", "l-1"}});
    EXPECT_EQ(d.type, "comment.create");
    EXPECT_EQ(d.key, "l-1");
    EXPECT_EQ(d.actor, "u1");
    EXPECT_EQ(d.target, "comment:c1");
    EXPECT_EQ(d.thread, "ENG-5");
    EXPECT_EQ(d.reference, "https://linear.app/x");
    EXPECT_EQ(time_of(d), "2026-01-02T03:04:05.678000Z");
    ASSERT_TRUE(d.sent_at);
    EXPECT_EQ(to_rfc3339(*d.sent_at), "2023-11-14T22:13:20.123000Z");
}

TEST(ReadDelivery, OfSlack) {
    const auto d = read(SourceKind::slack,
                        R"({"type":"event_callback","event_id":"Ev1","event_time":1700000000,
                            "event":{"type":"message","subtype":"bot_message","user":"U1","channel":"C1","ts":"1700000000.000200","thread_ts":"1699999999.000100"}})");
    EXPECT_EQ(d.type, "message.bot_message");
    EXPECT_EQ(d.key, "Ev1");
    EXPECT_EQ(d.actor, "U1");
    EXPECT_EQ(d.target, "channel:C1");
    EXPECT_EQ(d.thread, "C1/1699999999.000100");
    EXPECT_EQ(time_of(d), "2023-11-14T22:13:20.000000Z");
}

TEST(ReadDelivery, OfNotion) {
    const auto d = read(SourceKind::notion,
                        R"({"id":"n-1","timestamp":"2026-01-02T03:04:05.000Z","type":"page.content_updated",
                            "authors":[{"id":"a1","type":"person"}],"entity":{"id":"p1","type":"page"},"data":{"parent":{"id":"s1","type":"space"}}})");
    EXPECT_EQ(d.type, "page.content_updated");
    EXPECT_EQ(d.key, "n-1");
    EXPECT_EQ(d.actor, "a1");
    EXPECT_EQ(d.target, "page:p1");
    EXPECT_EQ(time_of(d), "2026-01-02T03:04:05.000000Z");
}

TEST(ReadDelivery, OfAnybodyElse) {
    const auto d = read(SourceKind::deployment, R"({"id":"d-9","status":"succeeded","environment":"production"})");
    EXPECT_EQ(d.type, "deployment.succeeded");
    EXPECT_EQ(d.target, "deployment:d-9");
    EXPECT_TRUE(d.key.starts_with("sha256:")) << "told by what it contains";
    EXPECT_EQ(read(SourceKind::generic, "{}", {{"x-id", "7"}, {"x-type", "Done"}}, {"x-id", "x-type"}).key, "7");
    EXPECT_EQ(read(SourceKind::generic, "{}", {{"x-id", "7"}, {"x-type", "Done"}}, {"x-id", "x-type"}).type, "done");
    EXPECT_EQ(read(SourceKind::generic, "{}").type, "unknown");
}

TEST(ReadDelivery, OfWhatIsNoJsonIsTheHeadersAlone) {
    const auto d = read(SourceKind::github, "{\"action\":", {{"X-GitHub-Event", "push"}, {"X-GitHub-Delivery", "g"}});
    EXPECT_FALSE(d.is_readable);
    EXPECT_EQ(d.type, "push");
    EXPECT_EQ(d.key, "g");
    EXPECT_EQ(d.json, "{\"action\":") << "for the database to refuse, so that it is kept";
    const std::string deep(200'000, '[');
    EXPECT_FALSE(read(SourceKind::generic, deep).is_readable);
}

TEST(ReadDelivery, TakesFieldsOfOtherTypesForNone) {
    const auto d =
        read(SourceKind::github,
             R"({"action":{"a":1},"sender":"mona","repository":[1],"pull_request":{"number":"7","updated_at":12}})",
             {{"X-GitHub-Event", "pull_request"}});
    EXPECT_EQ(d.type, "pull_request");
    EXPECT_EQ(d.actor, "");
    EXPECT_EQ(d.repository, "");
    EXPECT_EQ(d.target, "pull_request:7");
    EXPECT_EQ(time_of(d), "none");
}

TEST(ReadDelivery, CutsWhatIsLongBetweenCharacters) {
    std::string login(499, 'x');
    login += "ää";
    const auto d = read(SourceKind::github, R"({"sender":{"login":")" + login + R"("}})");
    EXPECT_EQ(d.actor.size(), 499);
    EXPECT_EQ(read(SourceKind::generic, "{}", {{"x-id", std::string(3000, 'k')}}, {"x-id", ""}).key.size(), 200);
}

TEST(ReadDelivery, SurvivesNoise) {
    std::mt19937 random(7);
    for (int i = 0; i < 3'000; ++i) {
        std::string noise = R"({"type":"a","event":{"ts":"1.2"},"data":{"id":1,"updatedAt":"2026-01-02T03:04:05Z"}})";
        for (int n = 0; n < 4; ++n) noise[random() % noise.size()] = static_cast<char>(random() % 256);
        for (const auto kind :
             {SourceKind::github, SourceKind::linear, SourceKind::slack, SourceKind::notion, SourceKind::generic})
            EXPECT_FALSE(read(kind, noise).type.empty());
    }
}

TEST(ReadHandshake, OfSlackAndNotionAlone) {
    const auto slack = read_handshake(SourceKind::slack, R"({"type":"url_verification","challenge":"c"})");
    ASSERT_TRUE(slack);
    EXPECT_EQ(slack->value, "c");
    const auto notion = read_handshake(SourceKind::notion, R"({"verification_token":"secret_t"})");
    ASSERT_TRUE(notion);
    EXPECT_EQ(notion->value, "secret_t");
    EXPECT_FALSE(read_handshake(SourceKind::github, R"({"verification_token":"secret_t"})"));
    EXPECT_FALSE(read_handshake(SourceKind::slack, R"({"type":"event_callback"})"));
    EXPECT_FALSE(read_handshake(SourceKind::notion, "{"));
}

}  // namespace
}  // namespace gsdb::events
