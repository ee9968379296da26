#pragma once
// Control groups (version 2) of commands.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "process/descriptor.hpp"

namespace gsdb::process {

/// The control group in which this program may make others, if there is one. Looked for once.
/// Its own, or the one above if that was delegated to it and hands out the memory and pids controllers: a group that
/// holds processes, as ours does, cannot hand out any. (systemd: Delegate=yes, and the server in a subgroup.)
const std::optional<std::filesystem::path>& delegated_cgroup();

/// What the kernel keeps by itself for a group, if it can.
struct CgroupLimits {
    std::optional<std::uint64_t> memory_bytes_max;
    int processes_max = 0;
};

/// The group of one command. Removed with this object, and before that by who ends the command.
class Cgroup {
  public:
    /// None where the kernel refuses: a command runs without, then.
    static std::optional<Cgroup> create(const std::filesystem::path& parent, const CgroupLimits& limits);
    Cgroup(Cgroup&&) = default;
    Cgroup& operator=(Cgroup&&) = delete;
    ~Cgroup();

    /// For who ends the command.
    int parent() const { return parent_.number(); }
    int folder() const { return folder_.number(); }
    const char* name() const { return name_.c_str(); }

    /// Whether memory and processes are counted and limited by the kernel.
    bool keeps_limits() const { return keeps_limits_; }

    /// Sends SIGKILL to all that are in it, at once, and waits until they are gone, for two seconds at most.
    void empty() const;

  private:
    Cgroup(Descriptor parent, std::string name, Descriptor folder, bool keeps_limits)
        : parent_(std::move(parent)), name_(std::move(name)), folder_(std::move(folder)), keeps_limits_(keeps_limits) {}

    Descriptor parent_;
    std::string name_;
    Descriptor folder_;
    bool keeps_limits_;
};

}  // namespace gsdb::process
