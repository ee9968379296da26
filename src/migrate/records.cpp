#include "migrate/records.hpp"

#include <algorithm>

namespace gsdb::migrate {
namespace {

AppliedMigration read_migration(pg::RowReader row) {
    return {.module = row.next<std::string>(),
            .version = row.next<std::int32_t>(),
            .name = row.next<std::string>(),
            .kind = row.next<std::string>(),
            .checksum = row.next<std::string>(),
            .text = row.next<std::string>(),
            .rollback_sql = row.next<std::string>(),
            .applied_at = row.next<Timestamp>(),
            .applied_by = row.next<std::string>(),
            .duration_ms = row.next<std::int64_t>(),
            .program_version = row.next<std::string>()};
}

BackfillProgress read_backfill(pg::RowReader row) {
    return {.module = row.next<std::string>(),
            .version = row.next<std::int32_t>(),
            .position = row.next<std::optional<std::string>>(),
            .rows_done = row.next<std::int64_t>(),
            .rows_estimated = row.next<std::optional<std::int64_t>>(),
            .finished = row.next<bool>(),
            .last_error = row.next<std::optional<std::string>>()};
}

/// Braced initialisers run from left to right, so the columns are in the order of the members.
constexpr const char* migrations_sql = R"(
    select module, version, name, kind, encode(checksum, 'hex'), sql_text, coalesce(rollback_text, ''), applied_at,
           applied_by, duration_ms, program_version
    from base.schema_migrations order by module, version)";
constexpr const char* routines_sql = "select module, name, encode(checksum, 'hex') from base.schema_routines";
constexpr const char* backfills_sql = R"(
    select module, version, position::text, rows_done, rows_estimated, finished_at is not null, last_error
    from base.migration_progress)";
constexpr const char* shapes_sql = "select module, basis, server_major from base.schema_shapes";

}  // namespace

std::vector<AppliedMigration> Records::of_module(std::string_view module) const {
    std::vector<AppliedMigration> own;
    std::ranges::copy_if(migrations, std::back_inserter(own), [&](auto& record) { return record.module == module; });
    return own;
}

const BackfillProgress* Records::backfill(std::string_view module, int version) const {
    const auto found = std::ranges::find_if(
        backfills, [&](auto& progress) { return progress.module == module && progress.version == version; });
    return found == backfills.end() ? nullptr : &*found;
}

Task<Records> read_records(pg::Connection* connection) {
    Records records;
    const auto exists = co_await connection->execute(
        "select to_regclass('base.schema_migrations') is not null, to_regclass('base.schema_shapes') is not null");
    records.has_base = exists.get<bool>(0, 0);
    if (!records.has_base) co_return records;
    for (auto row : co_await connection->execute(migrations_sql)) records.migrations.push_back(read_migration(row));
    for (auto row : co_await connection->execute(backfills_sql)) records.backfills.push_back(read_backfill(row));
    for (auto row : co_await connection->execute(routines_sql)) {
        auto module = row.next<std::string>();
        auto name = row.next<std::string>();
        records.routines.emplace(std::pair(std::move(module), std::move(name)), row.next<std::string>());
    }
    if (!exists.get<bool>(0, 1)) co_return records;
    for (auto row : co_await connection->execute(shapes_sql)) {
        auto module = row.next<std::string>();
        auto basis = row.next<std::string>();
        records.shapes.emplace(std::move(module), RecordedShape{std::move(basis), row.next<std::int32_t>()});
    }
    co_return records;
}

std::string shape_basis(const Records& records, std::string_view module) {
    std::string all;
    for (const auto& record : records.migrations)
        if (record.module == module) all += record.checksum + '\n';
    all += '\n';
    for (const auto& [key, checksum] : records.routines)
        if (key.first == module) all += key.second + ' ' + checksum + '\n';
    return sha256_hex(all);
}

}  // namespace gsdb::migrate
