#include "crypto/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "base/files.hpp"

namespace gsdb::crypto {

namespace {

constexpr std::size_t bytes_max = 65'536;

std::unexpected<Error> refuse(std::string_view code, std::string message, std::string detail, std::string hint,
                              ExitCode exit_code = ExitCode::unavailable) {
    return std::unexpected(Error{.code = "crypto." + std::string(code),
                                 .message = std::move(message),
                                 .detail = std::move(detail),
                                 .hint = std::move(hint),
                                 .exit_code = exit_code});
}

/// A file descriptor that closes itself.
class File {
  public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

  private:
    int descriptor_;
};

std::string cause() {
    return std::strerror(errno);
}

Result<void> check_private(const File& file, const std::filesystem::path& path) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return refuse("secret_file_unreadable", fmt::format("{} is not an ordinary file", path.string()), "",
                      "name a file, not a folder or a device");
    if (status.st_uid != ::geteuid())
        return refuse("secret_file_exposed", fmt::format("{} belongs to another user", path.string()),
                      fmt::format("its owner is uid {}, this program runs as uid {}", status.st_uid, ::geteuid()),
                      fmt::format("make it yours: chown {} {}", ::geteuid(), path.string()));
    if ((status.st_mode & 077) != 0)
        return refuse("secret_file_exposed", fmt::format("{} is open to other users", path.string()),
                      fmt::format("its mode is {:o}", status.st_mode & 0777),
                      fmt::format("chmod 600 {}, and replace the secret if others may have read it", path.string()));
    return {};
}

Result<void> make_private_folder(const std::filesystem::path& folder) {
    if (std::filesystem::exists(folder)) return {};
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error)
        return refuse("secret_file_unwritable", fmt::format("the folder {} cannot be made", folder.string()),
                      error.message(), "may this user write there?");
    return {};
}

enum class IfExists { refuse, replace };

/// Writes beside the target, then gives it its name in one step: link() refuses a name that is taken, rename() takes
/// it.
Result<void> write_private(const std::filesystem::path& path, const Secret& content, IfExists if_exists) {
    auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (auto made = make_private_folder(folder); !made) return made;
    auto unfinished = path.string() + ".XXXXXX";
    File file(::mkostemp(unfinished.data(), O_CLOEXEC));  // mode 0600
    if (!file.is_open())
        return refuse("secret_file_unwritable", fmt::format("{} cannot be written", path.string()), cause(),
                      "may this user write in that folder?");
    bool written = write_all(file.get(), content.reveal()) && ::fsync(file.get()) == 0;
    bool named = written && (if_exists == IfExists::replace ? ::rename(unfinished.c_str(), path.c_str()) == 0
                                                            : ::link(unfinished.c_str(), path.c_str()) == 0);
    auto error = errno;
    if (!named || if_exists == IfExists::refuse) ::unlink(unfinished.c_str());
    sync_folder(folder);
    if (named) return {};
    errno = error;
    if (error == EEXIST)
        return refuse("secret_file_exists", fmt::format("{} exists already", path.string()), "",
                      "use it, or move it away first", ExitCode::conflict);
    return refuse("secret_file_unwritable", fmt::format("{} cannot be written", path.string()), cause(),
                  "is the disk full, and may this user write in that folder?");
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& path) {
    File file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT)
        return refuse("secret_file_missing", fmt::format("{} does not exist", path.string()), "",
                      "give the path of the file, or restore it from where it is kept", ExitCode::not_found);
    if (!file.is_open())
        return refuse("secret_file_unreadable", fmt::format("{} cannot be read", path.string()),
                      errno == ELOOP ? "it is a symbolic link" : cause(), "name a file that this user owns");
    if (auto checked = check_private(file, path); !checked) return std::unexpected(checked.error());
    std::vector<char> buffer(bytes_max + 1);
    std::size_t size = 0;
    while (size < buffer.size()) {
        auto count = ::read(file.get(), buffer.data() + size, buffer.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            return refuse("secret_file_unreadable", fmt::format("{} cannot be read", path.string()), cause(),
                          "is the disk in order?");
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    Secret content(std::string_view(buffer.data(), size));
    std::ranges::fill(buffer, '\0');
    if (size > bytes_max)
        return refuse("secret_file_unreadable", fmt::format("{} is larger than 64 KiB", path.string()), "",
                      "name the right file");
    return content;
}

Result<void> create_secret_file(const std::filesystem::path& path, const Secret& content) {
    return write_private(path, content, IfExists::refuse);
}

Result<void> replace_secret_file(const std::filesystem::path& path, const Secret& content) {
    return write_private(path, content, IfExists::replace);
}

}  // namespace gsdb::crypto
