#include "cluster/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/files.hpp"
#include "cluster/child_process.hpp"
#include "cluster/observations.hpp"
#include "cluster/passwd_entry.hpp"

namespace gsdb::cluster {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto settings_file = "gsdb.conf";

std::optional<std::string> read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Replaces the file as a whole, on disk when it returns. Follows no link, because root writes here into a folder of
/// another user.
Result<void> replace_file(const fs::path& path, std::string_view text, const ServerUser& owner) {
    const auto draft = fs::path(path.string() + ".new");
    unlink(draft.c_str());
    const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    const bool written = file >= 0 && write_all(file, text) &&
                         (!owner.drops || fchown(file, owner.uid, owner.gid) == 0) && fsync(file) == 0 &&
                         rename(draft.c_str(), path.c_str()) == 0;
    const int cause = errno;
    if (file >= 0) close(file);
    if (written) return {};
    unlink(draft.c_str());
    if (auto full = disk_full(std::strerror(cause), path.parent_path())) return std::unexpected(*full);
    return std::unexpected(
        Error{.code = "cluster.not_writable",
              .message = fmt::format("cannot write {}", path.string()),
              .detail = std::strerror(cause),
              .hint = "is the folder on a disk that can be written, and does it belong to this user?",
              .exit_code = ExitCode::unavailable});
}

void sync_folder(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

/// C.UTF-8 sorts by code point, like C, and knows which bytes are letters; not every libc has it.
std::string database_locale() {
    if (auto found = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr)) {
        freelocale(found);
        return "C.UTF-8";
    }
    return "C";
}

bool same_folder(const fs::path& one, const struct stat& other) {
    struct stat found{};
    return stat(one.c_str(), &found) == 0 && found.st_dev == other.st_dev && found.st_ino == other.st_ino;
}

/// Whether the process is a PostgreSQL server process at work in `data`: each has that as its working folder.
bool is_server_process(pid_t process, const struct stat& data) {
    const auto proc = fs::path("/proc") / std::to_string(process);
    std::error_code problem;
    // "postgres", or "postgres (deleted)" after an upgrade of the package.
    return fs::read_symlink(proc / "exe", problem).filename().string().starts_with("postgres") &&
           same_folder(proc / "cwd", data);
}

std::vector<pid_t> server_processes(const fs::path& data) {
    std::vector<pid_t> found;
    struct stat folder{};
    if (stat(data.c_str(), &folder) != 0) return found;
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator("/proc", fs::directory_options::skip_permission_denied, problem)) {
        const auto name = entry.path().filename().string();
        pid_t process = 0;
        auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (bad == std::errc{} && *end == '\0' && is_server_process(process, folder)) found.push_back(process);
    }
    return found;
}

}  // namespace

std::optional<PostmasterFile> PostmasterFile::read(const fs::path& data) {
    // Lines: pid, data directory, start time, port, socket folder, listen address, shared memory key, state.
    std::ifstream file(data / "postmaster.pid");
    std::array<std::string, 8> lines;
    for (auto& line : lines) std::getline(file, line);
    auto number = [](const std::string& text) {
        int value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    PostmasterFile found{.pid = number(lines[0]), .port = number(lines[3]), .ready = lines[7].starts_with("ready")};
    if (found.pid <= 1) return std::nullopt;
    return found;
}

ServerPath::ServerPath(const fs::path& folder, const ServerUser& user) : text_(folder.string()) {
    if (!user.drops || user.can_enter(folder)) return;
    descriptor_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ >= 0) text_ = fmt::format("/proc/self/fd/{}", descriptor_);
}

ServerPath::~ServerPath() {
    if (descriptor_ >= 0) close(descriptor_);
}

