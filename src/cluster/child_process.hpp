#pragma once
// Starts programs as another user, bound to the life of this process.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cluster/server_user.hpp"

namespace gsdb::cluster {

struct Command {
    std::filesystem::path program;
    std::vector<std::string> arguments;    ///< without the program's name
    std::vector<std::string> environment;  ///< all of it, "NAME=value": a child inherits no secret by accident
    std::optional<ServerUser> user{};      ///< nothing: this process' own
    /// Sent to the child when the *thread* that starts it ends, by whatever cause; 0: none. The kernel ties it to the
    /// thread, so that thread has to live as long as the child.
    int parent_death_signal = 0;
    int output = -1;               ///< file descriptor of stdout and stderr; -1: /dev/null
    int errors = -1;               ///< of stderr, when it is not to go where stdout goes
    int input = -1;                ///< of stdin; -1: /dev/null
    std::vector<int> inherited{};  ///< further descriptors that stay open, under the same number
};

/// Starts the command in a session of its own, so that a Ctrl-C in the terminal does not reach it.
Result<pid_t> spawn(const Command& command);

struct Finished {
    int status;          ///< as waitpid gives it
    std::string output;  ///< stdout and stderr, at most the last 64 KiB

    bool ok() const { return status == 0; }
};

/// Runs the command to its end. `command.output` is not used. Killed when `cancel` is requested.
Result<Finished> run(Command command, const std::stop_token& cancel = {});

/// "exit code 1", "signal 9 (Killed)".
std::string describe_status(int status);

/// Waits for the child to end, at most `limit`; nothing when it still runs.
std::optional<int> wait_for_exit(pid_t child, std::chrono::milliseconds limit);

/// Whether the process runs. A zombie does not: in a container nobody may ever reap it.
bool is_alive(pid_t process);

/// Waits until a process that is not our child is gone, at most `limit`.
bool wait_until_gone(pid_t process, std::chrono::milliseconds limit);

}  // namespace gsdb::cluster
