#pragma once
// Runs a coroutine to its end on the calling thread: how plain functions (commands, tests) use the asynchronous layers.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/task.hpp"

namespace gsdb {

/// Returns the task's value or throws what it threw. What else waits on the context runs meanwhile.
template <class T>
T run_task_on(asio::io_context& context, Task<T> task) {
    context.restart();
    std::exception_ptr failure;
    if constexpr (std::is_void_v<T>) {
        asio::co_spawn(context.get_executor(), std::move(task),
                       [&](std::exception_ptr thrown) { failure = std::move(thrown); });
        context.run();
        if (failure) std::rethrow_exception(failure);
    } else {
        std::optional<T> answer;
        asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr thrown, T value) {
            failure = std::move(thrown);
            if (!failure) answer.emplace(std::move(value));
        });
        context.run();
        if (failure) std::rethrow_exception(failure);
        return std::move(*answer);
    }
}

/// On an io_context of its own.
template <class T>
T run_task(Task<T> task) {
    asio::io_context context(1);
    return run_task_on(context, std::move(task));
}

}  // namespace gsdb
