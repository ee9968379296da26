#pragma once
// Local copies of remote repositories: bare, branches and tags only, kept up to date by fetching.

#include <string>

#include "base/error.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::git {

/// Clones `url` into `options.repositories`, or fetches into the copy that is there, and returns its path. A clone that
/// breaks off leaves nothing; a fetch that breaks off leaves the copy as it was. One process at a time per repository,
/// others wait. Errors: source.bad_url, source.fetch_failed, source.interrupted, source.not_readable, git.missing.
Result<std::string> update_mirror(const std::string& url, const codebase::source::OpenOptions& options);

}  // namespace gsdb::git
