#pragma once
// From threads that work to the one coroutine that stores: a queue bounded by bytes.

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace gsdb::codebase {

/// Producers wait while the queue holds `bytes_max` or more; the consumer awaits without blocking its thread. The
/// consumer's io_context is run by one thread.
template <class Chunk>
class ChunkQueue {
  public:
    ChunkQueue(Executor consumer, std::size_t bytes_max, int producers)
        : consumer_(consumer),
          wake_(std::make_shared<Timer>(consumer, Timer::time_point::max())),
          bytes_max_(bytes_max),
          producers_(producers) {}

    /// From any thread. False when the consumer has given up: the producer should end.
    bool push(Chunk chunk, std::size_t bytes) {
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return bytes_ < bytes_max_ || is_abandoned_; });
        if (is_abandoned_) return false;
        chunks_.emplace_back(std::move(chunk), bytes);
        bytes_ += bytes;
        wake_consumer();
        return true;
    }

    /// Each producer says once that it has ended, and with what.
    void producer_ended(std::exception_ptr failure = nullptr) {
        std::lock_guard lock(mutex_);
        --producers_;
        if (failure && !failure_) failure_ = std::move(failure);
        wake_consumer();
    }

    /// The next chunk, or nothing when every producer has ended. Throws what a producer threw.
    Task<std::optional<Chunk>> next() {
        while (true) {
            {
                std::lock_guard lock(mutex_);
                if (failure_) std::rethrow_exception(failure_);
                if (!chunks_.empty()) {
                    auto [chunk, bytes] = std::move(chunks_.front());
                    chunks_.pop_front();
                    bytes_ -= bytes;
                    has_room_.notify_all();
                    co_return std::move(chunk);
                }
                if (producers_ == 0) co_return std::nullopt;
                is_waiting_ = true;
            }
            boost::system::error_code woken;
            co_await wake_->async_wait(asio::redirect_error(use_task, woken));
        }
    }

    /// The consumer wants no more; producers that wait are let go.
    void abandon() {
        std::lock_guard lock(mutex_);
        is_abandoned_ = true;
        chunks_.clear();
        has_room_.notify_all();
    }

  private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

    // Under the lock. The cancellation is posted, so it cannot come before the wait that it ends; it may come after the
    // queue is gone, so it holds the timer.
    void wake_consumer() {
        if (!std::exchange(is_waiting_, false)) return;
        asio::post(consumer_, [timer = wake_] { timer->cancel(); });
    }

    Executor consumer_;
    std::shared_ptr<Timer> wake_;
    const std::size_t bytes_max_;
    std::mutex mutex_;
    std::condition_variable has_room_;
    std::deque<std::pair<Chunk, std::size_t>> chunks_;
    std::size_t bytes_ = 0;
    int producers_;
    bool is_waiting_ = false;
    bool is_abandoned_ = false;
    std::exception_ptr failure_;
};

}  // namespace gsdb::codebase
