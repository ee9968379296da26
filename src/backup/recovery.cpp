#include "backup/recovery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "backup/backup_folder.hpp"
#include "cluster/child_pipe.hpp"
#include "cluster/cluster.hpp"
#include "cluster/data_directory.hpp"
#include "cluster/lock_file.hpp"

namespace gsdb::backup {

namespace fs = std::filesystem;

namespace {

/// The recovering server's folders are below <home>/recovery, so from its data directory the home is three up.
constexpr auto restore_command =
    "if test -f ../../../archive/wal/%f.gz; then gzip -dc ../../../archive/wal/%f.gz >%p; "
    "else test -f ../../../cluster/data/pg_wal/%f && cp ../../../cluster/data/pg_wal/%f %p; fi";

/// 2026-11-21 06:31:00.000000+00: the setting takes no other spelling of the offset.
std::string server_text(Timestamp moment) {
    auto text = to_rfc3339(moment);
    text.replace(text.find('T'), 1, " ");
    text.replace(text.find('Z'), 1, "+00");
    return text;
}

cluster::ServerSettings recovery_settings(const RecoveryTarget& target) {
    cluster::ServerSettings settings{{"restore_command", restore_command},
                                     {"hot_standby", "off"},
                                     {"archive_mode", "off"},
                                     {"recovery_target_action", "promote"}};
    if (target.time) settings["recovery_target_time"] = server_text(*target.time);
    if (target.position)
        settings["recovery_target_lsn"] =
            fmt::format("{:X}/{:X}", target.position->value >> 32, target.position->value & 0xffffffff);
    return settings;
}

void unpack(const fs::path& archive, const fs::path& folder, const cluster::ServerUser& user,
            const std::stop_token& cancel) {
    const cluster::ServerPath place(folder, user);
    std::ifstream file(archive, std::ios::binary);
    if (!file) throw damaged(archive, "it cannot be read");
    const auto ran = cluster::run_from({.program = "/bin/tar",
                                        .arguments = {"-xzf", "-", "-C", place.text()},
                                        .environment = cluster::server_environment(),
                                        .user = user,
                                        .parent_death_signal = SIGKILL,
                                        .inherited = place.inherited()},
                                       [&](std::span<std::uint8_t> room) {
                                           file.read(reinterpret_cast<char*>(room.data()),
                                                     static_cast<std::streamsize>(room.size()));
                                           return static_cast<std::size_t>(file.gcount());
                                       },
                                       {.cancel = cancel});
    if (!ran) throw Failure(ran.error());
    if (ran->ok()) return;
    if (auto full = cluster::disk_full(ran->output, folder)) throw Failure(*full);
    throw damaged(archive, ran->output);
}

void touch(const fs::path& path, const cluster::ServerUser& user) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool made = file >= 0 && (!user.drops || fchown(file, user.uid, user.gid) == 0) && fsync(file) == 0;
    const int cause = errno;
    if (file >= 0) close(file);
    if (!made) throw not_written(path, cause);
}

/// Replays the log until the target and shuts the server down again.
void replay(const cluster::Home& aside, const RecoveryTarget& target, const RecoveryOptions& options) {
    auto server = cluster::EmbeddedCluster::start(
        {.home = aside, .bindir = options.bindir, .settings = recovery_settings(target), .cancel = options.cancel});
    if (server) return (*server)->stop(cluster::StopMode::fast);
    auto error = server.error();
    if (options.cancel.stop_requested()) throw interrupted("the recovery was stopped; nothing was changed");
    if (error.detail.contains("before configured recovery target was reached"))
        throw Failure({.code = "backup.target_unreached",
                       .message = fmt::format("the log ends before {}", target.describe()),
                       .detail = "nothing was changed",
                       .hint = "--latest recovers to its end",
                       .exit_code = ExitCode::not_found});
    throw Failure(error);
}

}  // namespace

std::string RecoveryTarget::describe() const {
    if (time) return to_rfc3339(*time);
    if (position) return fmt::format("{:X}/{:X}", position->value >> 32, position->value & 0xffffffff);
    return "the end of the log";
}

Recovered recover(const cluster::Home& home, const RecoveryTarget& target, const RecoveryOptions& options) {
    const LogArchive archive(home);
    Recovered recovered{.base = archive.base_before(target.time, target.position),
                        .replaced = home.root() / "recovery/cluster/data"};
    const auto user = cluster::ServerUser::choose(home.root());
    value_or_throw(home.create(user));
    const auto lock = value_or_throw(
        cluster::LockFile::take(home.cluster_lock(), "cluster.in_use", fmt::format("home {}", home.root().string())));
    const cluster::Home aside(home.root() / "recovery");
    std::error_code problem;
    fs::remove_all(aside.root(), problem);
    value_or_throw(aside.create(user));
    if (mkdir(aside.data().c_str(), 0700) != 0 || (user.drops && chown(aside.data().c_str(), user.uid, user.gid) != 0))
        throw not_written(aside.data(), errno);
    unpack(archive.base_folder() / recovered.base.name / "base.tar.gz", aside.data(), user, options.cancel);
    touch(aside.data() / "recovery.signal", user);
    replay(aside, target, options);
    const unsigned flags = fs::exists(home.data(), problem) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, aside.data().c_str(), AT_FDCWD, home.data().c_str(), flags) != 0)
        throw not_written(home.data(), errno);
    return recovered;
}

}  // namespace gsdb::backup
