#pragma once
// Runs a coroutine to its end on the calling thread: how commands, which are plain functions, use the asynchronous
// layers.

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>

#include "base/task.hpp"

namespace gsdb::app {

template <class T>
T run_task(Task<T> task) {
    asio::io_context context(1);
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

}  // namespace gsdb::app
