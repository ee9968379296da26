#include "base/background.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/steady_timer.hpp"

namespace gsdb {

/// All but `ended` belongs to the thread of the Background.
struct Stop::State {
    bool requested = false;
    std::map<std::uint64_t, std::function<void()>> hurries;
    std::uint64_t next_hurry = 0;

    std::mutex mutex;
    std::condition_variable ending;
    bool ended = false;
};

bool Stop::requested() const {
    return state_->requested;
}

std::shared_ptr<void> Stop::on_request(std::function<void()> hurry) const {
    if (state_->requested) hurry();
    auto key = state_->next_hurry++;
    state_->hurries.emplace(key, std::move(hurry));
    return {nullptr, [state = state_, key](void*) { state->hurries.erase(key); }};
}

Task<bool> Stop::sleep(std::chrono::milliseconds duration) const {
    auto stop = *this;
    if (stop.requested()) co_return false;
    SteadyTimer timer(co_await asio::this_coro::executor, duration);
    auto hurry = stop.on_request([&timer] { timer.cancel(); });
    co_await timer.async_wait(asio::as_tuple(use_task));
    co_return !stop.requested();
}

Background::Background(std::vector<Work> works)
    : works_(std::move(works)), state_(std::make_shared<Stop::State>()), thread_([this] {
          // The functions stay where they are: a coroutine made of one refers to what it captured.
          for (auto& work : works_)
              asio::co_spawn(context_.get_executor(), work(Stop(state_)), [](const std::exception_ptr& thrown) {
                  if (thrown) std::rethrow_exception(thrown);
              });
          context_.run();
          std::lock_guard lock(state_->mutex);
          state_->ended = true;
          state_->ending.notify_all();
      }) {}

void Background::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return;
    asio::post(context_, [state = state_] {
        state->requested = true;
        auto hurries = state->hurries;  // a hurry may end what has registered another one
        for (auto& [key, hurry] : hurries)
            if (state->hurries.contains(key)) hurry();
    });
    {
        std::unique_lock lock(state_->mutex);
        state_->ending.wait_for(lock, patience, [this] { return state_->ended; });
    }
    context_.stop();
    thread_.join();
}

}  // namespace gsdb
