#pragma once
// Runs a coroutine to its end on the calling thread: how plain functions (commands, tests) use the asynchronous layers.

#include <optional>
#include <type_traits>
#include <utility>

#include "base/task.hpp"

namespace gsdb {

namespace detail {

/// Runs the context until nothing is left to do on it, the task first of all, and throws what the task threw. Starting
/// a coroutine is much code, which a compiler makes here once and not for each type of result.
void run_to_end(asio::io_context& context, Task<> task);

template <class T>
Task<> keep_result(Task<T> task, std::optional<T>* result) {
    result->emplace(co_await std::move(task));
}

}  // namespace detail

/// Returns the task's value or throws what it threw. What else waits on the context runs meanwhile.
template <class T>
T run_task_on(asio::io_context& context, Task<T> task) {
    if constexpr (std::is_void_v<T>) {
        detail::run_to_end(context, std::move(task));
    } else {
        std::optional<T> result;
        detail::run_to_end(context, detail::keep_result(std::move(task), &result));
        return std::move(*result);
    }
}

/// On an io_context of its own.
template <class T>
T run_task(Task<T> task) {
    asio::io_context context(1);
    return run_task_on(context, std::move(task));
}

}  // namespace gsdb
