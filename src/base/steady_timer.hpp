#pragma once
// The timer of coroutines, with their executor (task.hpp).

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "base/task.hpp"

namespace gsdb {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace gsdb
