#pragma once
// What `gsdb up` leaves in its home for other invocations: who serves, where. And its way into the background.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "cluster/home.hpp"

namespace gsdb::app {

struct RunningProgram {
    pid_t pid = 0;
    std::string url;         ///< empty until it serves
    std::string started_at;  ///< RFC 3339
    std::string version;
};

/// Written to run/gsdb.json at once (rename), so that a reader never sees half.
void write_running(const cluster::Home& home, const RunningProgram& program);
void remove_running(const cluster::Home& home);

/// The program that serves this home now; a file left behind by a killed one does not count.
std::optional<RunningProgram> find_running(const cluster::Home& home);

/// Splits the process: the child goes on as the daemon and must call the function it is given once it is ready, which
/// lets the parent exit with 0; when the child ends before, the parent exits with its code. Returns in the child only.
/// Call it before any thread is made.
std::function<void()> detach(const cluster::Home& home);

}  // namespace gsdb::app
