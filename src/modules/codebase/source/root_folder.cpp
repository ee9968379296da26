#include "modules/codebase/source/root_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "modules/codebase/source/path.hpp"

namespace gsdb::codebase::source {

namespace {

// A file being written is read again this many times in the hope of a quiet moment.
constexpr int attempts_max = 3;
constexpr std::uint64_t streamed_above_bytes = 16 << 20;

std::string message_of(int error) {
    return std::generic_category().message(error);
}

Error error_of_path(const std::string& path, int error) {
    const auto shown = display_path(path);
    if (error == ENOENT || error == ENOTDIR) {
        return {.code = "source.not_found",
                .message = fmt::format("there is no folder {}", shown),
                .detail = message_of(error),
                .hint = "check the path; a remote repository is named by its URL",
                .exit_code = ExitCode::not_found};
    }
    return {.code = "source.not_readable",
            .message = fmt::format("{} cannot be read", shown),
            .detail = message_of(error),
            .hint = "give the user that runs gsdb the right to read it and to enter every folder above it",
            .exit_code = ExitCode::unavailable};
}

bool same_moment(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

// Up to `bytes_max` bytes from where the descriptor stands; errno on failure.
std::expected<std::size_t, int> read_fully(int descriptor, std::uint8_t* into, std::size_t bytes_max) {
    std::size_t total = 0;
    while (total < bytes_max) {
        const auto got = ::read(descriptor, into + total, bytes_max - total);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(errno);
        total += static_cast<std::size_t>(got);
    }
    return total;
}

}  // namespace

FileStamp FileStamp::of(const struct stat& status) {
    const auto narrow = [](auto value) { return static_cast<std::uint32_t>(value); };
    return {.modified_seconds = narrow(status.st_mtim.tv_sec),
            .modified_nanoseconds = narrow(status.st_mtim.tv_nsec),
            .changed_seconds = narrow(status.st_ctim.tv_sec),
            .changed_nanoseconds = narrow(status.st_ctim.tv_nsec),
            .inode = narrow(status.st_ino),
            .user = narrow(status.st_uid),
            .group = narrow(status.st_gid),
            .size = static_cast<std::uint64_t>(status.st_size)};
}

Problem problem_of_errno(std::string path, int error) {
    // ELOOP: a folder on the way became a symbolic link, so the path as listed is gone.
    const bool gone = error == ENOENT || error == ENOTDIR || error == ELOOP;
    return {.path = std::move(path),
            .kind = gone ? ProblemKind::vanished : ProblemKind::unreadable,
            .cause = message_of(error)};
}

Result<std::string> canonical_path(const std::string& path) {
    std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    if (!real) return std::unexpected(error_of_path(path, errno));
    return std::string(real.get());
}

Result<RootFolder> RootFolder::open(const std::string& path) {
    auto canonical = canonical_path(path);
    if (!canonical) return std::unexpected(canonical.error());
    Descriptor descriptor(::open(canonical->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.is_open()) return RootFolder(std::move(*canonical), std::move(descriptor));
    if (errno != ENOTDIR) return std::unexpected(error_of_path(path, errno));
    return std::unexpected(Error{.code = "source.not_a_folder",
                                 .message = fmt::format("{} is not a folder", display_path(path)),
                                 .hint = "name the folder or the repository that holds the files to index",
                                 .exit_code = ExitCode::usage});
}

std::expected<Descriptor, Problem> RootFolder::open_below(const std::string& path, int flags) const {
    flags |= O_CLOEXEC | O_NOFOLLOW;
    static std::atomic<bool> kernel_has_openat2 = true;
    if (kernel_has_openat2 && path.size() < PATH_MAX) {
        open_how how{
            .flags = static_cast<std::uint64_t>(flags), .mode = 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
        const auto opened = ::syscall(SYS_openat2, descriptor(), path.c_str(), &how, sizeof how);
        if (opened >= 0) return Descriptor(static_cast<int>(opened));
        if (errno != ENOSYS && errno != EPERM && errno != EAGAIN) return std::unexpected(problem_of_errno(path, errno));
        if (errno == ENOSYS) kernel_has_openat2 = false;
    }
    // An older kernel, a sandbox that forbids the call, or a path too long for one call: one part at a time.
    Descriptor folder;
    for (std::size_t start = 0;;) {
        const auto slash = path.find('/', start);
        const auto part = path.substr(start, slash == std::string::npos ? slash : slash - start);
        if (part.empty() || part == "." || part == "..") {
            return std::unexpected(Problem{path, ProblemKind::unreadable, "leads out of the tree"});
        }
        const int from = folder.is_open() ? folder.number() : descriptor();
        const bool last = slash == std::string::npos;
        Descriptor next(::openat(from, part.c_str(), last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!next.is_open()) return std::unexpected(problem_of_errno(path, errno));
        if (last) return next;
        folder = std::move(next);
        start = slash + 1;
    }
}

std::expected<Bytes, Problem> RootFolder::read_link(const std::string& path) const {
    auto link = open_below(path, O_PATH);
    if (!link) return std::unexpected(link.error());
    Bytes target(PATH_MAX);
    const auto length = ::readlinkat(link->number(), "", reinterpret_cast<char*>(target.data()), target.size());
    if (length < 0 && (errno == EINVAL || errno == ENOENT)) {
        return std::unexpected(Problem{path, ProblemKind::vanished, "no longer a symbolic link"});
    }
    if (length < 0) return std::unexpected(problem_of_errno(path, errno));
    target.resize(static_cast<std::size_t>(length));
    return target;
}

std::expected<Bytes, Problem> RootFolder::read_file(const std::string& path, std::uint64_t bytes_max) const {
    // O_NONBLOCK: a FIFO put in the file's place must not block the reader.
    auto file = open_below(path, O_RDONLY | O_NONBLOCK);
    if (!file) return std::unexpected(file.error());
    Bytes bytes;
    for (int attempt = 1;; ++attempt) {
        struct stat before{};
        if (::fstat(file->number(), &before) != 0) return std::unexpected(problem_of_errno(path, errno));
        if (!S_ISREG(before.st_mode)) {
            return std::unexpected(Problem{path, ProblemKind::vanished, "no longer a regular file"});
        }
        const auto size = static_cast<std::uint64_t>(before.st_size);
        if (size > bytes_max)
            return std::unexpected(Problem{path, ProblemKind::too_large, fmt::format("{} bytes", size)});
        bytes.resize(size + 1);  // one more, to notice that the file grew
        const auto got = read_fully(file->number(), bytes.data(), bytes.size());
        if (!got) return std::unexpected(problem_of_errno(path, got.error()));
        struct stat after{};
        if (::fstat(file->number(), &after) != 0) return std::unexpected(problem_of_errno(path, errno));
        const bool quiet = *got == size && same_moment(before, after);
        if (quiet || attempt == attempts_max) {
            // A file that is always written to is taken as it was met: the id is made of these very bytes.
            bytes.resize(std::min<std::size_t>(*got, bytes_max));
            return bytes;
        }
        ::lseek(file->number(), 0, SEEK_SET);
    }
}

std::expected<ObjectId, Problem> RootFolder::hash_file(const std::string& path, HashAlgorithm algorithm) const {
    if (auto bytes = read_file(path, streamed_above_bytes))
        return hash_blob(*bytes, algorithm);
    else if (bytes.error().kind != ProblemKind::too_large)
        return std::unexpected(bytes.error());

    auto file = open_below(path, O_RDONLY | O_NONBLOCK);
    if (!file) return std::unexpected(file.error());
    Bytes buffer(1 << 20);
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        ::lseek(file->number(), 0, SEEK_SET);
        struct stat before{};
        if (::fstat(file->number(), &before) != 0) return std::unexpected(problem_of_errno(path, errno));
        const auto size = static_cast<std::uint64_t>(before.st_size);
        BlobHasher hasher(algorithm, size);
        std::uint64_t seen = 0;
        while (seen < size) {
            const auto wanted = std::min<std::uint64_t>(buffer.size(), size - seen);
            const auto got = read_fully(file->number(), buffer.data(), wanted);
            if (!got) return std::unexpected(problem_of_errno(path, got.error()));
            if (*got == 0) break;
            hasher.update(ByteView(buffer).first(*got));
            seen += *got;
        }
        struct stat after{};
        if (::fstat(file->number(), &after) != 0) return std::unexpected(problem_of_errno(path, errno));
        if (seen == size && same_moment(before, after)) return hasher.finish();
    }
    return std::unexpected(Problem{path, ProblemKind::changing, "written to while it was read"});
}

}  // namespace gsdb::codebase::source
