#pragma once
// What a language brings along: names that need no import, and the modules of its standard library.

#include <string_view>

#include "modules/codebase/extract/languages.hpp"

namespace gsdb::codebase::link {

/// Whether `name` is there without being defined or imported (Python's builtins, JavaScript's globals in Node and in
/// browsers).
bool is_builtin_name(extract::Language language, std::string_view name);

/// Whether a module whose path begins with `first` (`os` of `os.path`, `fs` of `node:fs/promises`) is of the language's
/// standard library.
bool is_standard_module(extract::Language language, std::string_view first);

}  // namespace gsdb::codebase::link
