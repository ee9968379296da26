#pragma once
// What this folder reports to logs and metrics.

#include <cstdint>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::pg {

struct StatementRan {
    std::string statement;  ///< its name; "execute" and "script" for those without
    std::string database;
    std::string outcome;  ///< "ok" or the error's code
    double seconds;
    std::int64_t rows;
    static constexpr observe::Definition definition{
        .name = "pg_statement",
        .description = "Time a statement took from sending it to its last row, by statement and outcome.",
        .level = observe::Level::debug,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"statement", "outcome"}};
    observe::Fields fields() const {
        return {{"statement", statement},
                {"database", database},
                {"outcome", outcome},
                {"seconds", seconds},
                {"rows", rows}};
    }
};

struct PoolWaited {
    std::string database;
    std::string outcome;  ///< "ok", or the error's code
    double seconds;
    static constexpr observe::Definition definition{
        .name = "pg_pool_wait",
        .description = "Time a caller waited for a connection because all were in use or had to be opened.",
        .level = observe::Level::debug,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"database", "outcome"}};
    observe::Fields fields() const { return {{"database", database}, {"outcome", outcome}, {"seconds", seconds}}; }
};

struct ConnectFailed {
    std::string database;
    std::string reason;  ///< the error's code
    std::string message;
    double retry_seconds;  ///< until the next attempt
    static constexpr observe::Definition definition{
        .name = "pg_connect_failed",
        .description = "A connection could not be opened; it is tried again after retry_seconds.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database", "reason"}};
    observe::Fields fields() const {
        return {{"database", database}, {"reason", reason}, {"message", message}, {"retry_seconds", retry_seconds}};
    }
};

struct ConnectionDiscarded {
    std::string database;
    static constexpr observe::Definition definition{
        .name = "pg_connection_discarded",
        .description = "A pool closed a connection because it was lost, poisoned by an error or left in a transaction.",
        .level = observe::Level::info,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database"}};
    observe::Fields fields() const { return {{"database", database}}; }
};

struct TransactionRetried {
    std::string database;
    std::string reason;  ///< the error's code
    std::int64_t attempt;
    double retry_seconds;
    static constexpr observe::Definition definition{
        .name = "pg_transaction_retry",
        .description = "A transaction is run again after a serialization failure, a deadlock or a lost connection.",
        .level = observe::Level::info,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"database", "reason"}};
    observe::Fields fields() const {
        return {{"database", database}, {"reason", reason}, {"attempt", attempt}, {"retry_seconds", retry_seconds}};
    }
};

struct ServerNotice {
    std::string database;
    std::string severity;
    std::string message;
    static constexpr observe::Definition definition{.name = "pg_notice",
                                                    .description = "PostgreSQL sent a notice or warning.",
                                                    .level = observe::Level::debug,
                                                    .measure = {.field = "", .kind = observe::Measure::counter},
                                                    .labels = {"database", "severity"}};
    observe::Fields fields() const { return {{"database", database}, {"severity", severity}, {"message", message}}; }
};

}  // namespace gsdb::pg
