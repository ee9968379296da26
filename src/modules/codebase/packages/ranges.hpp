#pragma once
// Whether a version is among those that a manifest accepts.

#include <optional>
#include <string_view>

#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// Whether a range of versions, as a manifest of the ecosystem writes it, accepts a version. Nothing where that is not
/// known: a tag, a URL, a form that is not handled, an ecosystem other than npm, PyPI and Cargo.
///
/// Rules: npm https://github.com/npm/node-semver#ranges (without `includePrerelease`); Cargo
/// https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html; PyPI
/// https://packaging.python.org/en/latest/specifications/version-specifiers/, and Poetry's `^` and `~`. A pre-release
/// that PyPI locks was chosen on purpose and counts as any version.
std::optional<bool> accepts(Ecosystem ecosystem, std::string_view range, std::string_view version);

}  // namespace gsdb::codebase::packages
