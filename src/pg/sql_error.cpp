#include "pg/sql_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gsdb::pg {

namespace {

struct Condition {
    std::string_view sqlstate, name, remedy;
    ExitCode exit_code = ExitCode::failed;
};

// Conditions that callers or users can do something about. The names are stable: they are error codes.
constexpr std::array conditions{
    Condition{"08001", "cannot_connect", "Check that PostgreSQL runs and that host and port are right.",
              ExitCode::unavailable},
    Condition{"08003", "connection_lost", "Try again; the server's log says why it closed the connection.",
              ExitCode::unavailable},
    Condition{"08004", "connection_refused", "Check the server's pg_hba.conf and its limits.", ExitCode::unavailable},
    Condition{"08006", "connection_lost", "Try again; the server's log says why it closed the connection.",
              ExitCode::unavailable},
    Condition{"08P01", "protocol_violation", "Check that a PostgreSQL server or PgBouncer answers on that port.",
              ExitCode::unavailable},
    Condition{"0A000", "feature_not_supported", ""},
    Condition{"22021", "invalid_encoding", "Send UTF-8 text; store other bytes as bytea."},
    Condition{"22P02", "invalid_text", ""},
    Condition{"23502", "not_null_violation", "", ExitCode::conflict},
    Condition{"23503", "foreign_key_violation", "", ExitCode::conflict},
    Condition{"23505", "unique_violation", "", ExitCode::conflict},
    Condition{"23514", "check_violation", "", ExitCode::conflict},
    Condition{"23P01", "exclusion_violation", "", ExitCode::conflict},
    Condition{"25006", "read_only", "The server is a standby or set read-only: connect to the primary.",
              ExitCode::unavailable},
    Condition{"25P02", "transaction_aborted", "Roll back: an earlier statement of the transaction failed."},
    Condition{"26000", "no_such_prepared_statement",
              "Behind PgBouncer in transaction mode connect with prepared = off."},
    Condition{"28000", "authorization_failed", "Check the role's name and the server's pg_hba.conf.",
              ExitCode::unavailable},
    Condition{"28P01", "wrong_password", "Check the role's password: GSDB_DATABASE_URL or the secrets file.",
              ExitCode::unavailable},
    Condition{"3D000", "no_such_database", "Create the databases: gsdb db init", ExitCode::unavailable},
    Condition{"40001", "serialization_failure", "Run the transaction again."},
    Condition{"40P01", "deadlock", "Run the transaction again."},
    Condition{"42501", "permission_denied",
              "Grant the right to the role, or connect as one that has it: gsdb db doctor"},
    Condition{"42601", "syntax_error", ""},
    Condition{"42703", "no_such_column", "Bring the schema up to date: gsdb db migrate"},
    Condition{"42883", "no_such_function", "Bring the schema up to date: gsdb db migrate"},
    Condition{"42P05", "duplicate_prepared_statement",
              "Behind PgBouncer in transaction mode connect with prepared = off."},
    Condition{"42P01", "no_such_table", "Bring the schema up to date: gsdb db migrate"},
    Condition{"3F000", "no_such_schema", "Bring the schema up to date: gsdb db migrate"},
    Condition{"53100", "disk_full", "Free space on the server's disk.", ExitCode::unavailable},
    Condition{"53200", "out_of_memory", "Give the server more memory, or lower work_mem.", ExitCode::unavailable},
    Condition{"53300", "too_many_connections", "Raise max_connections, or lower the pool sizes of the programs on it.",
              ExitCode::unavailable},
    Condition{"55P03", "lock_not_available", "Another session holds the lock: try again when it has ended.",
              ExitCode::conflict},
    Condition{"57014", "canceled", ""},
    Condition{"57P01", "server_shutting_down", "Try again when the server is back.", ExitCode::unavailable},
    Condition{"57P02", "server_crashed", "Try again when the server has recovered; its log says why it crashed.",
              ExitCode::unavailable},
    Condition{"57P03", "server_starting", "Try again in a moment: the server is starting, stopping or recovering.",
              ExitCode::unavailable},
};

const Condition* find_condition(std::string_view sqlstate) {
    auto found = std::ranges::find(conditions, sqlstate, &Condition::sqlstate);
    return found == conditions.end() ? nullptr : &*found;
}

std::string describe(const SqlErrorFacts& facts) {
    // The server says a place in the text for mistakes in the text only.
    auto place = facts.line > 0        ? fmt::format(", line {}", facts.line)
                 : facts.statement > 0 ? fmt::format(", statement {}", facts.statement)
                                       : "";
    return fmt::format("{} on {}: {} ({}{})", facts.query_name, facts.database, facts.message, facts.sqlstate, place);
}

Error to_error(const SqlErrorFacts& facts) {
    if (facts.deadline_exceeded)
        return {.code = "pg.deadline_exceeded",
                .message = describe(facts),
                .detail = facts.detail,
                .hint = facts.sqlstate == "08001"
                            ? "Check that PostgreSQL answers there and what lies on the way; connect_timeout=SECONDS "
                              "in the URL allows more time."
                            : "Allow more time, or look for what the statement waits for: pg_stat_activity.",
                .exit_code = ExitCode::unavailable};
    const auto* condition = find_condition(facts.sqlstate);
    auto hint = facts.hint;
    if (hint.empty() && condition) hint = condition->remedy;
    return {.code = condition ? fmt::format("pg.{}", condition->name) : fmt::format("pg.sqlstate_{}", facts.sqlstate),
            .message = describe(facts),
            .detail = facts.detail,
            .hint = std::move(hint),
            .exit_code = condition ? condition->exit_code : ExitCode::failed};
}

bool is_one_of(std::string_view sqlstate, std::initializer_list<std::string_view> states) {
    return std::ranges::find(states, sqlstate) != states.end();
}

// A prepared statement whose result columns changed by DDL, or that vanished: a new connection prepares it anew.
bool is_stale_plan(const SqlErrorFacts& facts) {
    return (facts.sqlstate == "0A000" && facts.routine == "RevalidateCachedQuery") || facts.sqlstate == "26000";
}

}  // namespace

SqlError::SqlError(SqlErrorFacts facts) : Failure(to_error(facts)), facts_(std::move(facts)) {}

bool SqlError::is_retryable() const {
    return is_one_of(facts_.sqlstate, {"40001", "40P01"}) || is_stale_plan(facts_);
}

bool SqlError::poisons_connection() const {
    return facts_.severity == "FATAL" || facts_.severity == "PANIC" || facts_.sqlstate.starts_with("08") ||
           is_one_of(facts_.sqlstate, {"57P01", "57P02", "57P03", "25006"}) || is_stale_plan(facts_);
}

bool SqlError::is_unavailable() const {
    return facts_.sqlstate.starts_with("08") || is_one_of(facts_.sqlstate, {"53300", "57P01", "57P02", "57P03"});
}

CommitOutcomeUnknown::CommitOutcomeUnknown(std::string database, std::string cause)
    : Failure({.code = "pg.commit_outcome_unknown",
               .message = fmt::format("commit on {}: the connection was lost before the answer", database),
               .detail = std::move(cause),
               .hint = "The transaction may or may not be there: look before doing the work again.",
               .exit_code = ExitCode::unavailable}) {}

}  // namespace gsdb::pg
