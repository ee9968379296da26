#pragma once
// A connection that migrates: its lock against other runners, its roles, its retries, and what its errors say.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "migrate/migration.hpp"
#include "migrate/progress.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

class Session {
  public:
    Session(pg::Connection* connection, std::string database, ProgressCallback progress)
        : connection_(connection), database_(std::move(database)), progress_(std::move(progress)) {}

    pg::Connection* operator->() const { return connection_; }
    pg::Connection* connection() const { return connection_; }
    const std::string& database() const { return database_; }

    /// Waits until no other runner migrates this database, at most `wait_max`; then throws "migrate.locked". The lock
    /// belongs to the connection and goes with it, so a runner that is killed leaves none behind.
    Task<> take_lock(std::chrono::milliseconds wait_max);
    Task<> release_lock();

    Task<> pause(std::chrono::milliseconds duration);

    /// Runs `attempt`, and runs it again after a pause when a lock was not free in time or a deadlock chose it as the
    /// victim. Between attempts, and after the last, the transaction is rolled back.
    Task<> with_retries(std::string step, std::function<Task<>()> attempt);

    /// `script` without a transaction of its own, taken back when it fails.
    Task<> run(std::string script);

    Signal tell(const Progress& progress) const;

  private:
    Task<std::string> describe_lock_holder();

    pg::Connection* connection_;
    std::string database_;
    ProgressCallback progress_;
};

/// The start of a transaction in which a module's SQL runs: as the owner of its schemas, with its search path, waiting
/// for locks at most `lock_timeout`, and in the mode in which Citus takes DDL. One line.
std::string begin_as_owner(const ModuleFiles& module, std::chrono::milliseconds lock_timeout);

/// Makes the rest of the transaction run as the owner of schema `base`, who keeps the records. One line.
std::string as_record_keeper();

/// The failure of a migration's SQL that the server refused with `error`. `script_line` is the line of the script on
/// which the migration's own SQL began, or 0 when the line of the error means nothing.
Failure step_failure(const Migration& migration, std::string_view database, const pg::SqlError& error, int script_line);

/// Of SQL that belongs to no migration file: "routine tasks/claim.sql", "rollback of tasks 0003_x".
Failure sql_failure(std::string_view what, std::string_view database, const pg::SqlError& error, std::size_t line);

}  // namespace gsdb::migrate
