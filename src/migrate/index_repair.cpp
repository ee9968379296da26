#include "migrate/index_repair.hpp"

#include <fmt/format.h>

#include "migrate/concurrent_index.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

enum class IndexState { absent, invalid, valid };

Task<IndexState> state_of(Session* session, ConcurrentIndex index) {
    const auto rows = co_await (*session)->execute(
        "select i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid "
        "where c.relnamespace = to_regnamespace($1) and c.relname = $2",
        pg::Parameters::of(quote_identifier(index.schema), index.name));
    if (rows.empty()) co_return IndexState::absent;
    co_return rows.get<bool>(0, 0) ? IndexState::valid : IndexState::invalid;
}

}  // namespace

Task<> run_alone(Session* session, std::string statement, std::string owner, std::chrono::milliseconds lock_timeout) {
    // One statement a message: several would be a transaction. The role is the session's until reset.
    co_await (*session)->run_script(fmt::format("set role {}; set lock_timeout = {}", owner, lock_timeout.count()));
    std::exception_ptr error;
    try {
        const auto index = concurrent_index_of(statement);
        const auto state = index ? co_await state_of(session, *index) : IndexState::absent;
        if (state == IndexState::invalid)
            co_await (*session)->run_script(fmt::format(
                "drop index concurrently {}.{}", quote_identifier(index->schema), quote_identifier(index->name)));
        if (state != IndexState::valid) co_await (*session)->run_script(std::move(statement));
    } catch (...) {
        error = std::current_exception();
    }
    if (!session->connection()->is_broken()) co_await (*session)->run_script("reset role; reset lock_timeout");
    if (error) std::rethrow_exception(error);
}

}  // namespace gsdb::migrate
