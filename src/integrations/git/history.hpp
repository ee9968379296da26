#pragma once
// The history of a repository.

#include <memory>

#include "integrations/git/repository.hpp"
#include "modules/codebase/source/history.hpp"

namespace gsdb::git {

/// `repository` outlives the history. `head` is the commit that the tree shows; nothing while there is none.
std::unique_ptr<codebase::source::History> make_history(const Repository& repository, std::optional<ObjectId> head);

}  // namespace gsdb::git
