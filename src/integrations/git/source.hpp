#pragma once
// What a user names as the thing to index: a work tree, a bare repository, a remote one, or a plain folder.

#include <memory>
#include <string>

#include "modules/codebase/source/tree.hpp"

namespace gsdb::git {

/// An Opener (see tree.hpp). A path inside a repository means that repository as a whole, as it does to git; a folder
/// of which the repository around it tracks nothing is a plain folder. A remote repository is copied below
/// `options.repositories` first.
Result<std::unique_ptr<codebase::source::SourceTree>> open_source(const std::string& location,
                                                                  const codebase::source::OpenOptions& options = {});

}  // namespace gsdb::git
