#pragma once
// The progress of installation and migration on the terminal.

#include <memory>

#include "app/program.hpp"
#include "migrate/progress.hpp"

namespace gsdb::app {

/// Shows a bar for back-fills and a note for what takes long; nothing with --quiet or --json.
migrate::ProgressCallback show_migration(const Program& program);

}  // namespace gsdb::app
