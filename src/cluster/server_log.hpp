#pragma once
// The files that the server logs to.

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cluster/home.hpp"

namespace gsdb::cluster {

/// The last lines of what the server logged since it was started, oldest first.
std::string recent_log(const Home& home, int lines);

/// Removes all but the newest log files: the server begins a new one every day and every 16 MB, and never removes one.
void prune_logs(const Home& home, std::size_t files_max = 8);

/// Why the server of `version` ended with `status`, told from its log.
Error explain_exit(const Home& home, std::string_view version, int status);

}  // namespace gsdb::cluster
