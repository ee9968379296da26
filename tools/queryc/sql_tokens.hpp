#pragma once
// The lexical structure of PostgreSQL's SQL, as far as named parameters need it.

#include <cstddef>
#include <string_view>
#include <vector>

namespace gsdb::queryc {

struct Token {
    enum Kind { space, comment, word, quoted_name, string, number, parameter, symbol };
    Kind kind;
    std::string_view text;  ///< as written; of a parameter `:name` with the colon
    std::size_t offset;     ///< of its first byte in the scanned text
};

/// Every byte of `sql` is in exactly one token. `[a:b]` is a slice and `x::type` a cast; `:name` anywhere else is a
/// parameter. Throws Failure "queryc.syntax" with the offset's line for a quote or comment that never ends.
std::vector<Token> tokenize(std::string_view sql);

/// The line, from 1, of the byte at `offset`.
std::size_t line_of(std::string_view text, std::size_t offset);

/// Whether the token is this word, in any case. `lower` is in lower case.
bool is_word(const Token& token, std::string_view lower);

}  // namespace gsdb::queryc
