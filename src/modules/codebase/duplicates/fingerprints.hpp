#pragma once
// Few of the hashes of a file's stretches, chosen so that two files with a long stretch alike have one in common there:
// winnowing, Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", 2003.

#include <cstdint>
#include <vector>

#include "modules/codebase/duplicates/tokens.hpp"

namespace gsdb::codebase::duplicates {

/// Tokens that a fingerprint is of (k of the paper).
constexpr std::uint32_t gram_tokens = 25;
/// Of so many neighbouring stretches one at least is chosen (w of the paper).
constexpr std::uint32_t winnowing_window = 26;
/// Stretches alike of so many tokens have a fingerprint in common (t of the paper): no shorter ones can be asked for.
constexpr std::uint32_t guaranteed_tokens = gram_tokens + winnowing_window - 1;

struct Fingerprint {
    std::uint64_t hash = 0;
    std::uint32_t position = 0;  ///< the first of its tokens

    bool operator==(const Fingerprint&) const = default;
};

/// In the order of their positions. None of a file with fewer than `guaranteed_tokens`.
std::vector<Fingerprint> fingerprints(const FileTokens& tokens);

}  // namespace gsdb::codebase::duplicates
