#pragma once
// What point-in-time recovery needs while gsdb serves: base backups in time, and no more of the past than was asked
// for.

#include <thread>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "backup/client_program.hpp"

namespace gsdb::app {

/// Settings of the embedded server that follow from the program's.
cluster::ServerSettings archive_settings_of(const Program& program);

/// Once a day, and at the start when the last one is older or of another line of history, makes a base backup of the
/// embedded server and removes what is past its time. Does nothing where the log is not kept.
class ArchiveKeeper {
  public:
    ArchiveKeeper(const Program& program, const DatabaseServer& server);

  private:
    std::jthread thread_;
};

}  // namespace gsdb::app
