#include "http/event_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "http/worker.hpp"

namespace gsdb::http {

std::string to_text(const Event& event) {
    std::string text;
    if (!event.id.empty()) text.append("id: ").append(event.id).append("\n");
    if (!event.name.empty()) text.append("event: ").append(event.name).append("\n");
    std::string_view rest = event.data;
    while (true) {
        auto end = rest.find_first_of("\r\n");
        text.append("data: ").append(rest.substr(0, end)).append("\n");
        if (end == rest.npos) break;
        rest.remove_prefix(end + (rest.substr(end, 2) == "\r\n" ? 2 : 1));
    }
    return text + "\n";
}

bool EventQueue::push(Event event) {
    std::function<void()> wake;
    bool is_kept;
    {
        std::lock_guard lock(mutex_);
        if (is_closed_) return false;
        is_kept = events_.size() < events_max_;
        if (is_kept) events_.push_back(std::move(event));
        // A gap in the stream would go unnoticed; an ended stream is taken up again where it ended.
        is_closed_ = !is_kept;
        wake = wake_;
    }
    if (wake) wake();
    return is_kept;
}

void EventQueue::close() {
    std::function<void()> wake;
    {
        std::lock_guard lock(mutex_);
        is_closed_ = true;
        wake = wake_;
    }
    if (wake) wake();
}

bool EventQueue::is_closed() const {
    std::lock_guard lock(mutex_);
    return is_closed_;
}

void EventQueue::set_wake(std::function<void()> wake) {
    std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

std::optional<std::string> EventQueue::take_all() {
    std::deque<Event> events;
    {
        std::lock_guard lock(mutex_);
        if (events_.empty() && is_closed_) return std::nullopt;
        events.swap(events_);
    }
    std::string text;
    for (const auto& event : events) text += to_text(event);
    return text;
}

// Sends one queue to one client, on the connection's thread. The timer is the condition variable: whoever has news
// cancels it, otherwise it is time for a heartbeat.
class EventStream : public std::enable_shared_from_this<EventStream> {
  public:
    EventStream(Executor executor, std::shared_ptr<EventQueue> queue, EventStreamOptions options)
        : executor_(executor), timer_(executor), queue_(std::move(queue)), options_(options) {}

    Task<> run(BodyWriter* writer) {
        queue_->set_wake([stream = weak_from_this()] {
            if (auto alive = stream.lock()) asio::post(alive->executor_, [alive] { alive->wake(); });
        });
        writer->on_closing([stream = weak_from_this()] {
            if (auto alive = stream.lock()) alive->wake();
        });
        bool goes_on = co_await writer->write("retry: " + std::to_string(options_.retry.count()) + "\n\n");
        while (goes_on) {
            auto text = queue_->take_all();
            if (!text) break;
            if (text->empty() && !co_await has_news()) text = ":\n\n";
            goes_on = text->empty() ? !writer->is_closing() : co_await writer->write(std::move(*text));
        }
    }

  private:
    void wake() {
        is_woken_ = true;
        timer_.cancel();
    }

    // False when nothing happened for as long as a heartbeat.
    Task<bool> has_news() {
        if (!std::exchange(is_woken_, false)) {
            boost::system::error_code error;
            timer_.expires_after(options_.heartbeat);
            co_await timer_.async_wait(asio::redirect_error(use_task, error));
            co_return std::exchange(is_woken_, false);
        }
        co_return true;
    }

    Executor executor_;
    SteadyTimer timer_;
    std::shared_ptr<EventQueue> queue_;
    EventStreamOptions options_;
    bool is_woken_ = false;
};

namespace {

// Closes the queue however the stream ends, also when it is cancelled.
struct Closing {
    std::shared_ptr<EventQueue> queue;
    ~Closing() { queue->close(); }
};

Task<> send_events(std::shared_ptr<EventQueue> queue, EventStreamOptions options, BodyWriter* writer) {
    Closing closing{queue};
    auto executor = co_await asio::this_coro::executor;
    auto stream = std::make_shared<EventStream>(executor, queue, options);
    co_await stream->run(writer);
}

}  // namespace

Response event_stream(std::shared_ptr<EventQueue> queue, EventStreamOptions options) {
    return Response::stream(event_stream_type, [queue = std::move(queue), options](
                                                   BodyWriter* writer) { return send_events(queue, options, writer); })
        .with("Cache-Control", "no-store")
        .with("X-Accel-Buffering", "no");  // proxies must not hold events back
}

std::optional<std::string_view> last_event_id(const Request& request) {
    return request.header("last-event-id");
}

}  // namespace gsdb::http
