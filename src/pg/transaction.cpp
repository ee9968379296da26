#include "pg/transaction.hpp"

#include <fmt/format.h>

#include <array>

#include "pg/statement_watch.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

namespace {

std::string begin_text(const TransactionOptions& options) {
    constexpr std::array<std::string_view, 3> levels{"", " isolation level repeatable read",
                                                     " isolation level serializable"};
    return fmt::format("begin{}{}", levels[static_cast<std::size_t>(options.isolation)],
                       options.access == Access::read_only ? " read only" : "");
}

}  // namespace

Task<Transaction> Transaction::begin_on(Connection* connection, TransactionOptions options, ModuleTag module) {
    if (connection->in_transaction())
        throw Failure({.code = "pg.transaction_open",
                       .message = fmt::format("a transaction is open on {} already", connection->describe())});
    // One message, one round trip. SET LOCAL as text: Citus does not hand set_config on to its workers.
    auto sql = begin_text(options);
    if (options.organization)
        sql += fmt::format("; set local app.organization_id = '{}'", to_string(*options.organization));
    auto& wire = connection->wire();
    auto deadline = options.statement_deadline.value_or(connection->statement_deadline());
    Operation operation(wire, "begin", deadline);
    wire.require_sent(PQsendQuery(wire.conn(), sql.c_str()), "begin");
    auto result = co_await wire.only_result();
    operation.finish(result.get());
    if (is_error(result.get())) wire.throw_error(result.get(), "begin");
    connection->begin_unit(options.organization.has_value(), deadline);
    co_return Transaction(*connection, module);
}

Task<> Transaction::commit() {
    auto& wire = connection_->wire();
    StatementWatch watch("commit", connection_->options().database);
    auto deadline = connection_->statement_deadline();
    connection_->end_unit();
    if (wire.is_broken()) wire.throw_error(nullptr, "commit");  // lost before COMMIT was sent: nothing is committed
    std::string lost;
    try {
        Operation operation(wire, "commit", deadline);
        wire.require_sent(PQsendQuery(wire.conn(), "commit"), "commit");
        auto result = co_await wire.only_result();
        operation.finish(result.get());
        if (is_error(result.get())) wire.throw_error(result.get(), "commit");
        // COMMIT of a transaction in which a statement had failed is answered by ROLLBACK, without an error.
        if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
            throw SqlError({.sqlstate = "25P02",
                            .severity = "ERROR",
                            .message = "the transaction was rolled back, because a statement in it had failed",
                            .query_name = "commit",
                            .database = connection_->describe()});
        watch.emit("ok", 0);
        co_return;
    } catch (const SqlError& error) {
        watch.failed(error);
        if (error.facts().severity == "ERROR") throw;  // the server refused and rolled back
        lost = error.what();
    }
    throw CommitOutcomeUnknown(connection_->describe(), std::move(lost));
}

Task<> Transaction::rollback() {
    connection_->end_unit();
    auto& wire = connection_->wire();
    if (wire.is_broken() || !connection_->in_transaction()) co_return;
    try {
        Operation operation(wire, "rollback", Milliseconds{5'000}, Operation::OnDeadline::give_up);
        wire.require_sent(PQsendQuery(wire.conn(), "rollback"), "rollback");
        auto result = co_await wire.only_result();
        operation.finish(result.get());
        if (is_error(result.get())) wire.mark_broken();
    } catch (const SqlError&) {
        wire.mark_broken();
    }
}

void require_same_module(ModuleTag transaction, ModuleTag query, const Statement& statement,
                         const Connection& connection) {
    if (transaction == nullptr || transaction == query) return;
    throw Failure({.code = "pg.wrong_module",
                   .message = fmt::format("statement {} belongs to another module than the database {}", statement.name,
                                          connection.options().database),
                   .hint = "Ask the other module through its api.hpp."});
}

}  // namespace gsdb::pg
