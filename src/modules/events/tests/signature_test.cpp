#include "modules/events/signature.hpp"

#include <gtest/gtest.h>

namespace gsdb::events {
namespace {

using std::chrono::seconds;

class Signature : public testing::Test {
  protected:
    Verdict check(SourceKind kind, std::string_view body, std::vector<http::Header> headers,
                  std::vector<std::string_view> secrets, Timestamp now = Timestamp(seconds(1'531'420'618))) {
        std::vector<crypto::Secret> known;
        for (const auto secret : secrets) known.emplace_back(secret);
        const http::Request request{.headers = headers, .body = body};
        return verify(kind, usual_signature_header(kind), request, known, now);
    }
};

// The examples of the providers' documentation.
constexpr std::string_view github_secret = "It's a Secret to Everybody";
constexpr std::string_view github_signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
constexpr std::string_view slack_secret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr std::string_view slack_body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack."
    "com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    "803a0bc887a14d10d2c447fce8b6703c";
constexpr std::string_view slack_signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

TEST_F(Signature, OfGitHubsExampleIsGenuine) {
    EXPECT_EQ(check(SourceKind::github, "Hello, World!", {{"X-Hub-Signature-256", github_signature}}, {github_secret}),
              Verdict::genuine);
}

TEST_F(Signature, OfSlacksExampleIsGenuineForAWhile) {
    const std::vector<http::Header> headers{{"X-Slack-Signature", slack_signature},
                                            {"X-Slack-Request-Timestamp", "1531420618"}};
    const auto at = [&](int seconds_later) {
        return check(SourceKind::slack, slack_body, headers, {slack_secret},
                     Timestamp(seconds(1'531'420'618 + seconds_later)));
    };
    EXPECT_EQ(at(0), Verdict::genuine);
    EXPECT_EQ(at(300), Verdict::genuine);
    EXPECT_EQ(at(301), Verdict::stale);
    EXPECT_EQ(at(-301), Verdict::stale) << "from the future";
}

TEST_F(Signature, OfAnotherTimestampIsForged) {
    EXPECT_EQ(
        check(SourceKind::slack, slack_body,
              {{"X-Slack-Signature", slack_signature}, {"X-Slack-Request-Timestamp", "1531420619"}}, {slack_secret}),
        Verdict::forged);
    EXPECT_EQ(check(SourceKind::slack, slack_body, {{"X-Slack-Signature", slack_signature}}, {slack_secret}),
              Verdict::forged);
}

TEST_F(Signature, MayBeOfAnyOfTheSecrets) {
    EXPECT_EQ(check(SourceKind::github, "Hello, World!", {{"x-hub-signature-256", github_signature}},
                    {"another", github_secret}),
              Verdict::genuine);
    EXPECT_EQ(check(SourceKind::github, "Hello, World!", {{"x-hub-signature-256", github_signature}}, {"another"}),
              Verdict::forged);
    EXPECT_EQ(check(SourceKind::github, "Hello, World!", {{"x-hub-signature-256", github_signature}}, {}),
              Verdict::forged)
        << "without a secret nothing is genuine";
}

TEST_F(Signature, IsRefusedInAnyOtherForm) {
    const auto verdict_of = [&](std::string_view value) {
        return check(SourceKind::github, "Hello, World!", {{"x-hub-signature-256", value}}, {github_secret});
    };
    EXPECT_EQ(verdict_of(github_signature.substr(0, 70)), Verdict::forged);
    EXPECT_EQ(verdict_of(github_signature.substr(7)), Verdict::forged) << "without its prefix";
    EXPECT_EQ(verdict_of(std::string(github_signature) + "0"), Verdict::forged);
    EXPECT_EQ(verdict_of(""), Verdict::forged);
    EXPECT_EQ(check(SourceKind::github, "Hello, World", {{"x-hub-signature-256", github_signature}}, {github_secret}),
              Verdict::forged);
    EXPECT_EQ(check(SourceKind::github, "Hello, World!", {}, {github_secret}), Verdict::not_signed);
}

TEST_F(Signature, IsMadeAsItIsChecked) {
    for (const auto kind : {SourceKind::github, SourceKind::linear, SourceKind::slack, SourceKind::notion,
                            SourceKind::ci, SourceKind::deployment, SourceKind::generic}) {
        const auto now = Timestamp(seconds(1'800'000'000));
        const auto made = sign(kind, usual_signature_header(kind), "{}", crypto::Secret(std::string_view("s")), now);
        std::vector<http::Header> headers;
        for (const auto& [name, value] : made) headers.push_back({name, value});
        EXPECT_EQ(check(kind, "{}", headers, {"s"}, now), Verdict::genuine) << to_label(kind);
        EXPECT_EQ(check(kind, "{ }", headers, {"s"}, now), Verdict::forged) << to_label(kind);
    }
}

}  // namespace
}  // namespace gsdb::events
