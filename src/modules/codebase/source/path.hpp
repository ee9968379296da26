#pragma once
// File names are bytes: Git and Linux allow every byte but NUL and '/'. People, JSON and PostgreSQL's text want valid
// UTF-8. The display form gives them that and can be turned back into the bytes.

#include <optional>
#include <string>
#include <string_view>

namespace gsdb::codebase::source {

/// The path as shown and stored: valid UTF-8 stays as it is, except that
///   a backslash becomes `\\`;
///   each byte of invalid UTF-8, of a control character (C0, DEL, C1) and of a character that reorders text on screen
///   (U+202A to U+202E, U+2066 to U+2069) becomes `\x` and two lower-case hexadecimal digits.
/// Different paths have different display forms; nearly every path is its own.
std::string display_path(std::string_view bytes);

/// The bytes whose display form is `display`, or nothing when it is the display form of no path.
std::optional<std::string> path_of_display(std::string_view display);

}  // namespace gsdb::codebase::source
