#pragma once
// The two trees a repository offers: what is checked out, and what a commit holds.

#include <memory>
#include <string>

#include "integrations/git/repository.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::git {

using SourceTreePointer = std::unique_ptr<codebase::source::SourceTree>;

/// Errors: source.not_found, source.not_readable, source.empty_repository.
Result<SourceTreePointer> make_work_tree(std::unique_ptr<Repository> repository);

/// Shows a commit; `branch` is the branch that named it, empty if none did. Errors: source.corrupted, source.shallow.
Result<SourceTreePointer> make_commit_tree(std::unique_ptr<Repository> repository, const ObjectId& commit,
                                           std::string branch);

/// The tree with the files of its submodules below their paths, and those of submodules inside of them. A submodule
/// that is not there stays an entry; one that cannot be opened becomes a problem.
enum class Shows { work_tree, commit };
SourceTreePointer with_submodules(SourceTreePointer tree, const Layout& layout, Shows shows);

codebase::source::Identity identity_of(const Repository& repository);

}  // namespace gsdb::git
