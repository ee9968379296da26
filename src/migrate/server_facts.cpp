#include "migrate/server_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gsdb::migrate {
namespace {

constexpr const char* server_sql = R"(
    select current_setting('server_version'), current_user::text, pg_is_in_recovery(),
           current_setting('default_transaction_read_only')::boolean, rolsuper, rolcreatedb or rolsuper,
           rolcreaterole or rolsuper,
           coalesce((select collname::text from pg_collation
                     where collname in ('C.UTF-8', 'C.utf8') and collprovider = 'c' order by collname limit 1), 'C'),
           array(select name::text from pg_available_extensions),
           array(select trim(library) from unnest(string_to_array(
               (select setting from pg_settings where name = 'shared_preload_libraries'), ',')) as library)
    from pg_roles where rolname = current_user)";

constexpr const char* databases_sql = R"(
    select datname::text, pg_encoding_to_char(encoding)::text, pg_get_userbyid(datdba)::text, pg_has_role(datdba, 'usage'),
           datconnlimit = -2
    from pg_database where not datistemplate)";

constexpr const char* roles_sql =
    "select rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, "
    "coalesce(shobj_description(oid, 'pg_authid') = 'gsdb: no password yet', false) from pg_roles";

Error problem(std::string_view code, std::string message, std::string detail, std::string hint, ExitCode exit_code) {
    return {"install." + std::string(code), std::move(message), std::move(detail), std::move(hint), exit_code};
}

using Problems = std::vector<Error>;

void check_server(const ServerFacts& facts, Problems& problems) {
    if (facts.major() < server_major_min || facts.major() > server_major_max)
        problems.push_back(problem(
            "server_version", fmt::format("PostgreSQL {} is not supported", facts.version),
            fmt::format("{}; this program works with {} to {}", facts.where, server_major_min, server_major_max),
            facts.major() < server_major_min ? "upgrade the server (pg_upgrade), or use another one"
                                             : "use a newer gsdb, or an older server",
            ExitCode::conflict));
    if (facts.in_recovery)
        problems.push_back(problem("standby", "the server is a standby", facts.where + " replays another server's log",
                                   "give the address of the primary", ExitCode::conflict));
    if (facts.read_only && !facts.in_recovery)
        problems.push_back(problem(
            "read_only", "the server is read-only", "default_transaction_read_only is on for " + facts.where,
            "alter system (or alter role) set default_transaction_read_only = off, then reload", ExitCode::conflict));
}

void check_rights(const ServerFacts& facts, const Layout& layout, Problems& problems) {
    const auto lacks_role = [&](std::string_view role) { return !facts.roles.contains(std::string(role)); };
    const auto lacks_database = [&](const DatabaseTarget& target) {
        return !facts.databases.contains(target.database);
    };
    if (!facts.can_create_roles && std::ranges::any_of(product_roles(), lacks_role))
        problems.push_back(problem("no_createrole", fmt::format("role {} may not create roles", facts.user),
                                   facts.where, fmt::format("as a superuser: alter role \"{}\" createrole", facts.user),
                                   ExitCode::conflict));
    if (!facts.can_create_databases && std::ranges::any_of(layout.targets(), lacks_database))
        problems.push_back(problem("no_createdb", fmt::format("role {} may not create databases", facts.user),
                                   facts.where, fmt::format("as a superuser: alter role \"{}\" createdb", facts.user),
                                   ExitCode::conflict));
}

void check_database(const std::string& name, const ServerFacts& facts, Problems& problems) {
    const auto found = facts.databases.find(name);
    if (found == facts.databases.end()) return;
    const auto& database = found->second;
    if (database.is_broken)
        problems.push_back(problem("broken_database", fmt::format("database {} is unusable", name),
                                   "a DROP DATABASE of it was interrupted", fmt::format("drop database \"{}\"", name),
                                   ExitCode::conflict));
    if (database.encoding != "UTF8")
        problems.push_back(problem("encoding", fmt::format("database {} has the encoding {}", name, database.encoding),
                                   "source code needs UTF8", "drop it or rename it; gsdb creates it with UTF8",
                                   ExitCode::conflict));
    if (!facts.is_superuser && !database.is_administered)
        problems.push_back(problem("not_owner", fmt::format("database {} belongs to {}", name, database.owner),
                                   fmt::format("{} has not the rights of its owner", facts.user),
                                   fmt::format("as its owner: grant \"{}\" to \"{}\"", database.owner, facts.user),
                                   ExitCode::conflict));
}

