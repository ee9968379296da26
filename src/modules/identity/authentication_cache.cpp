#include "modules/identity/authentication_cache.hpp"

#include <algorithm>
#include <cstring>

namespace gsdb::identity {

std::optional<Principal> AuthenticationCache::find(const crypto::Digest& hash, Timestamp now) const {
    std::scoped_lock lock(mutex_);
    auto found = entries_.find(hash);
    if (found == entries_.end() || found->second.until <= now) return std::nullopt;
    return found->second.principal;
}

std::uint64_t AuthenticationCache::generation() const {
    std::scoped_lock lock(mutex_);
    return generation_;
}

void AuthenticationCache::put(const crypto::Digest& hash, Principal principal, Timestamp now,
                              std::uint64_t generation) {
    std::scoped_lock lock(mutex_);
    if (generation != generation_) return;
    if (entries_.size() >= limits_.entries_max) entries_.clear();
    auto until = std::min<Timestamp>(now + limits_.life, principal.expires_at.value_or(Timestamp::max()));
    entries_.insert_or_assign(hash, Entry{std::move(principal), until});
}

void AuthenticationCache::forget() {
    std::scoped_lock lock(mutex_);
    entries_.clear();
    ++generation_;
}

std::size_t AuthenticationCache::HashOfDigest::operator()(const crypto::Digest& digest) const {
    std::size_t value;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
}

}  // namespace gsdb::identity
