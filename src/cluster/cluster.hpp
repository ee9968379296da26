#pragma once
// The embedded PostgreSQL: brought up from nothing, watched, started again when it ends, and shut down.
//
//     auto server = EmbeddedCluster::start({.home = home});
//     if (!server) return report(server.error());
//     connect((*server)->conninfo("postgres"));
//
// A supervisor thread owns the server process. When this process ends, by whatever cause, the kernel tells the server
// to shut down.

#include <sys/types.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cluster/home.hpp"
#include "cluster/server_binaries.hpp"
#include "cluster/tuning.hpp"

namespace gsdb::cluster {

/// The one role that initdb makes. Whoever can reach the unix socket, which is this user alone, may be it.
inline constexpr std::string_view superuser = "postgres";

enum class ServerState {
    starting,    ///< initdb, or the server is not up yet
    recovering,  ///< the server replays its log after a crash
    ready,       ///< accepts connections
    stopping,
    stopped,
    failed  ///< ended or did not start; the supervisor tries again, less and less often
};
std::string_view to_string(ServerState state);

struct ServerStatus {
    ServerState state = ServerState::starting;
    std::string reason{};  ///< of `failed`, and of a restart under way
    pid_t postmaster = 0;  ///< 0 when there is none
    int restarts = 0;      ///< since start(), not counting the first start
};

/// How connected clients are treated at a shutdown.
enum class StopMode {
    smart,     ///< waits for them to leave, then like fast
    fast,      ///< ends them: their transactions roll back
    immediate  ///< like a crash: the next start recovers
};

struct ClusterOptions {
    Home home;
    std::string bindir{};                                  ///< the setting `postgres.bindir`
    std::string listen_addresses{};                        ///< for TCP with passwords; empty: the unix socket only
    int port = 5432;                                       ///< of TCP, and in the socket's name
    ServerSettings settings{};                             ///< beside and above the tuned ones
    bool durable = true;                                   ///< false for tests: loses data when the machine stops
    std::chrono::seconds start_seconds_max{60};            ///< without counting recovery, which takes what it takes
    std::chrono::seconds smart_seconds_max{5};             ///< how long StopMode::smart waits for clients
    std::chrono::seconds fast_seconds_max{120};            ///< for the final checkpoint; then immediate
    std::stop_token cancel{};                              ///< ends a start() under way
    std::function<void(const ServerStatus&)> on_change{};  ///< called by the supervisor thread; must not block
    Environment environment = [](const char* name) -> const char* { return std::getenv(name); };
};

class EmbeddedCluster {
  public:
    /// Returns when the server accepts connections. Errors: cluster.in_use (conflict), cluster.no_server,
    /// cluster.server_version, cluster.disk_full, cluster.initdb_failed, cluster.start_failed, home.*.
    static Result<std::unique_ptr<EmbeddedCluster>> start(ClusterOptions options);

    EmbeddedCluster(const EmbeddedCluster&) = delete;
    EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;
    /// Stops the server fast when stop() was not called.
    ~EmbeddedCluster();

    /// Blocks until the server is gone. Once stopped it stays so.
    void stop(StopMode mode = StopMode::smart);

    /// From any thread.
    ServerStatus status() const;
    pid_t postmaster_pid() const { return status().postmaster; }

    /// A libpq connection string over the unix socket.
    std::string conninfo(std::string_view database, std::string_view user = superuser) const;
    const std::filesystem::path& socket_folder() const;
    int port() const;
    const ServerBinaries& binaries() const;
    const Home& home() const;

    /// The end of what the server logged, oldest first.
    std::string recent_log(int lines = 20) const;

  private:
    class Supervisor;
    explicit EmbeddedCluster(std::unique_ptr<Supervisor> supervisor);
    std::unique_ptr<Supervisor> supervisor_;
};

/// A server that some process runs on a home.
struct RunningServer {
    pid_t postmaster;
    int port;
    std::filesystem::path socket_folder;  ///< for clients
    bool ready;                           ///< accepts connections

    std::string conninfo(std::string_view database, std::string_view user = superuser) const;
};

/// The server running on `home` now, if any, whoever started it: how `gsdb sql` finds its database.
std::optional<RunningServer> find_running_server(const Home& home, const Environment& environment);

/// A libpq connection string; values are quoted as needed.
std::string make_conninfo(const std::filesystem::path& host, int port, std::string_view database,
                          std::string_view user);

}  // namespace gsdb::cluster
