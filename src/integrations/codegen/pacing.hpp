#pragma once
// Calls that keep to a rate which the other side allows.

#include <chrono>
#include <deque>
#include <mutex>

#include "base/steady_timer.hpp"
#include "integrations/codegen/codegen.hpp"

namespace gsdb::codegen {

/// At most so many calls within any stretch of the period; the others wait, in the order they came. May be used from
/// several threads.
class Pacing {
  public:
    explicit Pacing(Pace pace) : pace_(pace) {}

    Task<> wait_for_turn() {
        const auto now = std::chrono::steady_clock::now();
        const auto turn = next_turn(now);
        if (turn <= now) co_return;
        SteadyTimer timer(co_await asio::this_coro::executor, turn - now);
        co_await timer.async_wait(use_task);
    }

  private:
    using Moment = std::chrono::steady_clock::time_point;

    // A turn is taken when it is given: who comes next waits behind it.
    Moment next_turn(Moment now) {
        const std::lock_guard lock(mutex_);
        auto turn = now;
        if (turns_.size() >= static_cast<std::size_t>(pace_.calls_max)) {
            turn = std::max(now, turns_.front() + pace_.period);
            turns_.pop_front();
        }
        turns_.push_back(turn);
        return turn;
    }

    const Pace pace_;
    std::mutex mutex_;
    std::deque<Moment> turns_;  // the last calls_max of them
};

}  // namespace gsdb::codegen
