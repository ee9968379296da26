#pragma once
// Patterns as .gitignore and .gitattributes write them (gitignore(5), "PATTERN FORMAT").

#include <string_view>

namespace gsdb::codebase::source {

struct WildmatchOptions {
    bool slashes_are_special =
        true;                  ///< `*`, `?` and `[...]` do not match '/', `**` between slashes matches any folders
    bool ignore_case = false;  ///< of ASCII letters
};

/// Whether `pattern` describes the whole of `text`: ? * ** [a-z] [!a] [^a] [[:digit:]] and backslash to quote. An
/// unclosed bracket or a backslash at the end matches nothing.
bool wildmatch(std::string_view pattern, std::string_view text, WildmatchOptions options = {});

}  // namespace gsdb::codebase::source
