#include "migrate/backfill.hpp"

#include <fmt/format.h>

#include <charconv>

#include "migrate/observations.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

/// Rows may arrive behind the cursor while it moves; what writers of the new shape fill themselves needs no further
/// pass.
constexpr int passes_max = 3;

std::optional<std::int64_t> parse_number(std::optional<std::string_view> text) {
    std::int64_t number = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

Failure bad_result(const Migration& migration) {
    return Failure(
        {.code = "migrate.backfill_result",
         .message = fmt::format("migration {} is not a backfill that can go on", migration.qualified_label()),
         .detail = "its statement has to return one row: the number of rows visited, and the next cursor as "
                   "jsonb, which is null only when no row was visited",
         .hint = "see the example in migrate/README.md"});
}

}  // namespace

std::string batch_statement(const Migration& migration) {
    return replace_parameters(split_statements(migration.sql).front().text,
                              {{"cursor", "($1::jsonb)"}, {"batch_size", "($2::bigint)"}});
}

Task<Backfill::Outcome> Backfill::run() {
    co_await begin();
    for (int pass = 1;; ++pass) {
        do {
            co_await session_->with_retries(migration_->qualified_label(), [this] { return run_batch(); });
            const auto signal = session_->tell({.stage = Progress::batch,
                                                .database = session_->database(),
                                                .step = migration_->qualified_label(),
                                                .rows_done = rows_done_,
                                                .rows_total = rows_total_});
            if (signal == Signal::pause && visited_ > 0) co_return Outcome::paused;
        } while (visited_ > 0);
        const auto stale = co_await count_stale();
        if (stale == 0) break;
        if (pass == passes_max) {
            auto message = fmt::format("{} rows are still missing or stale after {} passes", stale, pass);
            co_await note_error(message);
            throw Failure(
                {.code = "migrate.backfill_stale",
                 .message = fmt::format("backfill {} does not come to an end", migration_->qualified_label()),
                 .detail = std::move(message),
                 .hint = "some writer does not fill the new shape: is the dual write of the expand step in place?",
                 .exit_code = ExitCode::conflict});
        }
        co_await start_over(stale);
    }
    co_await finish();
    co_return Outcome::complete;
}

/// Where an interrupted run left off, or a new row of progress.
Task<> Backfill::begin() {
    const auto records = co_await read_records(session_->connection());
    if (const auto* progress = records.backfill(migration_->module, migration_->version)) {
        position_ = progress->position;
        rows_done_ = progress->rows_done;
        rows_total_ = progress->rows_estimated.value_or(-1);
        co_return;
    }
    if (!migration_->total_sql.empty()) rows_total_ = co_await count_as_owner(migration_->total_sql);
    co_await session_->run(fmt::format(
        "begin; {} insert into base.migration_progress (module, version, rows_estimated) values ({}, {}, {}); commit",
        as_record_keeper(), quote_literal(migration_->module), migration_->version,
        rows_total_ < 0 ? "null" : std::to_string(rows_total_)));
}

Task<> Backfill::run_batch() {
    co_await (*session_)->run_script(begin_as_owner(*module_, migration_->lock_timeout));
    const auto rows = co_await (*session_)->execute(
        batch_statement(*migration_), pg::Parameters::of(position_, migration_->batch_size), pg::Format::text);
    const auto visited = rows.size() == 1 && rows.column_count() == 2 ? parse_number(rows.text(0, 0)) : std::nullopt;
    const auto next = visited ? rows.text(0, 1) : std::nullopt;
    if (!visited || (*visited > 0 && !next)) throw bad_result(*migration_);
    const auto position = *visited > 0 ? std::optional<std::string>(*next) : position_;
    co_await (*session_)->run_script(fmt::format(
        "{} update base.migration_progress set position = {}::jsonb, rows_done = rows_done + {}, "
        "batches_done = batches_done + {}, updated_at = now(), last_error = null where {}; commit",
        as_record_keeper(), position ? quote_literal(*position) : "null", *visited, *visited > 0 ? 1 : 0, key()));
    position_ = position;
    visited_ = *visited;
    rows_done_ += visited_;
    observe::emit(BackfillAdvanced{session_->database(), migration_->qualified_label(), visited_});
}

Task<> Backfill::start_over(std::int64_t stale) {
    session_->tell({.stage = Progress::retrying,
                    .database = session_->database(),
                    .step = migration_->qualified_label(),
                    .message = fmt::format("{} rows appeared behind the cursor; another pass", stale)});
    position_.reset();
    co_await session_->run(fmt::format("begin; {} update base.migration_progress set position = null where {}; commit",
                                       as_record_keeper(), key()));
}

Task<> Backfill::finish() {
    co_await session_->run(fmt::format(
        "begin; {} "
        "insert into base.schema_migrations (module, version, name, kind, checksum, sql_text, rollback_text, "
        "duration_ms, "
        "program_version) select module, version, {}, 'backfill', '\\x{}', {}, {}, "
        "(extract(epoch from now() - started_at) * 1000)::bigint, {} from base.migration_progress where {}; "
        "update base.migration_progress set finished_at = now(), updated_at = now(), last_error = null where {}; "
        "commit",
        as_record_keeper(), quote_literal(migration_->name), migration_->checksum, quote_literal(migration_->text),
        migration_->rollback_sql.empty() ? "null" : quote_literal(migration_->rollback_sql),
        quote_literal(program_version_), key(), key()));
}

Task<> Backfill::note_error(std::string message) {
    co_await session_->run(fmt::format("begin; {} update base.migration_progress set last_error = {} where {}; commit",
                                       as_record_keeper(), quote_literal(message), key()));
}

Task<std::int64_t> Backfill::count_stale() {
    return count_as_owner(migration_->verify_sql);
}

Task<std::int64_t> Backfill::count_as_owner(std::string query) {
    co_await (*session_)->run_script(begin_as_owner(*module_, migration_->lock_timeout));
    const auto rows = co_await (*session_)->execute(std::move(query), {}, pg::Format::text);
    const auto count = rows.size() == 1 ? parse_number(rows.text(0, 0)) : std::nullopt;
    co_await (*session_)->run_script("commit");
    if (!count) throw bad_result(*migration_);
    co_return *count;
}

std::string Backfill::key() const {
    return fmt::format("(module, version) = ({}, {})", quote_literal(migration_->module), migration_->version);
}

}  // namespace gsdb::migrate
