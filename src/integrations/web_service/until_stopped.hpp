#pragma once
// Runs a coroutine to its end on the calling thread unless somebody stops it.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "base/task.hpp"

namespace gsdb::web_service {

/// What the task returned; nothing when `stop` came first: then it was destroyed where it waited. Throws what it threw.
template <class T>
    requires(!std::is_void_v<T>)
std::optional<T> until_stopped(Task<T> task, const std::stop_token& stop) {
    std::optional<T> answer;
    std::exception_ptr failure;
    asio::io_context context(1);
    const std::stop_callback end(stop, [&] { context.stop(); });
    asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr thrown, T value) {
        failure = std::move(thrown);
        if (!failure) answer.emplace(std::move(value));
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return answer;
}

}  // namespace gsdb::web_service
