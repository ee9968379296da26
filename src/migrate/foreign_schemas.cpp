#include "migrate/foreign_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/together.hpp"

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

struct MirrorState {
    std::string state;  ///< current, made, blocked, unreadable: base.mirror_database() tells what they mean
    std::string detail;
};

/// Within a transaction.
Task<MirrorState> bring_up(pg::Connection* connection, const Mirror* mirror, const Address* address,
                           std::string password) {
    // The password is a parameter, and a superuser's own log need not have it either.
    co_await connection->run_script(
        "select case when current_setting('is_superuser')::boolean then set_config('log_statement', 'none', true) || "
        "set_config('log_min_error_statement', 'panic', true) || set_config('log_min_duration_statement', '-1', true) "
        "end");
    const auto rows = co_await connection->execute(
        "select state, coalesce(detail, '') from base.mirror_database($1, $2::text[]::name[], $3, $4, $5, $6)",
        pg::Parameters::of(mirror->database, mirror->schemas, mirror->script, address->host, address->port, password));
    co_return MirrorState{rows.get<std::string>(0, 0), rows.get<std::string>(0, 1)};
}

void report_on(const Mirror& mirror, const MirrorState& state, InstallReport& report) {
    if (state.state == "blocked")
        report.notes.push_back(
            fmt::format("{} does not show {} what is in {}: its schema {} holds objects that gsdb did not make; rename "
                        "that schema, then run gsdb db init again",
                        reading_database, readonly_role, mirror.database, state.detail));
    if (state.state == "made" || state.state == "unreadable")
        report.changes.push_back(
            fmt::format("{}: let {} read {}", reading_database, readonly_role, fmt::join(mirror.schemas, ", ")));
    if (state.state == "unreadable")
        report.notes.push_back(fmt::format(
            "{} cannot read {} from {}: {}; let it connect to {} in pg_hba.conf, then run gsdb db init again",
            readonly_role, mirror.database, reading_database, state.detail, mirror.database));
}

Task<std::vector<Mirror>> read_mirrors(Connector connect) {
    std::vector<Task<Mirror>> readings;
    for (const auto& spec : database_specs())
        if (spec.name != reading_database) readings.push_back(read_mirror(connect, &spec));
    co_return co_await together(std::move(readings));
}

/// What is left to bring up, and what came of it, in the order of the mirrors.
struct Work {
    const std::vector<Mirror>* mirrors;
    const Address* address;
    std::string password;
    std::vector<MirrorState> states;
    std::size_t begun = 0;
};

/// Whoever has nothing to do takes the next mirror: each is a transaction and has nothing to do with the others.
/// Returns how many it took.
Task<std::size_t> take_mirrors(pg::Connection* connection, Work* work) {
    std::size_t taken = 0;
    for (; work->begun < work->mirrors->size(); ++taken) {
        const auto place = work->begun++;
        co_await connection->run_script("begin");
        work->states[place] = co_await bring_up(connection, &(*work->mirrors)[place], work->address, work->password);
        co_await connection->run_script("commit");
    }
    co_return taken;
}

std::string reader_password(const SecretStore& secrets) {
    const auto stored = secrets.get(readonly_role);
    return stored ? std::string(stored->reveal()) : std::string();
}

Task<std::optional<std::string>> why_not(pg::Connection* connection) {
    const auto rows = co_await connection->execute("select base.why_no_foreign_tables()");
    co_return rows.get<std::optional<std::string>>(0, 0);
}

}  // namespace

Task<Findings> check_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets) {
    Findings findings;
    if (layout.kind() != LayoutKind::split) co_return findings;
    const auto connection = co_await connect(std::string(reading_database));
    const auto mirrors = co_await read_mirrors(connect);
    const auto address = co_await read_address(connection.get());
    co_await connection->run_script("begin");
    const bool possible = !co_await why_not(connection.get());
    for (const auto& mirror : mirrors) {
        if (!possible) break;
        const auto found = co_await bring_up(connection.get(), &mirror, &address, reader_password(*secrets));
        if (found.state == "current") continue;
        findings.push_back({.severity = Severity::error,
                            .code = "schema.reader",
                            .database = std::string(reading_database),
                            .object = fmt::format("schemas {}", fmt::join(mirror.schemas, ", ")),
                            .message = fmt::format("do not show {} what is in {}", readonly_role, mirror.database),
                            .remedy = "gsdb db init"});
    }
    co_await connection->run_script("rollback");
    co_return findings;
}

Task<InstallReport> refresh_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets) {
    InstallReport report;
    if (layout.kind() != LayoutKind::split) co_return report;
    const auto connection = co_await connect(std::string(reading_database));
    if (const auto reason = co_await why_not(connection.get())) {
        report.notes.push_back(
            fmt::format("{} reads one database at a time, each by itself: {}; then run gsdb db init again",
                        readonly_role, *reason));
        co_return report;
    }
    const auto mirrors = co_await read_mirrors(connect);
    const auto address = co_await read_address(connection.get());
    Work work{&mirrors, &address, reader_password(*secrets), std::vector<MirrorState>(mirrors.size())};
    const auto second = co_await connect(std::string(reading_database));
    std::vector<Task<std::size_t>> workers;
    workers.push_back(take_mirrors(connection.get(), &work));
    workers.push_back(take_mirrors(second.get(), &work));
    co_await together(std::move(workers));
    for (std::size_t i = 0; i < mirrors.size(); ++i) report_on(mirrors[i], work.states[i], report);
    co_return report;
}

}  // namespace gsdb::migrate
