#pragma once
// Files below a folder, opened so that no symbolic link leads out of it and no FIFO blocks, and read so that what comes
// back is what its id says even while others write.

#include <sys/stat.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

/// What stat says of a file, in the width in which Git's index keeps it.
struct FileStamp {
    std::uint32_t modified_seconds = 0;
    std::uint32_t modified_nanoseconds = 0;
    std::uint32_t changed_seconds = 0;
    std::uint32_t changed_nanoseconds = 0;
    std::uint32_t inode = 0;
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    std::uint64_t size = 0;  ///< modulo 2^32 when it comes from an index

    static FileStamp of(const struct stat& status);
};

/// A problem whose cause is an errno.
Problem problem_of_errno(std::string path, int error);

/// Safe from any number of threads.
class RootFolder {
  public:
    /// Errors: source.not_found, source.not_readable, source.not_a_folder.
    static Result<RootFolder> open(const std::string& path);

    const std::string& path() const { return path_; }
    int descriptor() const { return descriptor_.number(); }

    /// The bytes of a regular file.
    std::expected<Bytes, Problem> read_file(const std::string& path, std::uint64_t bytes_max) const;

    /// The target of a symbolic link.
    std::expected<Bytes, Problem> read_link(const std::string& path) const;

    /// The blob id of a regular file; long ones are streamed.
    std::expected<ObjectId, Problem> hash_file(const std::string& path, HashAlgorithm algorithm) const;

  private:
    RootFolder(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::expected<Descriptor, Problem> open_below(const std::string& path, int flags) const;

    std::string path_;
    Descriptor descriptor_;
};

/// Canonical: absolute, no symbolic link, no `..`. Errors: source.not_found, source.not_readable.
Result<std::string> canonical_path(const std::string& path);

}  // namespace gsdb::codebase::source
