#pragma once
// Hashes of all stretches of a length, each in a step, which are equal where names are renamed one to one.
//
// A name is written as how many tokens ago the stretch had it, 0 where it had not yet: the parameterized strings of
// Baker, "On Finding Duplication and Near-Duplication in Large Software Systems", 1995. Values are all alike.

#include <cstdint>
#include <vector>

#include "modules/codebase/duplicates/tokens.hpp"

namespace gsdb::codebase::duplicates {

/// Of each name, how many tokens before it stands last; 0 for the first and for what is no name.
std::vector<std::uint32_t> name_distances(const FileTokens& tokens);

inline std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
}

/// A token as it stands in a stretch where the name is so many tokens after its last; 0: after none.
inline std::uint32_t symbol_of(TokenCode code, std::uint32_t distance) {
    switch (code.token_class()) {
        case TokenClass::sign:
            return code.bits();
        case TokenClass::name:
            return TokenCode(TokenClass::name, distance).bits();
        default:
            return TokenCode(TokenClass::value, 0).bits();
    }
}

/// The symbol of a token in a stretch that begins at `start`.
inline std::uint32_t symbol_in(const FileTokens& tokens, const std::vector<std::uint32_t>& distances,
                               std::uint32_t token, std::uint32_t start) {
    return symbol_of(tokens.codes[token], distances[token] > token - start ? 0 : distances[token]);
}

/// Goes over the stretches of `size` tokens of a file from left to right.
class WindowHasher {
  public:
    WindowHasher(const FileTokens& tokens, const std::vector<std::uint32_t>& distances, std::uint32_t size);

    /// The hash of the stretch that begins at `start`, of which the file must have all. The one after the last that
    /// was asked for costs a step, any other one as many as it has tokens.
    std::uint64_t at(std::uint32_t start);

  private:
    void begin(std::uint32_t start);
    void slide();

    const FileTokens& tokens_;
    const std::vector<std::uint32_t>& distances_;
    std::vector<std::uint32_t> next_;  ///< of each name, how many tokens after it stands again; 0: nowhere
    const std::uint32_t size_;
    std::vector<std::uint64_t> powers_;
    std::uint32_t start_ = 0;
    std::uint64_t hash_ = 0;
    bool is_begun_ = false;
};

}  // namespace gsdb::codebase::duplicates
