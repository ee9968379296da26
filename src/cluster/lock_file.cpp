#include "cluster/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gsdb::cluster {

namespace {

Error in_use(int descriptor, std::string_view code, std::string_view what) {
    std::array<char, 32> text{};
    const auto count = pread(descriptor, text.data(), text.size(), 0);
    std::string holder(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    holder.resize(std::min(holder.find('\n'), holder.size()));
    return {
        .code = std::string(code),
        .message = fmt::format("{} is in use by {}", what, holder.empty() ? "another process" : "process " + holder),
        .hint = "stop it with `gsdb down`, or work in another folder with GSDB_HOME",
        .exit_code = ExitCode::conflict};
}

}  // namespace

Result<LockFile> LockFile::take(const std::filesystem::path& file, std::string_view code, std::string_view what) {
    auto failed = [&] {
        return std::unexpected(Error{.code = "home.not_usable",
                                     .message = fmt::format("cannot lock {}", file.string()),
                                     .detail = std::strerror(errno),
                                     .hint = "is the folder on a disk that can be written?",
                                     .exit_code = ExitCode::unavailable});
    };
    // The file is never removed: a holder of the old inode and one of the new would both believe they are alone.
    LockFile lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.descriptor_ < 0) return failed();
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return failed();
        return std::unexpected(in_use(lock.descriptor_, code, what));
    }
    const auto pid = fmt::format("{}\n", getpid());
    // A full disk may keep the pid from being written; the lock holds without it.
    if (ftruncate(lock.descriptor_, 0) == 0) [[maybe_unused]]
        auto written = pwrite(lock.descriptor_, pid.data(), pid.size(), 0);
    return lock;
}

LockFile::~LockFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace gsdb::cluster
