#pragma once
// Git's index: which files are tracked, with their blob ids and the stamps they had when Git last looked at them.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/source/listing.hpp"
#include "modules/codebase/source/walk.hpp"

namespace gsdb::git {

struct Index {
    std::vector<codebase::source::KnownFile> files;  ///< ordered by path, each once: stages of a conflict are one file
    codebase::source::IndexMoment written{};
    std::optional<codebase::source::ObjectId> tree;  ///< of the whole, when the index remembers it
    std::deque<std::string> storage;                 ///< of the paths

    Index() = default;
    Index(Index&&) = default;
    Index& operator=(Index&&) = default;
};

/// Reads the file `index` of a Git directory; without one the index is empty. libgit2 is not used: it knows neither
/// SHA-256 nor split nor sparse indexes, and makes an object of each entry. Errors: source.corrupted, and
/// source.unsupported for the index extensions that only git itself understands: then read_index_by_git() helps.
Result<Index> read_index(const std::string& git_dir, codebase::source::HashAlgorithm algorithm);

/// The same by the git program.
Result<Index> read_index_by_git(const std::string& git_dir, const std::string& work_dir);

}  // namespace gsdb::git
