#pragma once
// Plain folders: everything below that .gitignore files do not exclude. Folders named .git are left out.

#include <memory>
#include <string>

#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

/// Errors: source.not_found, source.not_readable, source.not_a_folder, source.empty_folder.
Result<std::unique_ptr<SourceTree>> open_folder(const std::string& path);

}  // namespace gsdb::codebase::source