/// A login role that is more than a login role would make row-level security worthless.
void check_role(std::string_view name, const ServerFacts& facts, Problems& problems) {
    const auto found = facts.roles.find(std::string(name));
    if (found == facts.roles.end()) return;
    const auto& role = found->second;
    std::string excess;
    if (role.is_superuser) excess += " superuser";
    if (role.bypasses_row_security) excess += " bypassrls";
    const bool is_admin = name == admin_role;  // an operator may have made it the one that installs
    if (role.can_create_roles && !is_admin) excess += " createrole";
    if (role.can_create_databases && !is_admin) excess += " createdb";
    if (excess.empty()) return;
    problems.push_back(problem("role_too_mighty", fmt::format("role {} exists with{}", name, excess),
                               "it could read every organization's rows",
                               fmt::format("alter role \"{}\" nosuperuser nobypassrls nocreaterole nocreatedb", name),
                               ExitCode::conflict));
}

}  // namespace

std::vector<std::string_view> login_roles() {
    std::vector<std::string_view> roles;
    for (const auto& spec : database_specs()) roles.push_back(spec.login_role);
    roles.push_back(readonly_role);
    return roles;
}

std::vector<std::string_view> product_roles() {
    std::vector<std::string_view> roles{admin_role};
    for (const auto& spec : database_specs()) roles.push_back(spec.owner_role);
    std::ranges::copy(login_roles(), std::back_inserter(roles));
    return roles;
}

Task<ServerFacts> read_server_facts(pg::Connection* connection) {
    const auto server = co_await connection->execute(server_sql);
    auto row = server[0];
    ServerFacts facts{.version_num = connection->server_version(),
                      .version = row.next<std::string>(),
                      .where = connection->describe(),
                      .user = row.next<std::string>(),
                      .in_recovery = row.next<bool>(),
                      .read_only = row.next<bool>(),
                      .is_superuser = row.next<bool>(),
                      .can_create_databases = row.next<bool>(),
                      .can_create_roles = row.next<bool>(),
                      .locale = row.next<std::string>()};
    for (auto& name : row.next<std::vector<std::string>>()) facts.available_extensions.insert(std::move(name));
    for (auto& name : row.next<std::vector<std::string>>())
        if (!name.empty()) facts.preloaded_libraries.insert(std::move(name));
    for (auto database : co_await connection->execute(databases_sql)) {
        auto name = database.next<std::string>();
        facts.databases.emplace(std::move(name),
                                ServerFacts::Database{database.next<std::string>(), database.next<std::string>(),
                                                      database.next<bool>(), database.next<bool>()});
    }
    for (auto role : co_await connection->execute(roles_sql)) {
        auto name = role.next<std::string>();
        facts.roles.emplace(std::move(name),
                            ServerFacts::Role{role.next<bool>(), role.next<bool>(), role.next<bool>(),
                                              role.next<bool>(), role.next<bool>(), role.next<bool>()});
    }
    co_return facts;
}

std::vector<Error> find_install_problems(const ServerFacts& facts, const Layout& layout,
                                         const std::set<std::string>& needed_extensions) {
    Problems problems;
    check_server(facts, problems);
    check_rights(facts, layout, problems);
    for (const auto& target : layout.targets()) check_database(target.database, facts, problems);
    for (const auto role : product_roles()) check_role(role, facts, problems);
    for (const auto& extension : needed_extensions)
        if (!facts.available_extensions.contains(extension))
            problems.push_back(problem(
                "extension_missing", fmt::format("the server has no extension {}", extension), facts.where,
                fmt::format("install the contrib package of PostgreSQL {0} (Debian: postgresql-{0})", facts.major()),
                ExitCode::conflict));
    if (facts.preloaded_libraries.contains("citus") && facts.preloaded_libraries.contains("timescaledb"))
        problems.push_back(
            problem("citus_with_timescaledb", "the server preloads both citus and timescaledb",
                    "a join of a hypertable with a distributed table returns wrong rows without an error",
                    "remove one of them from shared_preload_libraries and restart", ExitCode::conflict));
    return problems;
}

}  // namespace gsdb::migrate
