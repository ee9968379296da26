#pragma once
// The coroutine type. The executor is concrete because a type-erased one costs about a third of the throughput
// (docs/decisions/0003-concrete-executor.md).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gsdb {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

/// A coroutine that runs on one thread's io_context. Its parameters are taken by value: a reference may dangle
/// before the coroutine first runs.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task;

}  // namespace gsdb
