#pragma once
// Packages that are run rather than imported: nobody finds an import of them, and they are needed all the same.

#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// What runs a package: the script whose command line calls one of its `commands` or loads the package, or the setting
/// that names it; empty where nothing does. Without `commands` the package is taken to bring one of its own name.
std::string run_by(const std::vector<Script>& scripts, std::string_view package,
                   const std::vector<std::string>& commands);

/// What a package is by the conventions of its ecosystem, when nothing imports packages of its kind: types for a
/// compiler, a plugin that its host finds by name, a program. Empty for all others.
std::string kind_by_name(Ecosystem ecosystem, std::string_view package);

}  // namespace gsdb::codebase::packages
