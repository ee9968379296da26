#include "migrate/foreign_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/together.hpp"

namespace gsdb::migrate {
namespace {

constexpr std::string_view reading_database = "analytics_db";

/// A database as another one sees it.
struct Mirror {
    std::string database;
    std::vector<std::string> schemas;
    std::string script;  ///< makes the schemas
};

/// What the other database says of itself.
Task<Mirror> read_mirror(Connector connect, const DatabaseSpec* spec) {
    Mirror mirror{.database = std::string(spec->name), .schemas = {spec->schemas.begin(), spec->schemas.end()}};
    const auto connection = co_await connect(mirror.database);
    const auto rows = co_await connection->execute(
        "select coalesce(string_agg(base.foreign_schema_script(s, $2), E'\n' order by place), '') "
        "from unnest($1::text[]) with ordinality as schema (s, place)",
        pg::Parameters::of(mirror.schemas, "gsdb_" + mirror.database));
    mirror.script = rows.get<std::string>(0, 0);
    co_return mirror;
}

/// How analytics_db reaches its own server: as the administrator reaches it.
struct Address {
    std::string host;
    std::int32_t port = 0;
};

Task<Address> read_address(pg::Connection* connection) {
    const auto rows = co_await connection->execute("select coalesce(host, $1), port from base.own_address()",
                                                   pg::Parameters::of(connection->options().host));
    co_return Address{rows.get<std::string>(0, 0), rows.get<std::int32_t>(0, 1)};
}

Task<> bring_up(pg::Connection* connection, const Mirror* mirror, const Address* address, std::string password,
                InstallReport* report) {
    // The password is a parameter: the server's log should not have it.
    co_await connection->run_script(
        "begin; select case when current_setting('is_superuser')::boolean then set_config('log_statement', 'none', "
        "true) || set_config('log_min_error_statement', 'panic', true) || set_config('log_min_duration_statement', "
        "'-1', true) end");
    const auto rows = co_await connection->execute(
        "select state, coalesce(detail, '') from base.mirror_database($1, $2::text[]::name[], $3, $4, $5, $6)",
        pg::Parameters::of(mirror->database, mirror->schemas, mirror->script, address->host, address->port, password));
    co_await connection->run_script("commit");
    const auto state = rows.get<std::string>(0, 0), detail = rows.get<std::string>(0, 1);
    if (state == "blocked")
        report->notes.push_back(
            fmt::format("{} does not show {} what is in {}: its schema {} holds objects that gsdb did not make; rename "
                        "that schema, then run gsdb db init again",
                        reading_database, readonly_role, mirror->database, detail));
    if (state == "made" || state == "unreadable")
        report->changes.push_back(
            fmt::format("{}: let {} read {}", reading_database, readonly_role, fmt::join(mirror->schemas, ", ")));
    if (state == "unreadable")
        report->notes.push_back(fmt::format(
            "{} cannot read {} from {}: {}; let it connect to {} in pg_hba.conf, then run gsdb db init again",
            readonly_role, mirror->database, reading_database, detail, mirror->database));
}

}  // namespace

Task<InstallReport> refresh_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets) {
    InstallReport report;
    if (layout.kind() != LayoutKind::split) co_return report;
    const auto connection = co_await connect(std::string(reading_database));
    const auto why_not = co_await connection->execute("select base.why_no_foreign_tables()");
    if (const auto reason = why_not.get<std::optional<std::string>>(0, 0)) {
        report.notes.push_back(
            fmt::format("{} reads one database at a time, each by itself: {}; then run gsdb db init "
                        "again",
                        readonly_role, *reason));
        co_return report;
    }
    std::vector<Task<Mirror>> readings;
    for (const auto& spec : database_specs())
        if (spec.name != reading_database) readings.push_back(read_mirror(connect, &spec));
    const auto mirrors = co_await together(std::move(readings));
    const auto address = co_await read_address(connection.get());
    const auto stored = secrets->get(readonly_role);
    const auto password = stored ? std::string(stored->reveal()) : std::string();
    for (const auto& mirror : mirrors) co_await bring_up(connection.get(), &mirror, &address, password, &report);
    co_return report;
}

}  // namespace gsdb::migrate
