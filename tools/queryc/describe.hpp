#pragma once
// Asks a migrated PostgreSQL what each statement takes and answers.

#include <memory>
#include <string>
#include <vector>

#include "queryc/lock.hpp"
#include "queryc/statement.hpp"

struct pg_conn;

namespace gsdb::queryc {

/// A blocking connection of its own, so that queryc can be built before the program's PostgreSQL layer is.
class Describer {
  public:
    /// `conninfo` is libpq's: a URI or key=value pairs. Throws Failure "queryc.connect".
    explicit Describer(const std::string& conninfo);

    /// Prepares the statement and asks for its description. Throws Failure "queryc.prepare" with the line of the file
    /// where PostgreSQL found the fault.
    LockedStatement describe(const Statement& statement);

    /// The descriptions of all; goes on after a fault and throws one Failure with every one of them.
    Lock describe(const std::vector<Statement>& statements);

  private:
    struct Close {
        void operator()(pg_conn* connection) const;
    };
    std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace gsdb::queryc
