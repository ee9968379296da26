#include "backup/workers.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace gsdb::backup {

struct Workers::Shared {
    Work work;
    std::size_t pieces;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
};

Workers::Workers(std::size_t threads, std::size_t pieces, Work work, const std::stop_token& cancel)
    : on_cancel_(cancel, [this] { stop_.request_stop(); }), shared_(std::make_shared<Shared>(std::move(work), pieces)) {
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([shared = shared_, stop = stop_] {
            try {
                for (auto piece = shared->next++; piece < shared->pieces && !stop.stop_requested();
                     piece = shared->next++)
                    shared->work(piece, stop.get_token());
            } catch (...) {
                std::scoped_lock lock(shared->mutex);
                if (!shared->failure) shared->failure = std::current_exception();
                std::stop_source(stop).request_stop();
            }
        });
}

Workers::~Workers() {
    stop_.request_stop();
}

void Workers::finish() {
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
    if (shared_->failure) std::rethrow_exception(shared_->failure);
}

std::size_t worker_count(std::size_t pieces) {
    constexpr std::size_t threads_max = 4;
    return std::min({pieces, threads_max, std::max<std::size_t>(1, std::thread::hardware_concurrency())});
}

}  // namespace gsdb::backup
