#include "integrations/llm/edited_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gsdb::llm {

namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void fail(std::string_view path, int error) {
    throw Failure({.code = "llm.cannot_write",
                   .message = fmt::format("{} cannot be edited", path),
                   .detail = std::generic_category().message(error),
                   .hint = "look at the rights and the free space of the folder",
                   .exit_code = ExitCode::failed});
}

std::string_view last_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view folder_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

bool read_all(int descriptor, std::size_t bytes_max, std::string& text) {
    constexpr std::size_t piece_bytes = 64 << 10;
    char piece[piece_bytes];
    while (true) {
        const auto count = ::read(descriptor, piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        text.append(piece, static_cast<std::size_t>(count));
        if (text.size() > bytes_max) return true;
    }
}

// Beside the file, so that it can take its place in one step.
std::string temporary_name() {
    static std::atomic<unsigned> number = 0;
    return fmt::format(".gsdb-edit-{}-{}", ::getpid(), ++number);
}

}  // namespace

EditedFolder::EditedFolder(const std::filesystem::path& folder)
    : name_(folder.string()), root_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!root_.is_open()) fail(name_, errno);
}

// One that is not open, with errno, where a part is no folder.
Descriptor EditedFolder::open_parent(std::string_view path, Missing missing) const {
    Descriptor folder(::openat(root_.number(), ".", folder_flags));
    auto rest = folder_part(path);
    while (folder.is_open() && !rest.empty()) {
        const auto slash = rest.find('/');
        const std::string part(rest.substr(0, slash));
        rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
        Descriptor inner(::openat(folder.number(), part.c_str(), folder_flags));
        if (!inner.is_open() && errno == ENOENT && missing == Missing::make) {
            constexpr mode_t mode = 0777;
            if (::mkdirat(folder.number(), part.c_str(), mode) == 0)
                inner = Descriptor(::openat(folder.number(), part.c_str(), folder_flags));
        }
        folder = std::move(inner);
    }
    return folder;
}

std::expected<std::optional<FileState>, std::string> EditedFolder::read(std::string_view path,
                                                                        std::size_t bytes_max) const {
    const auto say = [&](std::string_view what) { return std::unexpected(fmt::format("{} {}", path, what)); };
    const auto parent = open_parent(path, Missing::refuse);
    if (!parent.is_open() && errno == ENOENT) return std::nullopt;
    if (!parent.is_open()) return say("leads through something that is no folder: a file, or a link");
    const std::string name(last_part(path));
    // O_NONBLOCK: opening a named pipe must not wait for who writes to it.
    const Descriptor file(::openat(parent.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    if (!file.is_open() && errno == ELOOP) return say("is a link");
    struct stat about{};
    if (!file.is_open() || ::fstat(file.number(), &about) != 0) return say("cannot be read");
    if (S_ISDIR(about.st_mode)) return say("is a folder");
    if (!S_ISREG(about.st_mode)) return say("is no plain file");
    FileState state{.text = {}, .mode = about.st_mode & 07777};
    if (static_cast<std::size_t>(about.st_size) > bytes_max) return say("is too large");
    if (!read_all(file.number(), bytes_max, state.text)) return say("cannot be read");
    if (state.text.size() > bytes_max) return say("is too large");
    return state;
}

void EditedFolder::write(std::string_view path, const FileState& file) const {
    const auto parent = open_parent(path, Missing::make);
    if (!parent.is_open()) fail(path, errno);
    const auto temporary = temporary_name();
    const std::string name(last_part(path));
    const auto give_up = [&](int error) {
        ::unlinkat(parent.number(), temporary.c_str(), 0);
        fail(path, error);
    };
    Descriptor out(
        ::openat(parent.number(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.mode));
    if (!out.is_open()) fail(path, errno);
    if (!write_all(out.number(), file.text) || ::fchmod(out.number(), file.mode) != 0) give_up(errno);
    out.close();
    if (::renameat(parent.number(), temporary.c_str(), parent.number(), name.c_str()) != 0) give_up(errno);
}

void EditedFolder::remove(std::string_view path) const {
    {
        const auto parent = open_parent(path, Missing::refuse);
        if (!parent.is_open() || ::unlinkat(parent.number(), std::string(last_part(path)).c_str(), 0) != 0)
            fail(path, errno);
    }
    for (auto folder = folder_part(path); !folder.empty(); folder = folder_part(folder)) {
        const auto parent = open_parent(folder, Missing::refuse);
        if (::unlinkat(parent.number(), std::string(last_part(folder)).c_str(), AT_REMOVEDIR) != 0) break;
    }
}

}  // namespace gsdb::llm
