#include "base/wake.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <mutex>
#include <optional>

#include "base/steady_timer.hpp"

namespace gsdb {

/// `waiting` belongs to the thread that waits; it is forgotten however the wait ends, also when it is dropped.
struct Wake::State {
    std::mutex mutex;
    bool is_notified = false;
    std::shared_ptr<SteadyTimer> waiting;
};

Wake::Wake() : state_(std::make_shared<State>()) {}

void Wake::notify() const {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->is_notified, true) || !state_->waiting) return;
    asio::post(state_->waiting->get_executor(), [timer = state_->waiting] { timer->cancel(); });
}

Task<bool> Wake::wait(Stop stop, std::chrono::milliseconds at_most) const {
    const auto state = state_;
    if (stop.requested()) co_return false;
    auto timer = std::make_shared<SteadyTimer>(co_await asio::this_coro::executor, at_most);
    bool is_notified = false;
    {
        const std::lock_guard lock(state->mutex);
        is_notified = std::exchange(state->is_notified, false);
        if (!is_notified) state->waiting = timer;
    }
    if (is_notified) co_return true;
    const std::shared_ptr<void> forget(nullptr, [state](void*) {
        const std::lock_guard lock(state->mutex);
        state->waiting = nullptr;
        state->is_notified = false;
    });
    const auto hurry = stop.on_request([timer] { timer->cancel(); });
    co_await timer->async_wait(asio::as_tuple(use_task));
    co_return !stop.requested();
}

}  // namespace gsdb
