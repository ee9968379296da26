#include "migrate/foreign_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/sql_scanner.hpp"
#include "migrate/together.hpp"

namespace gsdb::migrate {
namespace {

constexpr std::string_view reading_database = "analytics_db";

/// A database as another one sees it.
struct Mirror {
    std::string database;
    std::string server;  ///< name of the foreign server in analytics_db
    std::vector<std::string> schemas;
    std::string script;  ///< makes the schemas
};

std::string text_or_empty(const pg::Rows& rows) {
    return rows.empty() ? "" : rows.get<std::optional<std::string>>(0, 0).value_or("");
}

/// What the other database says of itself.
Task<Mirror> read_mirror(Connector connect, std::string database, std::vector<std::string> schemas) {
    Mirror mirror{.database = database, .server = "gsdb_" + database, .schemas = std::move(schemas), .script = ""};
    const auto connection = co_await connect(database);
    for (const auto& schema : mirror.schemas)
        mirror.script += text_or_empty(co_await connection->execute("select base.foreign_schema_script($1, $2)",
                                                                    pg::Parameters::of(schema, mirror.server))) +
                         "\n";
    co_return mirror;
}

/// How analytics_db reaches its own server: as the administrator reaches it.
struct Address {
    std::string host;
    std::int32_t port = 0;
    bool is_superuser = false;
    std::string user;

