#pragma once
// Runs a program for somebody else: confined, measured, and ended with all that it started.
//
//     auto outcome = co_await process::run({.arguments = {"make", "check"},
//                                           .folder = work_tree,
//                                           .environment = process::allowed_environment(),
//                                           .limits = {.wall_time = 10min, .memory_bytes_max = 4ULL << 30}},
//                                          [&](process::Stream, std::string_view line) { log.add(line); }, stop);

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "process/cgroup.hpp"
#include "process/environment.hpp"
#include "process/write_rules.hpp"

namespace gsdb::process {

/// What happens to a program that writes more than `output_bytes_max`.
enum class AtOutputLimit {
    cut,  ///< it goes on; the rest is read, slowly, and thrown away
    end   ///< it is ended: End::output_limit
};

/// For the tree: the program and all that it starts. At a limit the tree is ended, within 100 ms unless a longer grace
/// was asked for. Without a control group it is the supervisor's looking, every 10 to 50 ms, that finds a limit passed;
/// what is used between two looks comes on top. As root no rlimit stands behind it (README.md, "A fork bomb").
struct Limits {
    std::chrono::milliseconds wall_time = std::chrono::minutes(10);
    std::optional<double> cpu_seconds_max{};
    std::optional<std::uint64_t> memory_bytes_max{};
    int processes_max = 512;                    ///< a thread counts as one, as the kernel counts them
    std::uint64_t output_bytes_max = 16 << 20;  ///< of both streams together
    AtOutputLimit at_output_limit = AtOutputLimit::cut;
    std::optional<std::uint64_t> file_bytes_max{};  ///< of each file written to
    /// Between SIGTERM and SIGKILL. A tree over its memory or its number of processes gets none.
    std::chrono::milliseconds grace{50};
};

struct Command {
    std::vector<std::string> arguments;  ///< [0] is looked up in the PATH of `environment`, unless it has a slash
    std::filesystem::path folder{};      ///< to run in; empty: ours
    std::map<std::string, std::string> environment{};  ///< all of it: nothing is inherited
    std::string input{};                               ///< its standard input, as a file that it may leave unread
    Limits limits{};
    /// All that the tree may write to: files, and folders with what is below them. Elsewhere it cannot make, change,
    /// rename or remove anything; what a file's owner may, change its rights and times, it still can. None: all that
    /// its user may. Where can_confine_writes() is false a list is process.cannot_start.
    std::optional<std::vector<std::filesystem::path>> writable{};
    /// Where a control group is made for it. None: limits are kept by rlimits and by looking at the tree.
    std::optional<std::filesystem::path> cgroup_parent = delegated_cgroup();
};

enum class Stream { out, err };

/// Of the whole tree.
///   cpu_seconds        the rusage of all that were waited for; with a control group its cpu.stat where that is more
///   memory_peak_bytes  memory.peak of the control group; else the largest sum of resident sets that was seen, where
///                      shared pages count for each sharer, and a peak between two looks is missed (unless it is of a
///                      single process)
///   read_bytes, written_bytes  from and to disks, not the page cache: rusage, or io.stat where that is more
/// Without a control group what a process used is lost if its parent ignores SIGCHLD.
struct Usage {
    double cpu_seconds = 0;
    std::uint64_t memory_peak_bytes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
};

enum class End {
    exited,         ///< by itself; what it left behind was ended
    killed,         ///< by a signal that is not ours: a crash, or somebody's kill
    timed_out,      ///< wall_time
    cancelled,      ///< by `stop` or by the coroutine's cancellation
    cpu_limit,      ///< cpu_seconds_max
    memory_limit,   ///< memory_bytes_max
    process_limit,  ///< processes_max
    output_limit,   ///< output_bytes_max, with AtOutputLimit::end
    file_limit      ///< file_bytes_max
};

/// As in the API: "timed_out".
std::string_view name_of(End end);

struct Outcome {
    End end = End::exited;
    int exit_code = 0;  ///< of the program; 0 if a signal ended it
    int signal = 0;     ///< that ended the program, ours included; 0 if it exited
    Usage usage;
    std::chrono::milliseconds took{};
    bool is_output_cut = false;
};

/// A line without its line feed, as soon as it is written, bytes as they are: NUL and invalid UTF-8 too. In order
/// within a stream. A line of more than `line_bytes_max` comes in pieces. What it throws ends the tree and run().
using OnLine = std::function<void(Stream, std::string_view)>;

inline constexpr std::size_t line_bytes_max = 64 << 10;

/// Runs the command to its end without blocking the caller's io_context. On return none of the tree is left; so it is
/// when the coroutine is dropped, and when this program dies, however. `stop` may be asked from any thread.
/// Throws Failure process.cannot_start (no such program or folder, no permission), and process.lost if somebody killed
/// the process that watches over the tree.
Task<Outcome> run(Command command, OnLine on_line, std::stop_token stop = {});

}  // namespace gsdb::process
