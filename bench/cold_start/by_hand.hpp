#pragma once
// What the benchmarks of the cold start compare with: a server that an administrator makes and starts by hand.

#include <libpq-fe.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "cluster/cluster.hpp"
#include "cluster/data_directory.hpp"

namespace gsdb::bench {

/// initdb with the same encoding, locale and checksums as the embedded cluster, then the server, until it accepts
/// connections. `folder` exists and is empty.
class ServerByHand {
  public:
    ServerByHand(const std::filesystem::path& folder, const cluster::ServerBinaries& binaries,
                 const cluster::ServerUser& user)
        : sockets_(folder / "sockets") {
        std::filesystem::create_directories(sockets_);
        for (const auto& owned : {folder, sockets_})
            if (user.drops && chown(owned.c_str(), user.uid, user.gid) != 0) throw std::runtime_error("chown");
        const auto data = (folder / "data").string();
        const auto made = value_or_throw(cluster::run({.program = binaries.initdb(),
                                                       .arguments = {"-D", data, "-U", "postgres", "-A", "trust", "-E",
                                                                     "UTF8", "--locale=C.UTF-8", "--data-checksums"},
                                                       .environment = cluster::server_environment(),
                                                       .user = user}));
        if (!made.ok()) throw std::runtime_error(made.output);
        process_ = value_or_throw(
            cluster::spawn({.program = binaries.postgres(),
                            .arguments = {"-D", data, "-k", sockets_.string(), "-c", "listen_addresses="},
                            .environment = cluster::server_environment(),
                            .user = user,
                            .parent_death_signal = SIGINT}));
        const auto target = conninfo();
        while (PQping(target.c_str()) != PQPING_OK) std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    ServerByHand(const ServerByHand&) = delete;
    ServerByHand& operator=(const ServerByHand&) = delete;
    ~ServerByHand() {
        kill(process_, SIGINT);
        cluster::wait_for_exit(process_, std::chrono::seconds(60));
    }

    std::string conninfo() const { return cluster::make_conninfo(sockets_, 5432, "postgres", cluster::superuser); }
    const std::filesystem::path& sockets() const { return sockets_; }

  private:
    std::filesystem::path sockets_;
    pid_t process_ = 0;
};

}  // namespace gsdb::bench
