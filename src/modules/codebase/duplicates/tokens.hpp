#pragma once
// A file as tokens, with what may vary between two copies told from what may not.

#include <cstdint>
#include <utility>
#include <vector>

#include "modules/codebase/extract/languages.hpp"

namespace gsdb::codebase::duplicates {

enum class TokenClass : std::uint8_t {
    sign,   ///< keyword, operator, bracket: the same in all copies
    name,   ///< identifier, or type that the language brings: may be renamed
    value,  ///< number, string, constant: may be another
};

/// Class and number of a token: of a sign in the grammars, of a name or value in FileTokens::texts.
class TokenCode {
  public:
    TokenCode() = default;
    TokenCode(TokenClass of, std::uint32_t number) : bits_((number << 2U) | static_cast<std::uint32_t>(of)) {}
    static TokenCode from_bits(std::uint32_t bits) {
        TokenCode code;
        code.bits_ = bits;
        return code;
    }

    TokenClass token_class() const { return static_cast<TokenClass>(bits_ & 3U); }
    std::uint32_t number() const { return bits_ >> 2U; }
    std::uint32_t bits() const { return bits_; }

    bool operator==(const TokenCode&) const = default;

  private:
    std::uint32_t bits_ = 0;
};

/// Languages whose copies are looked for in each other: C with C++, JavaScript with TypeScript.
using Family = std::uint8_t;
Family family_of(extract::Language);

struct FileTokens {
    Family family = 0;
    std::vector<TokenCode> codes;                               ///< in the order of the text, without comments
    std::vector<std::uint32_t> lines;                           ///< of the first byte of each, from 1
    std::vector<std::pair<std::uint32_t, std::uint32_t>> tall;  ///< token that ends on a later line, and how many later
    std::vector<std::uint32_t> texts;                           ///< of names and values, each once: halves of hashes

    bool operator==(const FileTokens&) const = default;
};

/// The line of a token's last byte.
std::uint32_t end_line(const FileTokens& tokens, std::uint32_t token);

}  // namespace gsdb::codebase::duplicates