std::optional<Error> disk_full(std::string_view output, const fs::path& folder) {
    const auto speaks_of = [&](int cause) { return output.find(std::strerror(cause)) != std::string_view::npos; };
    if (!speaks_of(ENOSPC) && !speaks_of(EDQUOT) && !speaks_of(EFBIG)) return std::nullopt;
    std::error_code problem;
    const auto space = fs::space(folder, problem);
    constexpr double megabyte = 1e6;
    return Error{
        .code = "cluster.disk_full",
        .message = fmt::format("no space left for the database in {}", folder.string()),
        .detail =
            problem ? std::string(output)
                    : fmt::format("{:.1f} of {:.0f} MB are free there", static_cast<double>(space.available) / megabyte,
                                  static_cast<double>(space.capacity) / megabyte),
        .hint =
            "free some space (an empty database needs 100 MB), or move the folder to a larger disk and name it "
            "with GSDB_HOME",
        .exit_code = ExitCode::unavailable};
}

std::vector<std::string> server_environment() {
    const auto* path = std::getenv("PATH");
    // Messages in English: some are recognised by their text.
    return {fmt::format("PATH={}", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"), "LC_ALL=C", "TZ=UTC"};
}

Result<std::optional<int>> DataDirectory::major() const {
    const auto text = read_text(path_ / "PG_VERSION");
    int major = 0;
    if (text && std::from_chars(text->data(), text->data() + text->size(), major).ec == std::errc{}) return major;
    std::error_code problem;
    if (!fs::exists(path_, problem) || fs::is_empty(path_, problem)) return std::nullopt;
    return std::unexpected(Error{.code = "cluster.not_a_data_directory",
                                 .message = fmt::format("{} is not a PostgreSQL data directory", path_.string()),
                                 .detail = problem ? problem.message() : "it holds files, but no readable PG_VERSION",
                                 .hint = "restore it from a backup, or move it away to begin with an empty database",
                                 .exit_code = ExitCode::conflict});
}

Result<void> DataDirectory::initialize(const ServerBinaries& binaries, bool durable, const std::stop_token& cancel) {
    const auto draft = fs::path(path_.string() + ".new");
    std::error_code problem;
    fs::remove_all(draft, problem);  // of an attempt that was interrupted
    if (mkdir(draft.c_str(), 0700) != 0 || (user_.drops && chown(draft.c_str(), user_.uid, user_.gid) != 0)) {
        if (auto full = disk_full(std::strerror(errno), path_.parent_path())) return std::unexpected(*full);
        return std::unexpected(Error{.code = "cluster.not_writable",
                                     .message = fmt::format("cannot make {}", draft.string()),
                                     .detail = std::strerror(errno),
                                     .exit_code = ExitCode::unavailable});
    }
    auto ran = run_initdb(binaries, draft, durable, cancel);
    if (ran && ran->ok() && rename(draft.c_str(), path_.c_str()) == 0) {
        if (durable) sync_folder(path_.parent_path());
        return {};
    }
    auto failure = ran ? initdb_error(*ran, binaries) : ran.error();  // while the draft still fills the disk
    fs::remove_all(draft, problem);
    return std::unexpected(failure);
}

Result<Finished> DataDirectory::run_initdb(const ServerBinaries& binaries, const fs::path& draft, bool durable,
                                           const std::stop_token& cancel) const {
    const ServerPath place(draft, user_);
    Command initdb{
        .program = binaries.initdb(),
        .arguments = {"--pgdata", place.text(), "--username", "postgres", "--encoding", "UTF8", "--locale",
                      database_locale(), "--auth-local", "trust", "--auth-host", "scram-sha-256", "--data-checksums"},
        .environment = server_environment(),
        .user = user_,
        .parent_death_signal = SIGKILL,
        .inherited = place.inherited()};
    if (!durable) initdb.arguments.insert(initdb.arguments.end(), {"--no-sync", "--wal-segsize", "1"});
    const int library = user_.has_passwd_entry() ? -1 : open_passwd_entry_library();
    if (library >= 0) {
        initdb.environment.push_back(fmt::format("LD_PRELOAD=/proc/self/fd/{}", library));
        initdb.inherited.push_back(library);
    }
    auto ran = run(std::move(initdb), cancel);
    if (library >= 0) close(library);
    return ran;
}

Error DataDirectory::initdb_error(const Finished& ran, const ServerBinaries& binaries) const {
    if (auto full = disk_full(ran.output, path_.parent_path())) return *full;
    Error error{.code = "cluster.initdb_failed",
                .message = fmt::format("initdb of PostgreSQL {} failed for {}: {}", binaries.version, path_.string(),
                                       describe_status(ran.status)),
                .detail = ran.output};
    if (ran.output.find("could not look up effective user ID") != std::string::npos)
        error.hint = fmt::format("give uid {} a name: a line in /etc/passwd, or libnss-wrapper", user_.uid);
    return error;
}

Result<void> DataDirectory::repair_rights() const {
    struct stat found{};
    if (stat(path_.c_str(), &found) != 0 || found.st_uid != user_.uid)
        return std::unexpected(
            Error{.code = "cluster.wrong_owner",
                  .message = fmt::format("the data directory {} belongs to uid {}, and the server runs as {}",
                                         path_.string(), found.st_uid, user_.name()),
                  .hint = fmt::format("give it to that user: chown -R {} {}", user_.uid, path_.string()),
                  .exit_code = ExitCode::unavailable});
    if ((found.st_mode & 07777) != 0700) chmod(path_.c_str(), 0700);
    return {};
}

Result<void> DataDirectory::clear_left_overs() {
    struct stat folder{};
    if (stat(path_.c_str(), &folder) != 0) return {};
    const auto file = PostmasterFile::read(path_);
    if (file && is_server_process(file->pid, folder)) {
        // Its supervisor died and it is shutting down, or somebody started it by hand.
        observe::emit(LeftOverServerStopped{.pid = file->pid});
        const bool gone = (kill(file->pid, SIGINT), wait_until_gone(file->pid, 60s)) ||
                          (kill(file->pid, SIGQUIT), wait_until_gone(file->pid, 10s)) ||
                          (kill(file->pid, SIGKILL), wait_until_gone(file->pid, 10s));
        if (!gone)
            return std::unexpected(
                Error{.code = "cluster.in_use",
                      .message = fmt::format("a server that was left running, process {}, does not end", file->pid),
                      .hint = fmt::format("end it by hand: kill -9 {}", file->pid),
                      .exit_code = ExitCode::conflict});
    }
    // Children of a postmaster that was killed notice it within moments, unless they are busy. Nothing they do can be
    // committed any more, and a new server refuses to start beside them.
    if (!wait_until_left(2s)) {
        for (auto process : server_processes(path_)) kill(process, SIGKILL);
        wait_until_left(10s);
    }
    // PostgreSQL itself ignores the lock files of a dead process, and uses what postmaster.pid says about shared
    // memory. It gives up on an unreadable file, on a pid that another program has got meanwhile, as happens in
    // containers, and on a zombie, which is_alive() does not count.
    const auto path = path_ / "postmaster.pid";
    std::error_code problem;
    if (fs::exists(path, problem) && (!file || kill(file->pid, 0) == 0)) {
        observe::emit(StalePidFileRemoved{.pid = file ? file->pid : 0});
        fs::remove(path, problem);
    }
    for (const auto& entry : fs::directory_iterator(socket_folder_, problem)) fs::remove(entry.path(), problem);
    return {};
}

bool DataDirectory::wait_until_left(std::chrono::milliseconds limit) const {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (auto processes = server_processes(path_); !processes.empty(); processes = server_processes(path_)) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left <= 0ms || !wait_until_gone(processes.front(), left)) return false;
    }
    return true;
}

Result<void> DataDirectory::write_settings(const ServerSettings& settings) {
    const auto text = configuration_text(settings);
    if (read_text(path_ / settings_file) != text)
        if (auto written = replace_file(path_ / settings_file, text, user_); !written) return written;
    const auto main_file = path_ / "postgresql.conf";
    const auto include = fmt::format("include '{}'", settings_file);
    auto main_text = read_text(main_file).value_or("");
    if (main_text.find("\n" + include) != std::string::npos) return {};
    return replace_file(main_file, main_text + "\n" + include + "\n", user_);
}

}  // namespace gsdb::cluster
