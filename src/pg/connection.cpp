#include "pg/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "pg/statement_watch.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

Task<std::unique_ptr<Connection>> Connection::open(ConnectOptions options) {
    auto wire = std::make_shared<Wire>(co_await asio::this_coro::executor, std::move(options));
    co_await wire->connect();
    co_return std::make_unique<Connection>(std::move(wire));
}

Connection::Connection(std::shared_ptr<Wire> wire)
    : wire_(std::move(wire)),
      statement_deadline_(wire_->options().statement_deadline),
      deadline_outside_(statement_deadline_) {}

Connection::~Connection() = default;

const ConnectOptions& Connection::options() const {
    return wire_->options();
}
const std::string& Connection::describe() const {
    return wire_->description();
}
int Connection::server_version() const {
    return PQserverVersion(wire_->conn());
}
int Connection::backend_pid() const {
    return PQbackendPID(wire_->conn());
}
bool Connection::is_broken() const {
    return wire_->is_broken();
}
bool Connection::in_transaction() const {
    return PQtransactionStatus(wire_->conn()) != PQTRANS_IDLE;
}
void Connection::cancel() {
    wire_->request_cancel();
}

Task<bool> Connection::is_alive(Milliseconds probe_after) {
    if (!wire_->peek_alive()) co_return false;
    if (wire_->idle_time() < probe_after) co_return true;
    try {
        Operation operation(*wire_, "probe", Milliseconds{1'000}, Operation::OnDeadline::give_up);
        wire_->require_sent(PQsendQuery(wire_->conn(), ""), "probe");
        auto result = co_await wire_->only_result();
        operation.finish(result.get());
        co_return !is_error(result.get()) && !is_broken();
    } catch (const SqlError&) {
        co_return false;
    }
}

void Connection::require_scope(const Statement& statement) const {
    if (statement.scope != Scope::tenant || has_tenant_) return;
    throw Failure({.code = "pg.tenant_missing",
                   .message = fmt::format("statement {} touches an organization's rows, and no organization is set",
                                          statement.name),
                   .hint = "Run it inside Database::transaction({.organization = ...}, ...)."});
}

void Connection::begin_unit(bool has_tenant, Milliseconds deadline) {
    has_tenant_ = has_tenant;
    statement_deadline_ = deadline;
}

void Connection::end_unit() {
    has_tenant_ = false;
    statement_deadline_ = deadline_outside_;
}

// ---- one statement ---------------------------------------------------------------------------------------------

Task<Rows> Connection::run(Statement statement, Parameters parameters, std::optional<Milliseconds> deadline) {
    require_scope(statement);
    auto limit = deadline.value_or(statement_deadline_);
    bool named = options().prepared == Prepared::on;
    StatementWatch watch(statement.name, options().database);
    try {
        if (named) co_await prepare(statement, parameters, limit);
        Operation operation(*wire_, statement.name, limit);
        if (named)
            wire_->require_sent(send_prepared(wire_->conn(), statement.name, parameters), statement.name);
        else
            wire_->require_sent(send_unnamed(wire_->conn(), statement.text, parameters, Format::binary),
                                statement.name);
        auto result = co_await wire_->only_result();
        operation.finish(result.get());
        if (is_error(result.get())) wire_->throw_error(result.get(), statement.name);
        Rows rows(std::move(result));
        watch.succeeded(rows);
        co_return rows;
    } catch (const Failure& failure) {
        watch.failed(failure);
        throw;
    }
}

Task<> Connection::prepare(Statement statement, Parameters parameters, Milliseconds deadline) {
    if (wire_->is_prepared(statement)) co_return;
    Operation operation(*wire_, statement.name, deadline);
    wire_->require_sent(send_prepare(wire_->conn(), statement, parameters), statement.name);
    auto result = co_await wire_->only_result();
    operation.finish(result.get());
    if (is_error(result.get())) wire_->throw_error(result.get(), statement.name);
    wire_->remember_prepared(statement);
}

Task<Rows> Connection::execute(std::string sql, Parameters parameters, Format format,
                               std::optional<Milliseconds> deadline) {
    constexpr std::string_view name = "execute";
    StatementWatch watch(name, options().database);
    try {
        Operation operation(*wire_, name, deadline.value_or(statement_deadline_));
        wire_->require_sent(send_unnamed(wire_->conn(), sql, parameters, format), name);
        auto result = co_await wire_->only_result();
        if (auto status = PQresultStatus(result.get()); status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
            throw Failure({.code = "pg.copy_in_execute",
                           .message = "COPY with the client cannot be run by execute",
                           .hint = "Use copy_in or copy_out."});
        operation.finish(result.get());
        if (is_error(result.get())) wire_->throw_error(result.get(), name, sql);
        Rows rows(std::move(result));
        watch.succeeded(rows);
        co_return rows;
    } catch (const Failure& failure) {
        watch.failed(failure);
        throw;
    }
}

Task<> Connection::run_script(std::string sql, std::optional<Milliseconds> deadline) {
    constexpr std::string_view name = "script";
    StatementWatch watch(name, options().database);
    refuse_nul(sql);
    try {
        Operation operation(*wire_, name, deadline.value_or(Milliseconds{0}));
        wire_->require_sent(PQsendQuery(wire_->conn(), sql.c_str()), name);
        ResultPtr last;
        int done = 0;
        while (auto result = co_await wire_->next_result()) {
            if (PQresultStatus(result.get()) == PGRES_COPY_IN)
                PQputCopyEnd(wire_->conn(), "a script cannot hold COPY ... FROM STDIN");
            else if (!is_error(result.get()))
                ++done;
            if (!last || !is_error(last.get())) last = std::move(result);
            if (PQstatus(wire_->conn()) == CONNECTION_BAD) break;
        }
        operation.finish(last.get());
        if (is_error(last.get())) {
            auto facts = wire_->facts_of(last.get(), name, sql);
            facts.statement = done + 1;
            wire_->throw_error(std::move(facts));
        }
        watch.succeeded(Rows{});
    } catch (const Failure& failure) {
        watch.failed(failure);
        throw;
    }
}

}  // namespace gsdb::pg
