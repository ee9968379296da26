#pragma once
// From files on disk to entries with blob ids, without reading what is known to be unchanged.

#include <functional>
#include <span>

#include "modules/codebase/source/root_folder.hpp"
#include "modules/codebase/source/tree.hpp"
#include "modules/codebase/source/walk.hpp"

namespace gsdb::codebase::source {

/// When the index was written. A file stamped at that moment or after may have changed without its stamp changing.
struct IndexMoment {
    std::uint32_t seconds = 0;
    std::uint32_t nanoseconds = 0;
};

struct DiskListing {
    std::span<const KnownFile> known{};
    IndexMoment index_written{};
    HashAlgorithm algorithm = HashAlgorithm::sha1;
    /// The id Git would give the file. `stamp_is_equal`: the file looks as it did to the index, but so recently that a
    /// change may not show. Called by several threads.
    std::function<std::expected<ObjectId, Problem>(const WalkedFile& file, bool stamp_is_equal)> hash;
    /// Called once before, with all files there are; may be empty.
    std::function<void(std::span<const WalkedFile> files)> before_hashing;
};

/// Everything on disk; fills the counts of State but `staged`. Errors: source.interrupted.
Result<Listing> list_disk(const RootFolder& root, const DiskListing& disk, const WalkOptions& walk_options,
                          const ListOptions& options);

/// The id of a regular file's bytes or a link's target as they are, without conversions.
std::expected<ObjectId, Problem> hash_raw(const RootFolder& root, const std::string& path, EntryKind kind,
                                          HashAlgorithm algorithm);

Error interrupted_error(std::string_view what);

}  // namespace gsdb::codebase::source
