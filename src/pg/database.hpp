#pragma once
// A module's database: transactions with retry, and none of another module's statements.
//
//     auto found = co_await db.transaction({.organization = org}, [&](auto tx) -> Task<std::vector<Row>> {
//         co_return co_await tx.template query<sql::FindSymbols>({...});
//     });
//
// With `pg::Transaction tx` instead of `auto tx` another module's statement is refused when it runs, not when it is
// compiled; that form reads better and suits functions that take a transaction. `pg::Transaction& tx` works as well.

#include <functional>
#include <optional>
#include <utility>

#include "base/task.hpp"
#include "pg/pool.hpp"
#include "pg/transaction.hpp"

namespace gsdb::pg {

namespace detail {
template <class T>
struct ResultOfTask;
template <class T>
struct ResultOfTask<Task<T>> {
    using type = T;
};

/// BEGIN, body, COMMIT; again after what running again can cure.
Task<> run_transaction(Pool pool, TransactionOptions options, ModuleTag module,
                       std::function<Task<>(Transaction)> body);
}  // namespace detail

template <class Module>
class Database {
  public:
    explicit Database(Pool pool) : pool_(std::move(pool)) {}

    /// Runs `body` (a callable that takes the transaction and returns a Task) in a transaction and commits it; rolls
    /// back when it throws. Serialization failures, deadlocks, stale plans and connections lost before COMMIT was sent
    /// make the body run again, up to options.attempts_max times in all: it must not have effects outside the
    /// transaction that cannot be repeated. CommitOutcomeUnknown is never retried. `body` must stay alive until the
    /// task has ended.
    template <class Body>
    auto transaction(TransactionOptions options, Body body) const
        -> std::invoke_result_t<Body&, TransactionOf<Module>&> {
        using T = typename detail::ResultOfTask<std::invoke_result_t<Body&, TransactionOf<Module>&>>::type;
        if constexpr (std::is_void_v<T>) {
            co_await detail::run_transaction(pool_, options, module_tag<Module>(),
                                             [&body](Transaction tx) { return run_typed(&body, tx); });
        } else {
            std::optional<T> answer;
            co_await detail::run_transaction(pool_, options, module_tag<Module>(), [&body, &answer](Transaction tx) {
                return run_typed_into(&body, tx, &answer);
            });
            co_return std::move(*answer);
        }
    }

    /// One statement in a transaction of its own.
    template <StatementOf<Module> Q>
    Task<Answer<Q>> query(TransactionOptions options, typename Q::Params params) const {
        std::optional<Answer<Q>> answer;
        co_await detail::run_transaction(pool_, options, module_tag<Module>(), [&params, &answer](Transaction tx) {
            return query_into<Q>(tx, &params, &answer);
        });
        co_return std::move(*answer);
    }

    const Pool& pool() const { return pool_; }

  private:
    // The pointers point into the frame of the coroutine that awaits these.
    template <class Body>
    static Task<> run_typed(Body* body, Transaction tx) {
        TransactionOf<Module> typed(tx);
        co_await (*body)(typed);
    }
    template <class Body, class T>
    static Task<> run_typed_into(Body* body, Transaction tx, std::optional<T>* answer) {
        TransactionOf<Module> typed(tx);
        answer->emplace(co_await (*body)(typed));
    }
    template <class Q>
    static Task<> query_into(Transaction tx, const typename Q::Params* params, std::optional<Answer<Q>>* answer) {
        answer->emplace(co_await tx.query<Q>(*params));
    }

    Pool pool_;
};

}  // namespace gsdb::pg
