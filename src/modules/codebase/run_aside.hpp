#pragma once
// Work that keeps a core busy, beside a coroutine.

#include <boost/asio/this_coro.hpp>
#include <thread>
#include <type_traits>

#include "base/task.hpp"
#include "modules/codebase/chunk_queue.hpp"

namespace gsdb::codebase {

/// Runs `work` on a thread of its own; the caller's thread stays free. Throws what it throws.
template <class Work>
auto run_aside(Work work) -> Task<std::invoke_result_t<Work>> {
    using Result = std::invoke_result_t<Work>;
    ChunkQueue<Result> result(co_await asio::this_coro::executor, 1, 1);
    std::jthread thread([&] {
        try {
            result.push(work(), 0);
            result.producer_ended();
        } catch (...) {
            result.producer_ended(std::current_exception());
        }
    });
    co_return *(co_await result.next());
}

/// Calls `work(i)` for each i below `count`, on so many threads. Throws what one of them throws.
template <class Work>
void for_each_on_threads(std::size_t count, unsigned threads, Work work) {
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto loop = [&] {
        try {
            for (auto i = next++; i < count; i = next++) work(i);
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
            next = count;
        }
    };
    {
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < threads && i < count; ++i) others.emplace_back(loop);
        loop();
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace gsdb::codebase
