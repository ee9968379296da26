#pragma once
// Control groups (version 2) of commands.

#include <filesystem>
#include <optional>

namespace gsdb::process {

/// The control group in which this program may make others, if there is one. Looked for once.
/// Its own, or the one above if that was delegated to it and hands out the memory and pids controllers: a group that
/// holds processes, as ours does, cannot hand out any. (systemd: Delegate=yes, and the server in a subgroup.)
const std::optional<std::filesystem::path>& delegated_cgroup();

}  // namespace gsdb::process
