#pragma once
// The files of a folder and below, compared with what was known of them: Git's index for a work tree, nothing for a
// plain folder. One pass over the disk: a listing of each folder and a stat of each file.

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/source/ignore.hpp"
#include "modules/codebase/source/root_folder.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

/// A file as the index has it.
struct KnownFile {
    std::string_view path;
    EntryKind kind{};
    ObjectId id;
    FileStamp stamp;
    bool must_verify = false;  ///< the stamp says nothing: unmerged, or added with its content still to come
    bool conflicted = false;
    bool left_out = false;  ///< outside of a sparse checkout: not on disk on purpose
};

struct WalkOptions {
    bool trust_executable_bit = true;       ///< core.fileMode
    bool trust_symlinks = true;             ///< core.symlinks: false where links were checked out as ordinary files
    bool ignore_case = false;               ///< core.ignoreCase, for ignore patterns
    bool enter_nested_repositories = true;  ///< false in a work tree: a repository inside belongs to itself
    std::vector<IgnoreFile> ignore_files;   ///< that hold for the whole tree, the weakest first
    std::stop_token stop;
};

struct WalkedFile {
    std::string path;
    EntryKind kind{};
    FileStamp stamp;
    const KnownFile* known = nullptr;
};

struct Walk {
    std::vector<WalkedFile> files;  ///< ordered by path; submodules whose folder is there included
    std::vector<Problem> problems;
    std::vector<std::string> ignored;
    std::uint32_t deleted = 0;  ///< known, and not on disk
    bool stopped = false;
};

/// `known` is ordered by path, each path once.
Walk walk(const RootFolder& root, std::span<const KnownFile> known, const WalkOptions& options);

}  // namespace gsdb::codebase::source
