#pragma once
// Statements that run outside a transaction, so that a kill may leave them half done.

#include <chrono>
#include <string>

#include "base/task.hpp"
#include "migrate/session.hpp"

namespace gsdb::migrate {

/// Runs one statement as `owner` (quoted) outside a transaction. A concurrent index that an earlier, interrupted run
/// left invalid is dropped and built again; one that is there and valid is left as it is.
Task<> run_alone(Session* session, std::string statement, std::string owner, std::chrono::milliseconds lock_timeout);

}  // namespace gsdb::migrate
