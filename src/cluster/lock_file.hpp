#pragma once
// A file that one process at a time holds, and that says which. The kernel releases it when the holder dies.

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace gsdb::cluster {

class LockFile {
  public:
    /// Locks `file`, makes it when missing, and writes this process' pid into it. Held by another process: an Error
    /// `code` with ExitCode::conflict, "`what` is in use by process N".
    static Result<LockFile> take(const std::filesystem::path& file, std::string_view code, std::string_view what);

    LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    LockFile& operator=(LockFile&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~LockFile();

  private:
    explicit LockFile(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace gsdb::cluster