    bool is_local() const { return host.starts_with('/'); }
};

/// A socket folder may be relative to the data directory, in which every session works: so does the embedded server's,
/// whose user may not be able to enter the folders above.
Task<Address> read_address(pg::Connection* connection) {
    const auto rows = co_await connection->execute(
        "with socket as (select btrim(split_part(setting, ',', 1)) as folder from pg_settings "
        "where name = 'unix_socket_directories') "
        "select coalesce(host(inet_server_addr()), (select case when folder like '/%' then folder "
        "else '/proc/self/cwd/' || folder end from socket where folder <> ''), $1), "
        "coalesce(inet_server_port(), current_setting('port')::integer), "
        "current_setting('is_superuser')::boolean, session_user::text",
        pg::Parameters::of(connection->options().host));
    co_return Address{rows.get<std::string>(0, 0), rows.get<std::int32_t>(0, 1), rows.get<bool>(0, 2),
                      rows.get<std::string>(0, 3)};
}

/// The extension is not trusted: where it is missing, a superuser has to create it.
Task<std::optional<std::string>> why_not(pg::Connection* connection, Address address) {
    const auto rows = co_await connection->execute(
        "select exists (select from pg_extension where extname = 'postgres_fdw'), "
        "exists (select from pg_available_extensions where name = 'postgres_fdw'), "
        "coalesce((select has_foreign_data_wrapper_privilege(fdwname, 'usage') from pg_foreign_data_wrapper "
        "where fdwname = 'postgres_fdw'), false)");
    const bool exists = rows.get<bool>(0, 0), available = rows.get<bool>(0, 1), usable = rows.get<bool>(0, 2);
    if (exists && (usable || address.is_superuser)) co_return std::nullopt;
    if (!exists && available && address.is_superuser) {
        co_await connection->run_script("create extension if not exists postgres_fdw with schema public");
        co_return std::nullopt;
    }
    constexpr std::string_view consequence = "analytics_readonly reads one database at a time, each by itself: ";
    if (!exists && !available)
        co_return fmt::format(
            "{}the server has no extension postgres_fdw; install its contrib package and run gsdb db "
            "init again",
            consequence);
    co_return fmt::format(
        "{}role {} may not use postgres_fdw; as a superuser in {}: create extension if not exists postgres_fdw; "
        "grant usage on foreign data wrapper postgres_fdw to \"{}\"; then run gsdb db init again",
        consequence, address.user, reading_database, address.user);
}

/// What makes the foreign server and its schemas anew. Kept as the server's comment, it tells whether anything changed.
std::string mirror_script(const Mirror& mirror, const Address& address, const std::string& password) {
    const auto server = quote_identifier(mirror.server);
    std::string script = fmt::format("drop server if exists {} cascade;\n", server);
    for (const auto& schema : mirror.schemas)
        script += fmt::format("drop schema if exists {} cascade;\n", quote_identifier(schema));
    script += fmt::format(
        "create server {} foreign data wrapper postgres_fdw options (host {}, port '{}', dbname {}, fetch_size "
        "'10000');\n",
        server, quote_literal(address.host), address.port, quote_literal(mirror.database));
    // Only a superuser may say that no password is needed. Through the socket of a server that trusts its own machine,
    // as the embedded one does, none is, and so none is stored.
    auto options = fmt::format("user '{}'", readonly_role);
    if (address.is_superuser) options += ", password_required 'false'";
    if (!address.is_superuser || !address.is_local()) options += ", password " + quote_literal(password);
    std::vector<std::string> readers{std::string(readonly_role), std::string(admin_role)};
    if (std::ranges::count(readers, address.user) == 0) readers.push_back(address.user);
    for (const auto& reader : readers)
        script += fmt::format("create user mapping for {} server {} options ({});\n", quote_identifier(reader), server,
                              options);
    script += mirror.script;
    for (const auto& schema : mirror.schemas)
        script += fmt::format("grant usage on schema {0} to {1};\ngrant select on all tables in schema {0} to {1};\n",
                              quote_identifier(schema), admin_role);
    return script;
}

Task<bool> is_current(pg::Connection* connection, const Mirror* mirror, std::string script) {
    const auto rows = co_await connection->execute(
        "select exists (select from pg_foreign_server s where s.srvname = $1 and obj_description(s.oid, "
        "'pg_foreign_server') = 'gsdb ' || encode(sha256(convert_to($2, 'UTF8')), 'hex'))",
        pg::Parameters::of(mirror->server, script));
    co_return rows.get<bool>(0, 0);
}

/// A schema that stands where a mirror should, with something in it that is no mirror of ours; nothing when none does.
Task<std::optional<std::string>> schema_in_the_way(pg::Connection* connection, const Mirror* mirror) {
    const auto rows = co_await connection->execute(
        "select min(n.nspname)::text from pg_namespace n join pg_class c on c.relnamespace = n.oid "
        "left join pg_foreign_table f on f.ftrelid = c.oid left join pg_foreign_server s on s.oid = f.ftserver "
        "where n.nspname = any ($1) and c.relkind <> 'c' and s.srvname is distinct from $2",
        pg::Parameters::of(mirror->schemas, mirror->server));
    co_return rows.get<std::optional<std::string>>(0, 0);
}

/// Why analytics_readonly cannot read through the server; nothing when it can. Caught in the server, because an error
/// of class 08 would be taken for the end of this connection.
Task<std::optional<std::string>> try_to_read(pg::Connection* connection, const Mirror* mirror) {
    co_await connection->run_script(fmt::format(
        "begin; create function pg_temp.gsdb_why_not_read(relation regclass) returns text language plpgsql as $$ begin "
        "execute 'set local role {}'; execute format('select from %s limit 1', relation); return null; "
        "exception when others then return sqlerrm; end $$",
        readonly_role));
    const auto rows = co_await connection->execute(
        "select pg_temp.gsdb_why_not_read((select c.oid::regclass from pg_class c where c.relkind = 'f' and "
        "c.relnamespace = $1::regnamespace limit 1))",
        pg::Parameters::of(mirror->schemas.front()));
    auto problem = rows.get<std::optional<std::string>>(0, 0);
    co_await connection->run_script("rollback");
    co_return problem;
}

Task<> bring_up(pg::Connection* connection, const Mirror* mirror, std::string script, bool is_superuser,
                InstallReport* report) {
    if (co_await is_current(connection, mirror, script)) co_return;
    if (auto schema = co_await schema_in_the_way(connection, mirror)) {
        report->notes.push_back(
            fmt::format("{} does not show {} what is in {}: its schema {} holds objects that gsdb did not make; rename "
                        "that schema, then run gsdb db init again",
                        reading_database, readonly_role, mirror->database, *schema));
        co_return;
    }
    // The script holds a password: the server's log should not.
    const auto discretion =
        is_superuser ? "set local log_statement = 'none'; set local log_min_error_statement = panic;" : "";
    co_await connection->run_script(fmt::format(
        "begin; select pg_advisory_xact_lock(hashtext('gsdb.foreign_schemas')); set local client_min_messages = error; "
        "{}\n{}do $$ begin execute format('comment on server {} is %L', "
        "'gsdb ' || encode(sha256(convert_to({}, 'UTF8')), 'hex')); end $$;\ncommit",
        discretion, script, quote_identifier(mirror->server), quote_literal(script)));
    report->changes.push_back(
        fmt::format("{}: let {} read {}", reading_database, readonly_role, fmt::join(mirror->schemas, ", ")));
    if (auto problem = co_await try_to_read(connection, mirror))
        report->notes.push_back(fmt::format(
            "{} cannot read {} from {}: {}; let it connect to {} in pg_hba.conf, then run gsdb db init again",
            readonly_role, mirror->database, reading_database, *problem, mirror->database));
}

}  // namespace

Task<InstallReport> refresh_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets) {
    InstallReport report;
    if (layout.kind() != LayoutKind::split) co_return report;
    const auto connection = co_await connect(std::string(reading_database));
    const auto address = co_await read_address(connection.get());
    if (auto reason = co_await why_not(connection.get(), address)) {
        report.notes.push_back(std::move(*reason));
        co_return report;
    }
    std::vector<Task<Mirror>> readings;
    for (const auto& spec : database_specs())
        if (spec.name != reading_database)
            readings.push_back(
                read_mirror(connect, std::string(spec.name), {spec.schemas.begin(), spec.schemas.end()}));
    const auto mirrors = co_await together(std::move(readings));
    const auto stored = secrets->get(readonly_role);
    const auto password = stored ? std::string(stored->reveal()) : std::string();
    for (const auto& mirror : mirrors)
        co_await bring_up(connection.get(), &mirror, mirror_script(mirror, address, password), address.is_superuser,
                          &report);
    co_return report;
}

}  // namespace gsdb::migrate
