#pragma once
// Three queries worth trying, run for real.

#include <string>

#include "app/database_server.hpp"

namespace gsdb::app {

/// Each as a command line to paste, with its output on this server. `gsdb` is how the program was called.
std::string sample_queries_text(const DatabaseServer& server, const std::string& gsdb);

}  // namespace gsdb::app
