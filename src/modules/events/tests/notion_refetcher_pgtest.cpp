// What Notion's events are about, asked for at the rate that Notion allows.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "http/server.hpp"
#include "modules/events/notion_refetcher.hpp"
#include "modules/events/queries.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view page_id = "59833787-2cf9-4fdf-8782-e53db20768a5",
                           comment_id = "5c6a2821-6bb1-4a7e-b6e1-c50111515c3d";

/// Notion's API as its reference has it.
class Api {
  public:
    Api() : server_({}, [this](asio::io_context&) { return router(); }) {}
    std::string url() const { return server_.url(); }
    void answer_with(std::function<http::Response(std::string_view id)> answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    std::vector<std::string> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    http::Router router() {
        http::Router made;
        for (const auto* kind : {"pages", "databases", "data_sources", "comments"})
            made.get(fmt::format("/v1/{}/{{id}}", kind), {.operation = kind, .access = http::Access::open},
                     [this, kind](http::Request request) -> Task<http::Response> {
                         const std::lock_guard lock(mutex_);
                         asked_.push_back(fmt::format("{} {}", kind, request.parameter("id").substr(0, 4)));
                         if (request.header("authorization") != "Bearer ntn_1" || !request.header("notion-version"))
                             co_return http::Response::json(R"({"code":"unauthorized"})", http::Status::unauthorized);
                         co_return answer_(request.parameter("id"));
                     });
        return made;
    }
    mutable std::mutex mutex_;
    std::function<http::Response(std::string_view)> answer_;
    std::vector<std::string> asked_;
    http::Server server_;
};

class Refetching : public SourceFixture {
  protected:
    Refetching() : source_(add(SourceKind::notion, "wiki").id) {
        ask_with("ntn_1");
        api_.answer_with([](std::string_view) { return http::Response::json("{}"); });
    }
    void ask_with(std::string token) {
        run_task(set_refetching(database_, credentials_, actor_, source_, crypto::Secret(std::string_view{token})));
    }
    void tell_of(std::string_view type, std::string_view id) {
        import(
            {fmt::format(
                R"({{"type":"{}.content_updated","delivery_key":"n{}","payload":{{"type":"{}.content_updated","entity":{{"id":"{}","type":"{}"}}}}}})",
                type, ++told_, type, id, type)},
            "wiki");
        run_task(database_.query<sql::ProcessPending>({}, {.batch_size = 100}));
    }
    /// As if a second, and every pause, had passed.
    int refetch_later() {
        ask("update events.event_sources set refetch_not_before = least(refetch_not_before, now()) returning id::text");
        ask("update events.notion_entities set wanted_at = now() where wanted_at is not null returning entity_id");
        return refetch();
    }
    int refetch() {
        const NotionRefetcher refetcher(
            database_, credentials_,
            {.guard = http::AddressGuard({value_or_throw(http::Network::parse("127.0.0.0/8"))}),
             .url = api_.url(),
             .pauses = {std::chrono::seconds(5), std::chrono::minutes(1)}});
        return run_task(refetcher.refetch_next());
    }
    KnownRefetching known() { return run_task(list_refetchings(database_, organization_)).at(0); }
    std::vector<std::string> entities(std::string columns) {
        return ask(fmt::format("select concat_ws('|', {}) from events.notion_entities order by entity_id", columns));
    }

    Api api_;
    Uuid source_;
    int told_ = 0;
};

TEST_F(Refetching, KeepsWhatNotionSaysOfWhatItsEventsAreAbout) {
    tell_of("page", page_id);
    tell_of("page", page_id);
    tell_of("comment", comment_id);
    tell_of("view", "not asked for");
    api_.answer_with([](std::string_view id) {
        return http::Response::json(
            id == page_id
                ? R"({"object":"page","in_trash":false,"url":"https://www.notion.so/p","last_edited_time":"2026-01-02T03:04:00.000Z",
                      "parent":{"type":"database_id","database_id":"db-1"},
                      "properties":{"Tags":{"type":"multi_select","multi_select":[]},"Name":{"type":"title","title":[{"plain_text":"Road"},{"plain_text":"map \u00e4"}]}}})"
                : R"({"object":"comment","parent":{"type":"page_id","page_id":"p-1"},"rich_text":[{"plain_text":"Why?"}]})");
    });
    EXPECT_EQ(refetch(), 2);
    EXPECT_THAT(entities("entity_type, title, url, parent_id, last_edited_at at time zone 'UTC', is_in_trash, is_gone, "
                         "content ->> 'object', wanted_at is null, attempts"),
                ElementsAre("page|Roadmap \u00e4|https://www.notion.so/p|db-1|2026-01-02 03:04:00|f|f|page|t|0",
                            "comment|Why?|p-1|f|comment|t|0"));
    EXPECT_EQ(known().known, 2);
    EXPECT_EQ(refetch_later(), 0) << "nothing is wanted";
    run_task(replay_events(database_, organization_, clock_.now() - std::chrono::hours(1),
                           clock_.now() + std::chrono::hours(1), [](std::int64_t) {}));
    EXPECT_EQ(refetch_later(), 0) << "what is projected once more is known";
    tell_of("page", page_id);
    EXPECT_EQ(refetch_later(), 1) << "an event makes it wanted again";
}

