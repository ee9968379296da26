#pragma once
// Comments and annotations that say to leave issues as they are.

#include <string_view>
#include <vector>

#include "modules/codebase/checks/finding.hpp"
#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::checks {

/// What the comments of a file suppress: `gsdb: ignore[rule-id, ...] reason`, and of other tools what means one of our
/// rules exactly: `noqa`, `eslint-disable`, `eslint-disable-line`, `eslint-disable-next-line`, `NOLINT`,
/// `NOLINTNEXTLINE`, `@SuppressWarnings`. A comment behind code holds for its line, one that stands alone for the next
/// line with code.
std::vector<Directive> directives_of(std::string_view source, const extract::FileFacts& facts);

}  // namespace gsdb::codebase::checks
