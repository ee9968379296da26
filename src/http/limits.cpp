#include "http/limits.hpp"

#include <algorithm>
#include <cmath>

namespace gsdb::http {

std::optional<std::chrono::seconds> RateLimit::take(std::string_view key, Moment now) {
    auto& shard = shards_[Hash{}(key) % shards_.size()];
    std::lock_guard lock(shard.mutex);
    auto& bucket = bucket_of(shard, key, now);
    std::chrono::duration<double> since = now - bucket.filled_at;
    bucket.tokens =
        std::min(options_.burst, bucket.tokens + std::max(0.0, since.count()) * options_.requests_per_second);
    bucket.filled_at = now;
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    auto seconds = std::ceil((1 - bucket.tokens) / options_.requests_per_second);
    return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds)));
}

RateLimit::Bucket& RateLimit::bucket_of(Shard& shard, std::string_view key, Moment now) {
    if (auto found = shard.buckets.find(key); found != shard.buckets.end()) return found->second;
    const auto shard_max = std::max<std::size_t>(1, options_.keys_max / shards_.size());
    if (shard.buckets.size() >= shard_max) forget_full_buckets(shard, now);
    // A flood of made-up keys must not push out those in use, so the newcomers share one bucket.
    if (shard.buckets.size() >= shard_max) key = {};
    return shard.buckets.try_emplace(std::string(key), Bucket{options_.burst, now}).first->second;
}

void RateLimit::forget_full_buckets(Shard& shard, Moment now) {
    const std::chrono::duration<double> until_full(options_.burst / options_.requests_per_second);
    std::erase_if(shard.buckets, [&](const auto& entry) { return now - entry.second.filled_at >= until_full; });
}

std::size_t RateLimit::keys() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        count += shard.buckets.size();
    }
    return count;
}

std::optional<InFlightLimit::Slot> InFlightLimit::enter(const std::shared_ptr<InFlightLimit>& limit) {
    if (!limit) return Slot{};
    if (limit->count_.fetch_add(1, std::memory_order_relaxed) >= limit->max_) {
        limit->count_.fetch_sub(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return Slot{limit};
}

}  // namespace gsdb::http
