#pragma once
// Runs tasks side by side on the present thread.

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <vector>

#include "base/task.hpp"

namespace gsdb::migrate {

/// The results in the order of the tasks, once all have ended. Then, if any threw, the first one's exception is thrown:
/// the others have had their chance to finish what they were doing.
template <class T>
Task<std::vector<T>> together(std::vector<Task<T>> tasks) {
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
    struct State {
        std::vector<std::optional<T>> results;
        std::vector<std::exception_ptr> errors;
        std::size_t left;
        Timer done;
    };
    const auto executor = co_await asio::this_coro::executor;
    const auto count = tasks.size();
    State state{std::vector<std::optional<T>>(count), std::vector<std::exception_ptr>(count), count, Timer(executor)};
    state.done.expires_at(std::chrono::steady_clock::time_point::max());
    for (std::size_t i = 0; i < count; ++i) {
        asio::co_spawn(executor, std::move(tasks[i]), [&state, i](const std::exception_ptr& error, T result) {
            if (error) {
                state.errors[i] = error;
            } else {
                state.results[i] = std::move(result);
            }
            if (--state.left == 0) state.done.cancel();
        });
    }
    while (state.left > 0) {
        boost::system::error_code ignored;  // the timer ends by being cancelled
        co_await state.done.async_wait(asio::redirect_error(use_task, ignored));
    }
    for (const auto& error : state.errors)
        if (error) std::rethrow_exception(error);
    std::vector<T> results;
    results.reserve(count);
    for (auto& result : state.results) results.push_back(std::move(*result));
    co_return results;
}

}  // namespace gsdb::migrate
