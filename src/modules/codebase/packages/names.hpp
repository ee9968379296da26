#pragma once
// Names of packages and where they come from, in their normal forms.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// The name as the registry compares it: PyPI lower case with runs of `-_.` as one `-` (PEP 503), NuGet and Packagist
/// lower case, others as they are.
std::string normal_name(Ecosystem ecosystem, std::string_view name);

/// A URL without user, password and tokens: `https://user:secret@host/path` is `https://host/path`. `git@host:path`
/// keeps its user, which is no secret.
std::string without_credentials(std::string_view url);

/// Without white space at both ends.
std::string_view trimmed(std::string_view text);
/// The lines of a text, without their ends.
std::vector<std::string_view> lines_of(std::string_view text);
/// The parts between white space.
std::vector<std::string_view> words_of(std::string_view text);
std::string lower_case(std::string_view text);
/// The text without NULs, which no database takes, and where it is longer than `bytes_max` its beginning, a whole
/// number of UTF-8 characters, with an ellipsis.
std::string excerpt(std::string_view text, std::size_t bytes_max = 80);

/// `a/b` of `a/b/c`; empty at the root.
std::string_view folder_of(std::string_view path);
std::string_view file_name_of(std::string_view path);
/// `folder/path` without `.` and `..`; nothing where it leaves the tree.
std::optional<std::string> join_path(std::string_view folder, std::string_view path);

}  // namespace gsdb::codebase::packages
