#pragma once
// The process between gsdb and a command: starts it, watches it, ends it and all that it started.

#include <sys/types.h>

#include <cstdint>

#include "process/run.hpp"
#include "process/tree.hpp"

namespace gsdb::process {

/// All that the supervisor needs, made ready before the fork: afterwards it allocates nothing. What it points to
/// belongs to who forks.
struct Plan {
    const char* const* programs = nullptr;  ///< where the program may be, in turn; ends with null
    char* const* arguments = nullptr;
    char* const* environment = nullptr;
    const char* folder = nullptr;  ///< null: ours

    int input = -1, output = -1, errors = -1;  ///< the command's standard streams
    int write_rules = -1;                      ///< -1: it may write wherever its user may
    int control = -1;                          ///< a socket to gsdb: a byte from there is an End, its closing is gsdb's

    int cgroup_parent = -1, cgroup_folder = -1;  ///< -1: none
    const char* cgroup_name = nullptr;
    bool cgroup_keeps_limits = false;

    /// Microseconds and bytes; 0: no limit.
    std::uint64_t wall_time = 0, cpu_time_max = 0, memory_bytes_max = 0, file_bytes_max = 0;
    std::uint64_t grace = 0;
    int processes_max = 0;
    KernelUnits units;
};

enum class Step : std::uint8_t { prepare, enter_folder, confine, start_program, run, end_tree };

/// The one message to gsdb.
struct Report {
    Step step = Step::prepare;  ///< that was reached; `run`: all is over, `end_tree`: something is left
    int error = 0;              ///< errno, where a step before that failed
    End end = End::exited;
    int status = 0;  ///< the program's, as waitpid(2) gives it
    Usage usage;
    std::uint64_t took_microseconds = 0;
};

/// The supervisor's life, from the fork on, with all signals blocked. Uses only what is safe after a fork of a program
/// with threads.
[[noreturn]] void supervise(const Plan& plan);

}  // namespace gsdb::process
