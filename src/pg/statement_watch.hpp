#pragma once
// Private to this folder: timing a statement and handing its parameters to libpq.

#include <chrono>
#include <string>
#include <string_view>

#include "pg/observations.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

/// Emits StatementRan when a statement has ended.
class StatementWatch {
  public:
    StatementWatch(std::string_view statement, std::string_view database)
        : statement_(statement), database_(database), start_(std::chrono::steady_clock::now()) {}

    void succeeded(const Rows& rows) {
        emit("ok", !rows.empty() ? static_cast<std::int64_t>(rows.size()) : rows.affected());
    }
    void failed(const Failure& failure) { emit(failure.error().code, 0); }
    void emit(std::string outcome, std::int64_t rows) {
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
        observe::emit(StatementRan{.statement = std::string(statement_),
                                   .database = std::string(database_),
                                   .outcome = std::move(outcome),
                                   .seconds = seconds.count(),
                                   .rows = rows});
    }

  private:
    std::string_view statement_;
    std::string_view database_;
    std::chrono::steady_clock::time_point start_;
};

// Each queues one message and returns what libpq returned: 1, or 0 when it refused.
int send_prepare(PGconn* conn, const Statement& statement, const Parameters& parameters);
int send_prepared(PGconn* conn, std::string_view name, const Parameters& parameters);
int send_unnamed(PGconn* conn, std::string_view sql, const Parameters& parameters, Format format);

}  // namespace gsdb::pg
