#include "modules/events/routes.hpp"

#include "http/error.hpp"
#include "http/event_stream.hpp"
#include "http/paging.hpp"
#include "modules/events/event_feed.hpp"
#include "modules/events/event_json.hpp"

namespace gsdb::events {

namespace json = boost::json;

namespace {

constexpr http::RouteOptions reading(std::string_view operation) {
    return {.operation = operation, .scope = "events:read"};
}

std::string query(const http::Request& request, std::string_view name) {
    return std::string(request.query(name).value_or(""));
}

Task<http::Response> list(pg::Database<Database> database, http::Request request) {
    const auto page = http::read_page(request, 1);
    std::optional<Uuid> before;
    if (!page.after.empty()) {
        before = Uuid::parse(page.after[0]);
        if (!before) http::refuse_cursor();
    }
    const auto events = co_await list_events(database, request.caller->organization,
                                             {.source = query(request, "source"), .type = query(request, "type")},
                                             before, static_cast<int>(page.size));
    co_return http::page_response(
        page, events, [](const auto& event) { return to_json(event); },
        [](const auto& event) { return std::vector{to_string(event.id)}; });
}

Task<http::Response> show(pg::Database<Database> database, http::Request request) {
    const auto id = Uuid::parse(request.parameter("event_id"));
    if (!id)
        throw http::Refusal(http::Status::not_found, {.code = "events.no_such_event",
                                                      .message = "an event's id is a UUID",
                                                      .hint = "GET /api/v1/events lists the newest",
                                                      .exit_code = ExitCode::not_found});
    co_return http::Response::json(
        json::serialize(to_json(co_await find_event(database, request.caller->organization, *id))));
}

Task<http::Response> stream(std::shared_ptr<EventFeed> feed, http::Request request) {
    std::optional<Uuid> after;
    const auto last = http::last_event_id(request).value_or(request.query("after").value_or(""));
    if (!last.empty()) {
        after = Uuid::parse(last);
        if (!after) http::refuse_cursor();
    }
    co_return co_await feed->open(request.caller->organization,
                                  {.source = query(request, "source"), .type = query(request, "type")}, after);
}

}  // namespace

void add_routes(http::Router& router, Executor executor, pg::Database<Database> database) {
    auto feed = std::make_shared<EventFeed>(executor, database);
    router.get("/api/v1/events/stream", reading("streamEvents"),
               [feed](http::Request request) { return stream(feed, request); });
    router.get("/api/v1/events", reading("listEvents"),
               [database](http::Request request) { return list(database, request); });
    router.get("/api/v1/events/{event_id}", reading("getEvent"),
               [database](http::Request request) { return show(database, request); });
}

}  // namespace gsdb::events
