#pragma once
// A transaction on a connection, and the organization whose rows it may touch.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/uuid.hpp"
#include "pg/connection.hpp"

namespace gsdb::pg {

enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };
enum class Access : std::uint8_t { read_write, read_only };

struct TransactionOptions {
    /// Sets app.organization_id for the transaction: row-level security then shows this organization's rows only.
    std::optional<OrganizationId> organization{};
    Isolation isolation = Isolation::read_committed;
    Access access = Access::read_write;
    /// For each statement of the transaction; without it the connection's own applies.
    std::optional<Milliseconds> statement_deadline{};
    /// Database::transaction runs the body at most so often: see there.
    int attempts_max = 6;
};

/// Which module's statements a transaction takes, as an address: null takes all.
using ModuleTag = const void*;
template <class Module>
inline constexpr char module_marker = 0;
template <class Module>
constexpr ModuleTag module_tag() {
    return &module_marker<Module>;
}

/// Throws "pg.wrong_module" when the statement belongs to another module than the transaction's database.
void require_same_module(ModuleTag transaction, ModuleTag query, const Statement& statement,
                         const Connection& connection);

/// A handle on the transaction that is open on a connection, valid while that transaction lasts. Cheap to copy:
/// coroutines take it by value.
class Transaction {
  public:
    /// Sends BEGIN and the organization together. Commit or roll back; a connection dropped in between rolls back.
    static Task<Transaction> begin(Connection& connection, TransactionOptions options, ModuleTag module = nullptr) {
        return begin_on(&connection, options, module);
    }

    /// Throws CommitOutcomeUnknown when the connection is lost before the answer; any other exception means that
    /// nothing was committed.
    Task<> commit();
    /// Does not throw: a connection that cannot roll back is broken, and the server rolls back by itself.
    Task<> rollback();

    template <Query Q>
    Task<Answer<Q>> query(typename Q::Params params, std::optional<Milliseconds> deadline = std::nullopt) {
        require_same_module(module_, module_tag<typename Q::Module>(), Q::statement, *connection_);
        return connection_->query<Q>(std::move(params), deadline);
    }
    Task<Rows> execute(std::string sql, Parameters parameters = {}, Format format = Format::binary) {
        return connection_->execute(std::move(sql), std::move(parameters), format);
    }
    Task<> run_script(std::string sql) { return connection_->run_script(std::move(sql)); }

    Task<CopyIn> copy_in(std::string sql);
    Task<CopyOut> copy_out(std::string sql);

    Connection& connection() const { return *connection_; }
    ModuleTag module() const { return module_; }

  protected:
    Transaction(Connection& connection, ModuleTag module) : connection_(&connection), module_(module) {}

  private:
    static Task<Transaction> begin_on(Connection* connection, TransactionOptions options, ModuleTag module);

    Connection* connection_;
    ModuleTag module_;
};

template <class Q, class Module>
concept StatementOf = Query<Q> && std::same_as<typename Q::Module, Module>;

/// A transaction that does not compile with another module's statements; Transaction refuses them when they run.
/// What another module has is asked through its api.hpp.
template <class Module>
class TransactionOf : public Transaction {
  public:
    explicit TransactionOf(const Transaction& transaction) : Transaction(transaction) {}

    template <StatementOf<Module> Q>
    Task<Answer<Q>> query(typename Q::Params params, std::optional<Milliseconds> deadline = std::nullopt) {
        return Transaction::query<Q>(std::move(params), deadline);
    }
};

}  // namespace gsdb::pg
