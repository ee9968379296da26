#pragma once
// Text of unknown origin, made fit for what takes UTF-8 only.

#include <cstddef>
#include <string>
#include <string_view>

namespace gsdb {

/// The beginning of a text, at most so many bytes, ending at the end of a character.
std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max);

/// The text with U+FFFD in the place of each byte that is no part of a character of UTF-8 (RFC 3629), and of NUL, which
/// PostgreSQL does not store.
std::string printable_utf8(std::string_view text);

}  // namespace gsdb
