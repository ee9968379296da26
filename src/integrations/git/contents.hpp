#pragma once
// What indexed files held, from a repository or a plain folder.

#include <memory>
#include <string>

#include "modules/codebase/source/contents.hpp"

namespace gsdb::git {

/// A ContentsOpener (see contents.hpp of codebase/source). A repository's objects are asked first; a file that is in
/// none, or of a plain folder, is read where it is as long as it has not changed.
Result<std::unique_ptr<codebase::source::Contents>> open_contents(const std::string& location);

}  // namespace gsdb::git
