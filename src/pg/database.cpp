#include "pg/database.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "pg/observations.hpp"

namespace gsdb::pg {

namespace {

constexpr Backoff retry_backoff{.first = Milliseconds{10}, .max = Milliseconds{1'000}};

/// Null when the transaction is committed. What a body threw comes with the transaction rolled back.
Task<std::exception_ptr> attempt(Connection* connection, TransactionOptions options, ModuleTag module,
                                 const std::function<Task<>(Transaction)>* body) {
    std::optional<Transaction> tx;
    std::exception_ptr thrown;
    try {
        tx = co_await Transaction::begin(*connection, options, module);
        co_await (*body)(*tx);
        co_await tx->commit();
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown && tx) co_await tx->rollback();
    co_return thrown;
}

/// The error's code when running the transaction again may succeed; empty when not.
std::string reason_to_retry(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const SqlError& error) {
        // A lost connection is safe to retry here: commit() reports a loss after COMMIT as CommitOutcomeUnknown.
        bool is_lost = error.is_unavailable() && !error.is_deadline_exceeded();
        return error.is_retryable() || is_lost ? error.error().code : "";
    } catch (...) {
        return "";
    }
}

}  // namespace

Task<> detail::run_transaction(Pool pool, TransactionOptions options, ModuleTag module,
                               std::function<Task<>(Transaction)> body) {
    for (int attempts = 1;; ++attempts) {
        std::exception_ptr thrown;
        {
            auto lease = co_await pool.acquire();
            thrown = co_await attempt(&*lease, options, module, &body);
        }
        if (!thrown) co_return;
        auto reason = reason_to_retry(thrown);
        if (reason.empty() || attempts >= options.attempts_max) std::rethrow_exception(thrown);
        auto pause = retry_backoff.pause(attempts);
        observe::emit(TransactionRetried{.database = pool.options().connect.database,
                                         .reason = std::move(reason),
                                         .attempt = attempts,
                                         .retry_seconds = std::chrono::duration<double>(pause).count()});
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
            timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(use_task);
    }
}

}  // namespace gsdb::pg
