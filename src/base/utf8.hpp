#pragma once
// UTF-8 (RFC 3629), and text of unknown origin made fit for what takes nothing else.

#include <cstddef>
#include <string>
#include <string_view>

namespace gsdb {

/// The length of the well-formed sequence at the start of `text` (no surrogates, no overlong forms), 0 where there is
/// none.
std::size_t utf8_sequence_length(std::string_view text);

bool is_valid_utf8(std::string_view text);

/// The beginning of a text, at most so many bytes, ending at the end of a character.
std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max);

/// The text with U+FFFD in the place of each byte that is no part of a character, and of NUL, which PostgreSQL does not
/// store.
std::string printable_utf8(std::string_view text);

}  // namespace gsdb
