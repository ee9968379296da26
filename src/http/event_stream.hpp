#pragma once
// Server-sent events (WHATWG HTML 9.2): a live stream to a browser or script, with a bounded queue for each client.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace gsdb::http {

struct Event {
    std::string id{};    ///< what a client that comes back sends as Last-Event-ID; without line breaks
    std::string name{};  ///< "message" when empty; without line breaks
    std::string data;
};

/// The event as the stream has it.
std::string to_text(const Event& event);

/// What waits for one client. Filled from any thread.
class EventQueue {
  public:
    explicit EventQueue(std::size_t events_max = 256) : events_max_(events_max) {}

    /// False when the client is too slow or gone: its stream ends, and it comes back with Last-Event-ID. Stop filling.
    bool push(Event event);

    /// Ends the stream after what is queued.
    void close();

    bool is_closed() const;

  private:
    friend class EventStream;
    void set_wake(std::function<void()> wake);
    std::optional<std::string> take_all();  // the text of what is queued; nothing when closed and empty

    const std::size_t events_max_;
    mutable std::mutex mutex_;
    std::deque<Event> events_;
    std::function<void()> wake_;
    bool is_closed_ = false;
};

struct EventStreamOptions {
    std::chrono::milliseconds heartbeat{15'000};  ///< a comment that often while nothing happens: finds dead clients
    std::chrono::milliseconds retry{2'000};       ///< how long a client waits before it connects again
};

/// A response that sends what is pushed into the queue until either side ends it; then the queue is closed.
Response event_stream(std::shared_ptr<EventQueue> queue, EventStreamOptions options = {});

/// The id of the last event that the client has, when it comes back.
std::optional<std::string_view> last_event_id(const Request& request);

}  // namespace gsdb::http
