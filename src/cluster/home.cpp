#include "cluster/home.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gsdb::cluster {

namespace fs = std::filesystem;

namespace {

// sockaddr_un.sun_path has 108 bytes with the final NUL; the file name is PostgreSQL's, with the longest port.
constexpr std::size_t socket_folder_bytes_max = 107 - std::string_view("/.s.PGSQL.65535").size();

bool is_usable_user_folder(const char* folder) {
    if (folder == nullptr || *folder != '/' || std::string_view(folder) == "/") return false;
    return access(folder, W_OK | X_OK) == 0 ||
           access((fs::path(folder) / ".local/share/gsdb").c_str(), W_OK | X_OK) == 0;
}

Error folder_error(const fs::path& folder, std::string_view verb, int cause, std::string hint) {
    return {.code = cause == ENOSPC || cause == EDQUOT ? "home.disk_full" : "home.not_usable",
            .message = fmt::format("cannot {} folder {}", verb, folder.string()),
            .detail = std::strerror(cause),
            .hint = std::move(hint),
            .exit_code = ExitCode::unavailable};
}

/// Makes one folder, or takes an existing one of ours, with exactly these rights.
Result<void> make_folder(const fs::path& folder, mode_t mode, uid_t uid, gid_t gid) {
    const std::string remedy = "name a folder of your own with GSDB_HOME";
    if (mkdir(folder.c_str(), mode) != 0 && errno != EEXIST)
        return std::unexpected(folder_error(folder, "make", errno, remedy));
    struct stat found{};
    if (stat(folder.c_str(), &found) != 0) return std::unexpected(folder_error(folder, "look into", errno, remedy));
    if (!S_ISDIR(found.st_mode)) return std::unexpected(folder_error(folder, "use", ENOTDIR, remedy));
    if (geteuid() != 0 && found.st_uid != geteuid())
        return std::unexpected(Error{.code = "home.not_yours",
                                     .message = fmt::format("folder {} belongs to uid {}, and this is uid {}",
                                                            folder.string(), found.st_uid, geteuid()),
                                     .hint = fmt::format("run gsdb as the user that made it, or {}", remedy),
                                     .exit_code = ExitCode::unavailable});
    if ((found.st_uid != uid || found.st_gid != gid) && chown(folder.c_str(), uid, gid) != 0)
        return std::unexpected(folder_error(folder, "give away", errno, remedy));
    if ((found.st_mode & 07777) != mode && chmod(folder.c_str(), mode) != 0)
        return std::unexpected(folder_error(folder, "set the mode of", errno, remedy));
    return {};
}

/// FNV-1a: the name must be the same in every build and process, and nobody gains from forging it.
std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
}

}  // namespace

Result<Home> Home::locate(std::string_view configured, const Environment& environment) {
    if (!configured.empty()) {
        std::error_code problem;
        auto absolute = fs::absolute(fs::path(configured), problem).lexically_normal();
        if (problem)
            return std::unexpected(folder_error(configured, "find", problem.value(), "give GSDB_HOME as /..."));
        if (!absolute.has_filename()) absolute = absolute.parent_path();
        return Home(absolute);
    }
    if (const auto* data = environment("XDG_DATA_HOME"); data != nullptr && *data == '/')
        return Home(fs::path(data) / "gsdb");
    if (const auto* folder = environment("HOME"); is_usable_user_folder(folder))
        return Home(fs::path(folder) / ".local/share/gsdb");
    if (const auto* account = getpwuid(geteuid()); account != nullptr && is_usable_user_folder(account->pw_dir))
        return Home(fs::path(account->pw_dir) / ".local/share/gsdb");
    return Home(fmt::format("/var/tmp/gsdb-{}", geteuid()));
}

Result<void> Home::create(const ServerUser& server_user) const {
    std::error_code problem;
    fs::create_directories(root_.parent_path(), problem);
    if (problem)
        return std::unexpected(
            folder_error(root_.parent_path(), "make", problem.value(), "name another one with GSDB_HOME"));

    // Root leaves the home of another user in that user's hands.
    struct stat present{};
    const bool exists = stat(root_.c_str(), &present) == 0;
    const uid_t owner = exists && geteuid() == 0 ? present.st_uid : geteuid();
    const gid_t group = exists && geteuid() == 0 ? present.st_gid : getegid();
    const mode_t passage = server_user.uid != owner ? 0711 : 0700;
    struct Wanted {
        fs::path folder;
        mode_t mode;
        bool of_server;
    };
    const Wanted all[] = {{root_, passage, false},
                          {cluster(), 0700, true},
                          {run(), passage, false},
                          {socket_folder(), 0700, true},
                          {secrets(), 0700, false},
                          {log(), passage, false},
                          {server_log(), 0700, true},
                          {root_ / "archive", passage, false},
                          {root_ / "archive/wal", 0700, true}};
    for (const auto& [folder, mode, of_server] : all)
        if (auto made =
                make_folder(folder, mode, of_server ? server_user.uid : owner, of_server ? server_user.gid : group);
            !made)
            return made;
    return {};
}

Result<fs::path> Home::client_socket_folder(const Environment& environment) const {
    auto target = socket_folder();
    if (target.native().size() <= socket_folder_bytes_max) return target;

    const auto* runtime = environment("XDG_RUNTIME_DIR");
    const bool has_runtime = runtime != nullptr && std::strlen(runtime) < 60 && access(runtime, W_OK | X_OK) == 0;
    auto folder = has_runtime ? fs::path(runtime) / "gsdb" : fs::path(fmt::format("/tmp/gsdb-{}", geteuid()));
    // In /tmp anybody can make the folder first: only one of ours will do, and a link is not followed.
    if (fs::is_symlink(fs::symlink_status(folder)))
        return std::unexpected(folder_error(folder, "use", ELOOP, "remove this symbolic link"));
    if (auto made = make_folder(folder, 0700, geteuid(), getegid()); !made) return std::unexpected(made.error());

    auto alias = folder / fmt::format("{:016x}", stable_hash(root_.native()));
    std::error_code problem;
    if (fs::read_symlink(alias, problem) == target) return alias;
    fs::remove(alias, problem);
    fs::create_directory_symlink(target, alias, problem);
    if (problem && problem != std::errc::file_exists)
        return std::unexpected(folder_error(alias, "link", problem.value(), "use a shorter GSDB_HOME"));
    return alias;
}

}  // namespace gsdb::cluster
