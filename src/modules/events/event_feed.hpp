#pragma once
// Events as they are stored, to those who keep a connection open: server-sent events.

#include <memory>
#include <optional>

#include "base/task.hpp"
#include "http/message.hpp"
#include "modules/events/questions.hpp"

namespace gsdb::events {

struct FeedLimits {
    int streams_max = 200;  ///< of one server thread; more are put off with 503
    std::chrono::milliseconds look_every{200};
};

/// Of one server thread.
class EventFeed : public std::enable_shared_from_this<EventFeed> {
  public:
    EventFeed(Executor executor, pg::Database<Database> database, FeedLimits limits = {})
        : executor_(executor), database_(std::move(database)), limits_(limits) {}

    /// Answers with a stream of the events behind `after`, or of those from now on. Throws a Failure
    /// events.no_such_event, or an http::Refusal where too many streams are open.
    Task<http::Response> open(OrganizationId organization, EventFilter filter, std::optional<Uuid> after);

  private:
    struct Stream;
    static Task<> run(std::shared_ptr<EventFeed> self, std::shared_ptr<Stream> stream);

    Executor executor_;
    pg::Database<Database> database_;
    FeedLimits limits_;
    int streams_ = 0;
};

}  // namespace gsdb::events
