#pragma once
// How much one client may ask for, and how much the server does at once. Shared by all threads.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gsdb::http {

/// A token bucket for each key. Keys that have not been used for so long that their bucket is full again are
/// forgotten, so the memory follows the number of active clients; it is bounded by `keys_max`.
class RateLimit {
  public:
    using Moment = std::chrono::steady_clock::time_point;

    struct Options {
        double requests_per_second = 50;
        double burst = 100;             ///< how many may come at once after a pause
        std::size_t keys_max = 65'536;  ///< beyond it, new keys share one bucket
    };

    explicit RateLimit(Options options) : options_(options) {}

    /// Nothing when the request may pass; else how long to wait, rounded up to whole seconds.
    std::optional<std::chrono::seconds> take(std::string_view key, Moment now = std::chrono::steady_clock::now());

    std::size_t keys() const;

  private:
    struct Bucket {
        double tokens;
        Moment filled_at;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets;
    };

    Bucket& bucket_of(Shard& shard, std::string_view key, Moment now);
    void forget_full_buckets(Shard& shard, Moment now);

    Options options_;
    std::array<Shard, 16> shards_;
};

/// How many requests are worked on at once, over all threads.
class InFlightLimit {
  public:
    explicit InFlightLimit(std::size_t max) : max_(max) {}

    /// Holds one place until destroyed.
    class Slot {
      public:
        Slot() = default;
        explicit Slot(std::shared_ptr<InFlightLimit> limit) : limit_(std::move(limit)) {}
        Slot(Slot&&) = default;
        Slot& operator=(Slot&& other) noexcept {
            std::swap(limit_, other.limit_);
            return *this;
        }
        ~Slot() {
            if (limit_) limit_->count_.fetch_sub(1, std::memory_order_relaxed);
        }

      private:
        std::shared_ptr<InFlightLimit> limit_;
    };

    /// A place, or nothing when all are taken. `limit` may be null: then there is no limit.
    static std::optional<Slot> enter(const std::shared_ptr<InFlightLimit>& limit);

    std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  private:
    const std::size_t max_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace gsdb::http
