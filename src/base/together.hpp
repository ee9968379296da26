#pragma once
// Several coroutines at the same time on one thread.

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace gsdb {

/// Runs all of them on the executor of the coroutine that awaits this, and returns when all have ended; throws what the
/// first of them threw.
inline Task<> together(std::vector<Task<>> tasks) {
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
    struct State {
        std::size_t running;
        Timer all_ended;
        std::exception_ptr problem;
    };
    const auto executor = co_await asio::this_coro::executor;
    auto state = std::make_shared<State>(tasks.size(), Timer(executor, Timer::time_point::max()), nullptr);
    for (auto& task : tasks)
        asio::co_spawn(executor, std::move(task), [state](std::exception_ptr thrown) {
            if (thrown && !state->problem) state->problem = std::move(thrown);
            if (--state->running == 0) state->all_ended.cancel();
        });
    if (state->running > 0) {
        boost::system::error_code ended;
        co_await state->all_ended.async_wait(asio::redirect_error(use_task, ended));
    }
    if (state->problem) std::rethrow_exception(state->problem);
}

}  // namespace gsdb
