#pragma once
// What goes wrong between the program and PostgreSQL, as exceptions with properties one can act on.

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::pg {

/// What the server (or libpq in its place) said, and about what.
struct SqlErrorFacts {
    std::string sqlstate;            ///< five characters; 08006 when the connection broke without a word
    std::string severity;            ///< ERROR, FATAL, PANIC
    std::string message;             ///< the server's primary message
    std::string detail;              ///< its DETAIL, may be empty
    std::string hint;                ///< its HINT, may be empty
    std::string constraint;          ///< the constraint that refused, may be empty
    std::string routine;             ///< the server's C function that raised it: tells apart errors of one SQLSTATE
    std::string query_name;          ///< the statement's name, or what was being done: "connect", "commit"
    std::string database;            ///< "codebase_db at /run/x as codebase_user"
    int line = 0;                    ///< of a script, from 1; 0 when unknown
    int statement = 0;               ///< of a script, from 1; 0 when it is none
    bool deadline_exceeded = false;  ///< the statement was cancelled because its deadline had passed
};

/// A statement or connection failed. error().code is "pg." and the condition's name ("pg.unique_violation"), or
/// "pg.sqlstate_XXXXX" for one without a name here; docs/reference lists them.
class SqlError : public Failure {
  public:
    explicit SqlError(SqlErrorFacts facts);

    std::string_view sqlstate() const { return facts_.sqlstate; }
    std::string_view query_name() const { return facts_.query_name; }
    std::string_view constraint() const { return facts_.constraint; }
    const SqlErrorFacts& facts() const { return facts_; }

    /// The same transaction may succeed when it is run again from its start: serialization failure, deadlock, stale
    /// plan.
    bool is_retryable() const;
    /// The connection is of no more use: lost, or the server is going down, or has become read-only.
    bool poisons_connection() const;
    /// The server cannot be reached or takes no more clients at the moment: worth another try after a pause.
    bool is_unavailable() const;
    bool is_deadline_exceeded() const { return facts_.deadline_exceeded; }

  private:
    SqlErrorFacts facts_;
};

/// The connection broke between sending COMMIT and its answer: the transaction is either wholly there or wholly
/// absent, and only a look at the data can tell. Never retried by this layer.
class CommitOutcomeUnknown : public Failure {
  public:
    CommitOutcomeUnknown(std::string database, std::string cause);
};

}  // namespace gsdb::pg
