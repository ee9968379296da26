#pragma once
// A supervisor in a process of its own, for tests that kill it, or give it another user or file system.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "cluster/cluster.hpp"

namespace gsdb::cluster {

class SupervisorProcess {
  public:
    /// Forks a process that calls `first`, starts the server, and keeps it until it is told to stop.
    explicit SupervisorProcess(ClusterOptions options, const std::function<void()>& first = [] {});
    SupervisorProcess(const SupervisorProcess&) = delete;
    SupervisorProcess& operator=(const SupervisorProcess&) = delete;
    ~SupervisorProcess();

    /// The server's connection string, or the error of the start. Blocks until either is there.
    Result<std::string> await_ready();
    void kill(int signal);
    /// Stops the server and waits; the supervisor's exit code.
    int stop();
    pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
    int answer_ = -1;
};

/// The first column of the first row; the error's text when the statement fails.
std::string ask(const std::string& conninfo, const std::string& sql);

/// Whether the statement succeeds.
bool execute(const std::string& conninfo, const std::string& sql);

}  // namespace gsdb::cluster
