#include "modules/codebase/duplicates/maximal_repeats.hpp"

#include <numeric>

namespace gsdb::codebase::duplicates {

namespace {

/// How many symbols two places have in common; a sequence ends at its end.
std::uint32_t common(const Sequences& s, std::uint32_t a, std::uint32_t b) {
    std::uint32_t length = 0;
    while (a + length < s.ends[a] && b + length < s.ends[b] && s.symbols[a + length] == s.symbols[b + length]) ++length;
    return length;
}

bool is_before(const Sequences& s, std::uint32_t a, std::uint32_t b) {
    const auto length = common(s, a, b);
    const bool ends_a = a + length == s.ends[a], ends_b = b + length == s.ends[b];
    if (ends_a || ends_b) return ends_a != ends_b ? ends_a : a < b;
    return s.symbols[a + length] < s.symbols[b + length];
}

/// Whether what stands before the places differs, so that none of them can begin earlier.
bool is_left_maximal(const Sequences& s, std::span<const std::uint32_t> places) {
    return std::ranges::any_of(places, [&](auto place) {
        return s.is_first[place] || s.is_first[places[0]] || s.symbols[place - 1] != s.symbols[places[0] - 1];
    });
}

}  // namespace

void find_maximal_repeats(const Sequences& sequences, const SeeRepeat& see) {
    const auto count = static_cast<std::uint32_t>(sequences.symbols.size());
    std::vector<std::uint32_t> sorted(count);
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::sort(sorted, [&](auto a, auto b) { return is_before(sequences, a, b); });

    struct Interval {
        std::uint32_t length, begin;
    };
    std::vector<Interval> open{{0, 0}};
    for (std::uint32_t i = 1; i <= count; ++i) {
        const auto length = i < count ? common(sequences, sorted[i - 1], sorted[i]) : 0;
        auto begin = i - 1;
        while (open.back().length > length) {
            begin = open.back().begin;
            const std::span places(sorted.data() + begin, i - begin);
            if (is_left_maximal(sequences, places)) see(open.back().length, places);
            open.pop_back();
        }
        if (open.back().length < length) open.push_back({length, begin});
    }
}

}  // namespace gsdb::codebase::duplicates
