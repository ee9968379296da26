#pragma once
// From the names that code imports to the packages that they are of.

#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// The beginnings of what code imports when it uses a package: of npm and Go its name, of Cargo its crate (`-` is `_`),
/// of PyPI its modules, of Maven its Java packages. `given`: the name that the manifest gives it (Cargo's `package =`,
/// npm's aliases); else empty. Nothing for ecosystems whose imports are not followed.
///
/// PyPI does not say which modules a package has. They are taken from a table of well-known ones; else the name of the
/// package is taken for that of its module, which three of four popular packages keep. Maven's packages begin with
/// their group or what the table says, which is a guess (is_certain()).
std::vector<std::string> import_names(Ecosystem ecosystem, std::string_view package, std::string_view given = {});

/// Whether import_names() are known, not guessed.
bool is_certain(Ecosystem ecosystem, std::string_view package);

/// What an import may begin with to be of a package, the longest first: `a/b/c`, `a/b`, `a` of Go, `google.cloud`,
/// `google` of PyPI; one alone where a package is named by its root (npm, Cargo).
std::vector<std::string> import_beginnings(Ecosystem ecosystem, std::string_view imported);

/// Whether an import is of the language itself or of no package by its form (`./x`, `self::x`, `@/x`), where the linker
/// takes it for one.
bool is_no_package(Ecosystem ecosystem, std::string_view imported);

}  // namespace gsdb::codebase::packages
