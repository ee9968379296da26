#pragma once
// Runs tasks side by side on the present thread.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/steady_timer.hpp"

namespace gsdb {

namespace detail {

/// What the tasks share. They may outlive who waits for them, when all of it is dropped.
struct Together {
    Together(Executor executor, std::size_t count)
        : errors(count), left(count), all_ended(executor, SteadyTimer::time_point::max()) {}

    void end(std::size_t index, std::exception_ptr error) {
        errors[index] = std::move(error);
        if (--left == 0) all_ended.cancel();
    }

    std::vector<std::exception_ptr> errors;
    std::size_t left;
    SteadyTimer all_ended;
};

inline Task<> wait_for_all(std::shared_ptr<Together> shared) {
    while (shared->left > 0) {
        boost::system::error_code ignored;  // the timer ends by being cancelled
        co_await shared->all_ended.async_wait(asio::redirect_error(use_task, ignored));
    }
    for (const auto& error : shared->errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace detail

/// The results in the order of the tasks, once all have ended. Then, if any threw, the first one's exception is thrown:
/// the others have had their chance to finish what they were doing.
template <class T>
Task<std::vector<T>> together(std::vector<Task<T>> tasks) {
    const auto executor = co_await asio::this_coro::executor;
    auto shared = std::make_shared<detail::Together>(executor, tasks.size());
    auto results = std::make_shared<std::vector<std::optional<T>>>(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        asio::co_spawn(executor, std::move(tasks[i]), [shared, results, i](std::exception_ptr error, T result) {
            if (!error) (*results)[i] = std::move(result);
            shared->end(i, std::move(error));
        });
    co_await detail::wait_for_all(shared);
    std::vector<T> all;
    all.reserve(results->size());
    for (auto& result : *results) all.push_back(std::move(*result));
    co_return all;
}

/// The same for tasks without results.
inline Task<> together(std::vector<Task<>> tasks) {
    const auto executor = co_await asio::this_coro::executor;
    auto shared = std::make_shared<detail::Together>(executor, tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        asio::co_spawn(executor, std::move(tasks[i]),
                       [shared, i](std::exception_ptr error) { shared->end(i, std::move(error)); });
    co_await detail::wait_for_all(shared);
}

}  // namespace gsdb