TEST_F(Refetching, AsksThreeTimesASecondAndNotBeforeNotionSaysSo) {
    for (int i = 0; i < 8; ++i) tell_of("page", fmt::format("0000000{}-2cf9-4fdf-8782-e53db20768a5", i));
    EXPECT_EQ(refetch(), 3);
    EXPECT_EQ(refetch(), 0) << "whoever asks in the same second";
    int count = 0;
    api_.answer_with([&](std::string_view) {
        if (++count < 2) return http::Response::json("{}");
        return http::Response::json(R"({"code":"rate_limited"})", http::Status::too_many_requests)
            .with("Retry-After", "120");
    });
    EXPECT_EQ(refetch_later(), 3);
    EXPECT_EQ(count, 2) << "the third is not even tried";
    EXPECT_THAT(known().error.value_or(""), HasSubstr("429"));
    EXPECT_THAT(ask("select (refetch_not_before between now() + interval '110 seconds' and now() + interval '121 "
                    "seconds')::text from events.event_sources where kind = 'notion'"),
                ElementsAre("true"));
    EXPECT_EQ(refetch(), 0);
    EXPECT_THAT(ask("select distinct attempts::text from events.notion_entities"), ElementsAre("0"))
        << "no thing is to blame";
    api_.answer_with([](std::string_view) { return http::Response::json("{}"); });
    EXPECT_EQ(refetch_later(), 3);
    EXPECT_EQ(refetch_later(), 1);
    EXPECT_EQ(known().known, 8);
    EXPECT_FALSE(known().error);
}

TEST_F(Refetching, TriesAgainWhatWentWrongAndGivesUpInTheEnd) {
    tell_of("page", page_id);
    api_.answer_with([](std::string_view) { return http::Response::text("oops", http::Status::bad_gateway); });
    EXPECT_EQ(refetch(), 1);
    EXPECT_THAT(entities("attempts, error, wanted_at > now() + interval '3 seconds'"),
                ElementsAre("1|Notion answered 502: oops|t"));
    refetch_later();
    EXPECT_THAT(entities("attempts, wanted_at > now() + interval '50 seconds'"), ElementsAre("2|t"));
    api_.answer_with([](std::string_view) { return http::Response::json("no json"); });
    refetch_later();
    EXPECT_THAT(entities("attempts, error, coalesce(wanted_at::text, 'never')"),
                ElementsAre(HasSubstr("3|Notion's answer is no JSON object|never")));
    EXPECT_EQ(known().failed, 1);
    tell_of("page", page_id);
    api_.answer_with([](std::string_view) { return http::Response::json(R"({"a":"\u0000"})"); });
    EXPECT_EQ(refetch_later(), 1);
    EXPECT_THAT(entities("attempts, wanted_at is not null"), ElementsAre("1|t")) << "what PostgreSQL does not hold";
    api_.answer_with([](std::string_view) {
        return http::Response::json(R"({"code":"object_not_found"})", http::Status::not_found);
    });
    refetch_later();
    EXPECT_THAT(entities("attempts, coalesce(error, 'none'), is_gone, wanted_at is null"), ElementsAre("0|none|t|t"));
}

TEST_F(Refetching, AsksAgainForWhatChangedWhileItAsked) {
    tell_of("page", page_id);
    api_.answer_with([&](std::string_view) {
        ask("update events.notion_entities set last_event_id = base.uuid_v7() returning entity_id");
        return http::Response::json("{}");
    });
    EXPECT_EQ(refetch(), 1);
    EXPECT_THAT(entities("wanted_at is not null"), ElementsAre("t"));
}

TEST_F(Refetching, AWrongTokenIsTheSourcesAndOnlyNotionIsAsked) {
    tell_of("page", page_id);
    ask_with("wrong");
    EXPECT_EQ(refetch(), 1);
    EXPECT_THAT(known().error.value_or(""), HasSubstr("401"));
    EXPECT_THAT(entities("attempts, wanted_at is not null"), ElementsAre("0|t"));
    ask_with("ntn_1");
    EXPECT_EQ(refetch(), 1);
    EXPECT_THAT(api_.asked(), ElementsAre("pages 5983", "pages 5983"));
    ask_with("");
    EXPECT_THAT(run_task(list_refetchings(database_, organization_)), IsEmpty());
    EXPECT_THAT(run_task(queryc::first_column(identity_module_.superuser(),
                                              "select name from identity.credentials where name like '%refetching%'")),
                IsEmpty())
        << "no token is kept that is not used";
    const auto other = add(SourceKind::slack, "chat").id;
    EXPECT_THROW(
        run_task(set_refetching(database_, credentials_, actor_, other, crypto::Secret(std::string_view("x")))),
        Failure);
}

}  // namespace
}  // namespace gsdb::events
