#pragma once
// PostgreSQL's data directory: made whole or not at all, and freed of what a crash left in it. The caller holds the
// cluster's lock.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "cluster/child_process.hpp"
#include "cluster/home.hpp"
#include "cluster/server_binaries.hpp"
#include "cluster/tuning.hpp"

namespace gsdb::cluster {

/// What a running server writes into postmaster.pid.
struct PostmasterFile {
    pid_t pid = 0;
    int port = 0;
    bool ready = false;  ///< accepts connections

    /// Nothing when the file is missing or is not what PostgreSQL writes.
    static std::optional<PostmasterFile> read(const std::filesystem::path& data);
};

/// A folder as the server must name it. Below a folder that is closed to the server's user (root's home, a folder of
/// mktemp) that is a descriptor, /proc/self/fd/N, which the server has to inherit.
class ServerPath {
  public:
    ServerPath(const std::filesystem::path& folder, const ServerUser& user);
    ServerPath(const ServerPath&) = delete;
    ServerPath& operator=(const ServerPath&) = delete;
    ~ServerPath();

    const std::string& text() const { return text_; }
    std::vector<int> inherited() const { return descriptor_ < 0 ? std::vector<int>{} : std::vector{descriptor_}; }

  private:
    std::string text_;
    int descriptor_ = -1;
};

/// An error about a full disk when `output` speaks of one; it names `folder` and the space.
std::optional<Error> disk_full(std::string_view output, const std::filesystem::path& folder);

/// The environment that PostgreSQL's programs get: nothing of ours but PATH.
std::vector<std::string> server_environment();

class DataDirectory {
  public:
    DataDirectory(const Home& home, ServerUser user)
        : path_(home.data()), socket_folder_(home.socket_folder()), user_(user) {}

    const std::filesystem::path& path() const { return path_; }

    /// The major version that made it; nothing when there is none yet.
    Result<std::optional<int>> major() const;

    /// Makes it with initdb in a folder beside it and renames that when it is complete and on disk.
    Result<void> initialize(const ServerBinaries& binaries, bool durable, const std::stop_token& cancel);

    /// Closes it to everyone else, without which the server would not start. Refuses one of another user.
    Result<void> repair_rights() const;

    /// Ends what an earlier supervisor left running in it, and removes lock files that would keep the server from
    /// starting: unreadable ones, and those whose pid now belongs to another program.
    Result<void> clear_left_overs();

    /// Waits until no server process works in it, at most `limit`. After the postmaster its children end, and only then
    /// is the log complete.
    bool wait_until_left(std::chrono::milliseconds limit) const;

    /// Writes gsdb.conf and makes sure that postgresql.conf includes it.
    Result<void> write_settings(const ServerSettings& settings);

  private:
    Result<Finished> run_initdb(const ServerBinaries& binaries, const std::filesystem::path& draft, bool durable,
                                const std::stop_token& cancel) const;
    Error initdb_error(const Finished& ran, const ServerBinaries& binaries) const;

    std::filesystem::path path_;
    std::filesystem::path socket_folder_;
    ServerUser user_;
};

}  // namespace gsdb::cluster
