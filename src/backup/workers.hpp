#pragma once
// Blocking work on several databases at once.

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

namespace gsdb::backup {

/// Threads that take pieces of work one after another until none is left. The first failure stops the others, through
/// the token that each piece is given, which is also requested when `cancel` is.
class Workers {
  public:
    using Work = std::function<void(std::size_t piece, const std::stop_token& cancel)>;

    Workers(std::size_t threads, std::size_t pieces, Work work, const std::stop_token& cancel);
    /// Stops what still runs.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Waits for all of them. Throws the first failure.
    void finish();

    /// Requested when a piece fails.
    std::stop_token token() const { return stop_.get_token(); }

  private:
    struct Shared;
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> on_cancel_;
    std::shared_ptr<Shared> shared_;
    std::vector<std::jthread> threads_;
};

/// How many databases are worked on at once.
std::size_t worker_count(std::size_t pieces);

}  // namespace gsdb::backup
