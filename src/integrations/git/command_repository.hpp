#pragma once
// A repository through the git program: slower to ask, and it knows every repository format that the installed git
// knows.

#include <memory>
#include <string>

#include "integrations/git/repository.hpp"

namespace gsdb::git {

/// The repository that contains `path`; null if none does. Errors: git.missing, source.corrupted.
Result<std::unique_ptr<Repository>> open_with_git(const std::string& path);

}  // namespace gsdb::git
