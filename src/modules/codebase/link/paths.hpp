#pragma once
// Paths as texts, from the root of the codebase, with slashes.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::link {

/// `a/b` of `a/b/c`; empty for what lies at the root.
std::string folder_of(std::string_view path);

/// `a/./b/../c` is `a/c`; what leaves the root begins with `..`.
std::string normalised(std::string_view path);

/// The parts of `a::b::C`.
std::vector<std::string_view> parts_of_path(std::string_view path);

}  // namespace gsdb::codebase::link
