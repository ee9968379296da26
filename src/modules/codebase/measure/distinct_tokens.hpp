#pragma once
// How many different tokens there are in stretches that lie in each other, in one pass over the tokens.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace gsdb::codebase::measure {

/// Number of a token in its file, from 1; 0 is before all.
using TokenNumber = std::uint32_t;

inline std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t factor = 0x9E3779B97F4A7C15ULL;
    std::uint64_t hash = text.size() * factor;
    const auto mix = [&](std::uint64_t part) {
        hash = (hash ^ part) * factor;
        hash ^= hash >> 29U;
    };
    while (text.size() >= 8) {
        std::uint64_t part = 0;
        std::memcpy(&part, text.data(), 8);
        mix(part);
        text.remove_prefix(8);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    mix(rest);
    return hash;
}

/// A long text is known by its length, its beginning and its end: strings in strings would else be read many times.
inline std::uint64_t hash_of_text(std::string_view text) {
    constexpr std::size_t part = 256;
    if (text.size() <= 2 * part) return hash_of(text);
    return hash_of(text.substr(0, part)) * 31 + hash_of(text.substr(text.size() - part)) + text.size();
}

/// When each text was seen last. Texts of equal hash are taken for one.
class LastSeen {
  public:
    void clear() {
        ++generation_;
        count_ = 0;
    }

    /// Notes that it is seen now and returns when it was seen before; 0 when it was not.
    TokenNumber exchange(std::uint64_t hash, TokenNumber now) {
        if (2 * (count_ + 1) > entries_.size()) grow();
        auto& entry = entries_[position_of(hash)];
        if (entry.generation == generation_) return std::exchange(entry.seen, now);
        entry = {hash, now, generation_};
        ++count_;
        return 0;
    }

  private:
    struct Entry {
        std::uint64_t hash = 0;
        TokenNumber seen = 0;
        std::uint32_t generation = 0;
    };

    std::size_t position_of(std::uint64_t hash) const {
        const auto mask = entries_.size() - 1;
        auto at = (hash >> 20U) & mask;
        while (entries_[at].generation == generation_ && entries_[at].hash != hash) at = (at + 1) & mask;
        return at;
    }

    void grow() {
        auto old = std::exchange(entries_, std::vector<Entry>(entries_.empty() ? 1024 : 2 * entries_.size()));
        for (const auto& entry : old)
            if (entry.generation == generation_) entries_[position_of(entry.hash)] = entry;
    }

    std::vector<Entry> entries_;
    std::size_t count_ = 0;
    std::uint32_t generation_ = 1;
};

}  // namespace gsdb::codebase::measure
