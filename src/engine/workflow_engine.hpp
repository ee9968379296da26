#pragma once
// Carries runs of workflows from stage to stage until they end, pause, or somebody stops the program.

#include <memory>
#include <optional>

#include "engine/run_context.hpp"
#include "pg/connection.hpp"

namespace gsdb::engine {

/// A run in the hands of one process: an advisory lock on a connection of its own, which goes when the process does.
class RunLock {
  public:
    /// Nothing when somebody else has it.
    static std::optional<RunLock> take(const pg::ConnectOptions& database, Uuid execution);
    /// Whether the lock is still ours: it goes with its connection.
    bool is_held();

  private:
    explicit RunLock(std::unique_ptr<asio::io_context> context) : context_(std::move(context)) {}

    std::unique_ptr<asio::io_context> context_;  ///< the connection belongs to it
    std::unique_ptr<pg::Connection> connection_;
};

/// Carries on one run as far as it goes now, and returns it as it is then. What fails ends its stage, not the program;
/// what only a person can mend pauses it. The caller holds its lock. Throws what is no matter of the run: a database
/// that is gone.
workflows::Execution carry_on(Surroundings& surroundings, workflows::ExecutionKey key);

/// Removes what a cancelled run has left: folders, branches, open tasks. Does nothing twice.
void clean_up_cancelled(Surroundings& surroundings, workflows::ExecutionKey key);

}  // namespace gsdb::engine
