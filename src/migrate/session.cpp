#include "migrate/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/steady_timer.hpp"
#include "migrate/layout.hpp"
#include "migrate/observations.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t lock_key = 0x6773646200000001;  // "gsdb", 1
constexpr int attempts_max = 10;
constexpr milliseconds first_pause{100}, longest_pause{5000};

bool is_worth_a_retry(const pg::SqlError& error) {
    return error.sqlstate() == "55P03" || error.is_retryable();  // 55P03: lock_not_available
}

std::string server_words(const pg::SqlError& error, std::size_t line) {
    const auto& facts = error.facts();
    auto words = fmt::format("{} ({})", facts.message, facts.sqlstate);
    if (line > 0) words = fmt::format("line {}: {}", line, words);
    if (!facts.detail.empty()) words += fmt::format("; {}", facts.detail);
    return words;
}

Error error_of(std::string what, std::string_view database, const pg::SqlError& error, std::size_t line) {
    Error result{.code = "migrate.failed",
                 .message = fmt::format("{} failed on {}", what, database),
                 .detail = server_words(error, line),
                 .hint = error.facts().hint,
                 .exit_code = ExitCode::failed};
    if (error.poisons_connection()) {
        result.code = "migrate.connection_lost";
        result.hint = "it was applied wholly or not at all; run the same command again to go on from there";
        result.exit_code = ExitCode::unavailable;
    } else if (error.sqlstate() == "55P03") {
        result.code = "migrate.lock_timeout";
        result.hint =
            "long transactions hold the lock: select pid, state, xact_start, query from pg_stat_activity order by "
            "xact_start; end them or try at a quieter time";
        result.exit_code = ExitCode::conflict;
    } else if (result.hint.empty()) {
        result.hint = "the database is as it was before this step";
    }
    return result;
}

}  // namespace

Task<> Session::take_lock(milliseconds wait_max) {
    // Asking again and again instead of waiting in pg_advisory_lock(): a waiting statement holds a snapshot, and the
    // other runner's CREATE INDEX CONCURRENTLY would wait for that for ever.
    milliseconds waited{0}, next_message{0}, interval{50};
    for (;;) {
        const auto rows =
            co_await connection_->execute("select pg_try_advisory_lock($1)", pg::Parameters::of(lock_key));
        if (rows.get<bool>(0, 0)) co_return;
        if (waited >= next_message || waited >= wait_max) {
            const auto holder = co_await describe_lock_holder();
            if (waited >= wait_max)
                throw Failure({.code = "migrate.locked",
                               .message = fmt::format("{} is being migrated by another program", database_),
                               .detail = fmt::format("{}; waited {} s", holder, wait_max.count() / 1000),
                               .hint = "let it finish, or end it",
                               .exit_code = ExitCode::conflict});
            tell({.stage = Progress::waiting, .database = database_, .message = "waiting for " + holder});
            next_message += milliseconds(5000);
        }
        co_await pause(interval);
        waited += interval;
        interval = std::min(interval * 2, milliseconds(400));
    }
}

Task<std::string> Session::describe_lock_holder() {
    const auto rows = co_await connection_->execute(
        "select format('%s (pid %s%s, since %s)', coalesce(nullif(a.application_name, ''), 'a program'), a.pid, "
        "              coalesce(' at ' || host(a.client_addr), ''), to_char(a.backend_start, 'HH24:MI:SS')) "
        "from pg_locks l join pg_stat_activity a on a.pid = l.pid "
        "where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = "
        "current_database()) and (l.classid::bigint << 32 | l.objid::bigint) = $1",
        pg::Parameters::of(lock_key));
    co_return rows.empty() ? "another program that just ended" : rows.get<std::string>(0, 0);
}

Task<> Session::release_lock() {
    co_await connection_->execute("select pg_advisory_unlock($1)", pg::Parameters::of(lock_key));
}

Task<> Session::pause(milliseconds duration) {
    SteadyTimer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(use_task);
}

Task<> Session::with_retries(std::string step, std::function<Task<>()> attempt) {
    auto delay = first_pause;
    for (int tried = 1;; ++tried) {
        std::optional<pg::SqlError> error;
        try {
            co_await attempt();
            co_return;
        } catch (const pg::SqlError& refused) {
            error = refused;
        }
        if (!connection_->is_broken() && connection_->in_transaction()) co_await connection_->run_script("rollback");
        if (!is_worth_a_retry(*error) || tried == attempts_max) throw *error;
        const auto& reason = error->facts().message;
        tell({.stage = Progress::retrying,
              .database = database_,
              .step = step,
              .message = fmt::format("{}; try {} of {} in {} ms", reason, tried + 1, attempts_max, delay.count())});
        observe::emit(MigrationRetried{database_, step, reason});
        co_await pause(delay);
        delay = std::min(delay * 2, longest_pause);
    }
}

Task<> Session::run(std::string script) {
    std::exception_ptr error;
    try {
        co_await connection_->run_script(std::move(script));
    } catch (...) {
        error = std::current_exception();
    }
    if (!error) co_return;
    if (!connection_->is_broken() && connection_->in_transaction()) co_await connection_->run_script("rollback");
    std::rethrow_exception(error);
}

Signal Session::tell(const Progress& progress) const {
    return progress_ ? progress_(progress) : Signal::proceed;
}

std::string begin_as_owner(const ModuleFiles& module, milliseconds lock_timeout) {
    std::string path;
    for (const auto& schema : module.schemas) path += quote_identifier(schema) + ", ";
    if (module.module != base_schema_name) path += "base, ";
    return fmt::format(
        "begin; set local lock_timeout = {}; set local citus.multi_shard_modify_mode = 'sequential'; "
        "set local search_path = {}public; set local role {};",
        lock_timeout.count(), path, quote_identifier(owner_of_schema(module.schemas.front())));
}

std::string as_record_keeper() {
    return fmt::format("set local role {};", quote_identifier(admin_role));
}

Failure step_failure(const Migration& migration, std::string_view database, const pg::SqlError& error,
                     int script_line) {
    const auto lines = std::ranges::count(migration.sql, '\n') + 1;
    const auto within = error.facts().line - script_line;
    const bool is_own = script_line > 0 && error.facts().line > 0 && within >= 0 && within < lines;
    const auto line = is_own ? migration.sql_line + static_cast<std::size_t>(within) : 0;
    return Failure(error_of("migration " + migration.qualified_label(), database, error, line));
}

Failure sql_failure(std::string_view what, std::string_view database, const pg::SqlError& error, std::size_t line) {
    return Failure(error_of(std::string(what), database, error, line));
}

}  // namespace gsdb::migrate
