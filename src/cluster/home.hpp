#pragma once
// The folder of everything that gsdb writes, and what lives where in it.
//
//     <home>/  gsdb.toml
//              cluster/         data/, PostgreSQL's data directory                  of the server's user
//              run/             gsdb.pid, cluster.lock
//              run/postgres/    the server's unix socket                            of the server's user
//              archive/wal/     the server's log, where it is kept                  of the server's user
//              secrets/         generated passwords and keys, files of mode 0600
//              log/             gsdb.log
//              log/postgres/    the server's log, rotated                           of the server's user
//
// Every folder has mode 0700. Started by root, the server runs as another user (server_user.hpp): then the folders that
// it must pass through have 0711 and its own three belong to it.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cluster/server_user.hpp"

namespace gsdb::cluster {

/// Like std::getenv.
using Environment = std::function<const char*(const char*)>;

class Home {
  public:
    explicit Home(std::filesystem::path root) : root_(std::move(root)) {}

    /// `configured` is the setting `home`; empty means $XDG_DATA_HOME/gsdb or ~/.local/share/gsdb. A process without a
    /// usable home folder (no HOME, no passwd entry, HOME=/ in a container) gets /var/tmp/gsdb-<uid>.
    static Result<Home> locate(std::string_view configured, const Environment& environment);

    /// Makes the folders that are missing and repairs their modes. Refuses a folder that belongs to someone else.
    Result<void> create(const ServerUser& server_user) const;

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path settings_file() const { return root_ / "gsdb.toml"; }
    std::filesystem::path cluster() const { return root_ / "cluster"; }
    std::filesystem::path data() const { return root_ / "cluster" / "data"; }
    std::filesystem::path run() const { return root_ / "run"; }
    std::filesystem::path cluster_lock() const { return root_ / "run" / "cluster.lock"; }
    std::filesystem::path pid_file() const { return root_ / "run" / "gsdb.pid"; }
    std::filesystem::path socket_folder() const { return root_ / "run" / "postgres"; }
    std::filesystem::path secrets() const { return root_ / "secrets"; }
    std::filesystem::path log() const { return root_ / "log"; }
    std::filesystem::path server_log() const { return root_ / "log" / "postgres"; }
    /// What the server says before it opens its own log.
    std::filesystem::path server_start_log() const { return root_ / "log" / "postgres-start.log"; }

    /// The folder that a client names as its host. A unix socket's path has at most 107 bytes, so a long
    /// socket_folder() gets a short alias: a symbolic link in a 0700 folder of this user below XDG_RUNTIME_DIR or /tmp,
    /// with a name that depends on the home alone. Makes the alias again where a cleaner removed it.
    Result<std::filesystem::path> client_socket_folder(const Environment& environment) const;

  private:
    std::filesystem::path root_;
};

}  // namespace gsdb::cluster
