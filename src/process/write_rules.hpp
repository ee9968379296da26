#pragma once
// Keeps a command from writing outside of the places it was given: Landlock,
// https://docs.kernel.org/userspace-api/landlock.html.

#include <filesystem>
#include <vector>

#include "base/descriptor.hpp"

namespace gsdb::process {

/// Whether this kernel does it: Linux 5.19 or later, with Landlock switched on. Before 6.2 a file elsewhere can still
/// be emptied (truncate), before 6.12 signals still reach others of the same user.
bool can_confine_writes();

/// The rules that a child puts on itself: making, changing, renaming and removing files is for these places, with all
/// that is below them. A place that is not there is left out. Throws std::system_error.
Descriptor write_rules(const std::vector<std::filesystem::path>& writable);

/// In the child, with no_new_privs set; holds for all that it starts. False with errno. Safe after a fork.
bool apply_write_rules(int rules);

}  // namespace gsdb::process
