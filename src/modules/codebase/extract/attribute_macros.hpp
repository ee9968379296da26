#pragma once
// Macros that decorate C and C++ declarations, taken out of the way of a parser that cannot expand them.

#include <optional>
#include <string>
#include <string_view>

namespace gsdb::codebase::extract {

/// A copy of C or C++ source, of equal length, in which macros that stand where the language has no word of its own are
/// spaces: `class API_EXPORT Name {`, `API_EXPORT void f(void);`, `void f(int) ATTR(1, 2) {`. Nothing when there are
/// none.
///
/// Only names in upper case are taken for macros, and only where what follows shows that a declaration goes on: `DWORD
/// x;` keeps its type. Positions in the copy are positions in the source.
std::optional<std::string> without_attribute_macros(std::string_view source);

}  // namespace gsdb::codebase::extract
