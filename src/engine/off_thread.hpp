#pragma once
// Work that blocks, away from the thread whose coroutine waits for it.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace gsdb::engine {

/// What `work` returns or throws, once it has run on one of the pool's threads.
template <class Work>
auto off_thread(asio::thread_pool& pool, Work work) -> Task<decltype(work())> {
    using Value = std::optional<decltype(work())>;
    auto begin = [&pool](auto handler, Work job) {
        // The guard keeps the waiting thread's context running until the answer is there.
        auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
        asio::post(pool, [job = std::move(job), handler = std::move(handler), guard = std::move(guard)]() mutable {
            std::exception_ptr problem;
            Value value;
            try {
                value.emplace(job());
            } catch (...) {
                problem = std::current_exception();
            }
            asio::post(guard.get_executor(),
                       [handler = std::move(handler), problem, value = std::move(value)]() mutable {
                           std::move(handler)(problem, std::move(value));
                       });
        });
    };
    auto value = co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(std::exception_ptr, Value)>(
        std::move(begin), use_task, std::move(work));
    co_return std::move(*value);
}

}  // namespace gsdb::engine
