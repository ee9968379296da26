#include "modules/events/event_lines.hpp"

#include <gmock/gmock.h>

#include "base/moment.hpp"

namespace gsdb::events {
namespace {

using testing::HasSubstr;

ReceivedDelivery read(std::string_view line, SourceKind kind = SourceKind::github) {
    const ImportSource source{.organization = {}, .id = {}, .scope = {}, .kind = kind, .headers = {}};
    return delivery_of(value_or_throw(read_event_line(line)), source, *parse_moment("2026-01-01T00:00:00Z"));
}

TEST(EventLines, ReadBackAsTheyAreWritten) {
    const ExportedEvent event{.event = {.id = {},
                                        .received_at = *parse_moment("2026-01-02T03:04:05Z"),
                                        .occurred_at = *parse_moment("2026-01-02T03:04:00.5Z"),
                                        .source = "octo",
                                        .source_kind = "github",
                                        .type = "pull_request.opened",
                                        .actor = "mona",
                                        .target = "pull_request:1",
                                        .repository = "octo/hello",
                                        .thread = "octo/hello#1",
                                        .reference = std::nullopt},
                              .delivery_key = "g-1",
                              .payload = R"({"n": 1e400, "t": "ä\n"})",
                              .raw_body = "payload=%7B%7D"};
    const auto line = to_line(event);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto read_back = read(line);
    EXPECT_EQ(value_or_throw(read_event_line(line)).source, "octo");
    EXPECT_EQ(read_back.delivery.type, "pull_request.opened");
    EXPECT_EQ(read_back.delivery.key, "g-1");
    EXPECT_EQ(read_back.delivery.occurred_at, event.event.occurred_at);
    EXPECT_EQ(read_back.delivery.actor, "mona");
    EXPECT_EQ(read_back.delivery.thread, "octo/hello#1");
    EXPECT_EQ(read_back.delivery.reference, "");
    EXPECT_EQ(read_back.delivery.json, event.payload) << "as it is, also where no double holds it";
    EXPECT_EQ(read_back.raw_body, event.raw_body);
}

TEST(EventLines, TakeADeliveryAsItWasSent) {
    for (
        const auto* line :
        {R"({"headers": {"X-GitHub-Event": "issues", "x-github-delivery": "d"}, "body": {"action": "opened", "sender": {"login": "m"}}})",
         R"({"body": "{\"action\": \"opened\", \"sender\": {\"login\": \"m\"}}", "headers": {"X-GitHub-Event": "issues", "x-github-delivery": "d"}})"}) {
        const auto received = read(line);
        EXPECT_EQ(received.delivery.type, "issues.opened");
        EXPECT_EQ(received.delivery.key, "d");
        EXPECT_EQ(received.delivery.actor, "m");
        EXPECT_EQ(received.delivery.json, R"({"action": "opened", "sender": {"login": "m"}})");
    }
}

TEST(EventLines, TellEventsWithoutAKeyByWhatTheySay) {
    const auto one = read(R"({"type": "Built", "payload": {"n": 1}})"),
               other = read(R"({"type": "Built", "payload": {"n": 2}})");
    EXPECT_EQ(one.delivery.type, "built");
    EXPECT_THAT(one.delivery.key, HasSubstr("sha256:"));
    EXPECT_NE(one.delivery.key, other.delivery.key);
    EXPECT_EQ(one.delivery.key, read(R"({"payload": {"n": 1}, "type": "x"})").delivery.key);
}

TEST(EventLines, SayWhatIsWrongWithALine) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ""},
        {"[]", ""},
        {"{", ""},
        {R"({"type": "x", "payload": {}} {})", "more behind"},
        {R"({"type": "x"})", "neither payload nor body"},
        {R"({"payload": {}})", "no type"},
        {R"({"type": 1, "payload": {}})", ""},
        {R"({"type": "x", "payload": {}, "occurred_at": "yesterday"})", "no moment: yesterday"},
        {R"({"type": "x", "payload": {}, "raw_body": "%%"})", "no Base64"},
        {R"({"headers": [], "body": {}})", ""},
    };
    for (const auto& [line, detail] : cases) {
        const auto read_line = read_event_line(line);
        ASSERT_FALSE(read_line) << line;
        EXPECT_EQ(read_line.error().code, "events.line_invalid");
        EXPECT_THAT(read_line.error().detail, HasSubstr(detail)) << line;
    }
}

}  // namespace
}  // namespace gsdb::events
