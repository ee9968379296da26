#pragma once
// What stands in more than one place of some sequences, and cannot be longer without standing in fewer.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace gsdb::codebase::duplicates {

/// Several sequences of symbols, one behind the other.
struct Sequences {
    std::vector<std::uint32_t> symbols;
    std::vector<std::uint32_t> ends;  ///< of each symbol, where its sequence ends
    std::vector<bool> is_first;       ///< of each symbol, whether its sequence begins with it
};

/// Sees how many symbols are repeated, and where each of at least two places begins.
using SeeRepeat = std::function<void(std::uint32_t length, std::span<const std::uint32_t> places)>;

/// Every maximal repeat, once: Abouelhoda, Kurtz and Ohlebusch, "Replacing Suffix Trees with Enhanced Suffix Arrays",
/// 2004. Places may overlap.
void find_maximal_repeats(const Sequences& sequences, const SeeRepeat& see);

}  // namespace gsdb::codebase::duplicates
