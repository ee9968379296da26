#pragma once
// What differs between two trees.

#include <optional>
#include <vector>

#include "integrations/git/repository.hpp"
#include "modules/codebase/source/history.hpp"

namespace gsdb::git {

using codebase::source::ChangeLimits;
using codebase::source::CommitChanges;

/// From `before` (nothing: an empty tree) to `after`: the paths with the lines that differ, renames found. Attributes
/// that call a file binary or text do not count. Problems: missing_object, unreadable.
std::expected<CommitChanges, Problem> compare_trees(const Repository& repository, const std::optional<ObjectId>& before,
                                                    const ObjectId& after, const ChangeLimits& limits);

}  // namespace gsdb::git
