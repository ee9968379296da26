#pragma once
// What the embedded server's supervision lets the operator see.

#include <string>

#include "observe/observation.hpp"

namespace gsdb::cluster {

using observe::Definition;
using observe::Fields;
using observe::Level;
using observe::Measure;

struct ServerStarted {
    std::string version;
    double seconds;
    static constexpr Definition definition{.name = "cluster_started",
                                           .description = "The embedded server accepts connections.",
                                           .level = Level::info,
                                           .measure = {.field = "seconds", .kind = Measure::histogram}};
    Fields fields() const { return {{"version", version}, {"seconds", seconds}}; }
};

struct ServerFailed {
    std::string reason;
    double retry_seconds;
    static constexpr Definition definition{
        .name = "cluster_failed",
        .description = "The embedded server ended or did not start; it is started again.",
        .level = Level::error,
        .measure = {.kind = Measure::counter}};
    Fields fields() const { return {{"reason", reason}, {"retry_seconds", retry_seconds}}; }
};

struct ServerStopped {
    double seconds;
    static constexpr Definition definition{
        .name = "cluster_stopped", .description = "The embedded server was shut down.", .level = Level::info};
    Fields fields() const { return {{"seconds", seconds}}; }
};

struct LeftOverServerStopped {
    std::int64_t pid;
    static constexpr Definition definition{.name = "cluster_left_over_stopped",
                                           .description = "A server that outlived its supervisor was shut down.",
                                           .level = Level::warn};
    Fields fields() const { return {{"pid", pid}}; }
};

struct StalePidFileRemoved {
    std::int64_t pid;
    static constexpr Definition definition{
        .name = "cluster_stale_pid_file_removed",
        .description = "A postmaster.pid whose process is gone, or is another program now, was removed.",
        .level = Level::info};
    Fields fields() const { return {{"pid", pid}}; }
};

}  // namespace gsdb::cluster
