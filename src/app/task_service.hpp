#pragma once
// The server's worker: runs the tasks of the queue.

#include <memory>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "http/address_guard.hpp"

namespace gsdb::app {

/// What is given must outlive it. Ends what runs, and hands back what does not end in time, when it is destroyed.
class TaskService {
  public:
    /// `guard` says where tasks may call. Throws Failure settings.invalid, before anything runs.
    TaskService(const Program& program, const DatabaseServer& server, http::AddressGuard guard);
    ~TaskService();

  private:
    struct State;
    std::unique_ptr<State> state_;  ///< null: nothing is to be run
};

}  // namespace gsdb::app
