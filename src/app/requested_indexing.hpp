#pragma once
// The server's own index runs: those that were asked for over HTTP, and those that pushes ask for.

#include <string>
#include <thread>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "base/wake.hpp"
#include "modules/codebase/api.hpp"
#include "modules/events/api.hpp"

namespace gsdb::app {

/// One run after another, on a thread of its own, until the program is interrupted: the run that is going on then is
/// put back for the next server. What is given must outlive it.
class RequestedIndexing {
  public:
    RequestedIndexing(const Program& program, const DatabaseServer& server, const Interruption& interruption);

  private:
    void work();
    /// Whether there was something to do.
    bool run_next();
    void run(const codebase::TakenAnalysis& taken);
    void follow_pushes();

    Program program_;  ///< says nothing: there is no terminal
    const DatabaseServer& server_;
    const Interruption& interruption_;
    pg::Database<codebase::Database> codebases_;
    pg::Database<events::Database> events_;
    std::jthread thread_;
};

}  // namespace gsdb::app
