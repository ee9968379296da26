#include "modules/events/event_feed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/steady_timer.hpp"
#include "http/error.hpp"
#include "http/event_stream.hpp"
#include "modules/events/event_json.hpp"
#include "modules/events/observations.hpp"

namespace gsdb::events {

struct EventFeed::Stream {
    OrganizationId organization;
    EventFilter filter;
    LogPlace place;
    std::shared_ptr<http::EventQueue> queue;
};

Task<http::Response> EventFeed::open(OrganizationId organization, EventFilter filter, std::optional<Uuid> after) {
    constexpr std::size_t events_waiting_max = 4096;
    if (streams_ >= limits_.streams_max)
        throw http::Refusal(http::Status::service_unavailable, {.code = "events.too_many_streams",
                                                                .message = "too many streams of events are open",
                                                                .hint = "come again later, or ask GET /api/v1/events"});
    auto stream = std::make_shared<Stream>(organization, std::move(filter), LogPlace{},
                                           std::make_shared<http::EventQueue>(events_waiting_max));
    stream->place =
        after ? co_await place_of_event(database_, organization, *after) : co_await end_of_log(database_, organization);
    ++streams_;
    asio::co_spawn(executor_, run(shared_from_this(), stream), asio::detached);
    co_return http::event_stream(stream->queue);
}

/// Until the client has gone, or is too slow: then its queue is closed, and it comes back with the last id it has.
Task<> EventFeed::run(std::shared_ptr<EventFeed> self, std::shared_ptr<Stream> stream) {
    SteadyTimer timer(self->executor_);
    while (!stream->queue->is_closed()) {
        bool has_failed = false;
        const auto before = stream->place;
        try {
            for (const auto& event :
                 co_await events_behind(self->database_, stream->organization, stream->filter, &stream->place))
                if (!stream->queue->push({.id = to_string(event.id), .data = boost::json::serialize(to_json(event))}))
                    break;
        } catch (const std::exception& problem) {
            observe::emit(FeedInterrupted{.message = problem.what()});
            has_failed = true;
        }
        if (!has_failed && before != stream->place) continue;
        timer.expires_after(has_failed ? 10 * self->limits_.look_every : self->limits_.look_every);
        co_await timer.async_wait(use_task);
    }
    --self->streams_;
}

}  // namespace gsdb::events
