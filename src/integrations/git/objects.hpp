#pragma once
// Commits and trees out of their raw bytes, the same for either way of reading a repository.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/git/repository.hpp"

namespace gsdb::git {

/// A path of a commit, as its trees have it.
struct TreeFile {
    std::string path;
    EntryKind kind{};
    ObjectId id;
};

/// Every path below a tree, ordered by path. Names that no file can have (`..`, with a slash) and trees that cannot be
/// read go to `problems`.
std::vector<TreeFile> files_of_tree(const Repository& repository, const ObjectId& tree, std::vector<Problem>& problems);

/// Errors: source.corrupted, source.shallow.
Result<ObjectId> tree_of_commit(const Repository& repository, const ObjectId& commit);

}  // namespace gsdb::git
