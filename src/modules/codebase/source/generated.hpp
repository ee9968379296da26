#pragma once
// How generated files give themselves away.

#include <optional>
#include <string>
#include <string_view>

namespace gsdb::codebase::source {

/// The evidence, if the name says so: api.pb.go, __generated__/.
std::optional<std::string> generated_by_path(std::string_view path);

/// The evidence, if the content says so: a comment near the top that names a generator or forbids editing, #line
/// directives, a source map, the tables of a parser generator.
std::optional<std::string> generated_by_content(std::string_view path, std::string_view text);

}  // namespace gsdb::codebase::source
