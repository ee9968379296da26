#pragma once
// Remembers for a short while who a key is, so that a busy client does not cost a query for each request.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "crypto/digest.hpp"
#include "modules/identity/principal.hpp"

namespace gsdb::identity {

/// Thread-safe. Only successes are kept, and none longer than `life`: that is how late another process's revocation may
/// take effect here. This process's own take effect at once, through forget().
class AuthenticationCache {
  public:
    struct Limits {
        std::chrono::seconds life{30};
        std::size_t entries_max = 10'000;  ///< beyond it the cache starts over: simple, and harmless
    };

    explicit AuthenticationCache(Limits limits) : limits_(limits) {}

    /// Nothing when unknown, outlived, or past the key's own expiry.
    std::optional<Principal> find(const crypto::Digest& hash, Timestamp now) const;

    /// Taken before the database is asked; put() needs it.
    std::uint64_t generation() const;

    /// Remembers the answer, unless something was forgotten since `generation`: then the answer may be of before that.
    void put(const crypto::Digest& hash, Principal principal, Timestamp now, std::uint64_t generation);

    /// Everything: keys, roles and memberships hang together, and changes are rare.
    void forget();

  private:
    struct HashOfDigest {
        std::size_t operator()(const crypto::Digest& digest) const;
    };
    struct Entry {
        Principal principal;
        Timestamp until;
    };

    Limits limits_;
    mutable std::mutex mutex_;
    std::unordered_map<crypto::Digest, Entry, HashOfDigest> entries_;
    std::uint64_t generation_ = 0;
};

}  // namespace gsdb::identity
