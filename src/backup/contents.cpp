#include "backup/contents.hpp"

#include <fmt/format.h>

#include <map>

#include "migrate/server_facts.hpp"

namespace gsdb::backup {

namespace {

// A schema of foreign tables is made again by whoever restores; its server's options hold a password.
constexpr const char* schemas_sql = R"(
    select array(
        select n.nspname::text from pg_namespace n
        where n.nspname not like 'pg\_%' and n.nspname not in ('information_schema', 'public')
          and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid
                          and d.deptype = 'e')
          and not (exists (select from pg_class c where c.relnamespace = n.oid and c.relkind = 'f')
                   and not exists (select from pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p')))
        order by 1))";

constexpr const char* facts_sql = R"(
    select array(select extname::text from pg_extension where extname <> 'plpgsql' order by 1),
           array(select distinct pg_get_userbyid(a.grantee)::text from pg_database d, aclexplode(d.datacl) a
                 where d.datname = current_database() and a.grantee <> 0 and a.privilege_type = 'CONNECT'
                   and pg_get_userbyid(a.grantee)::text <> all ($2) order by 1),
           array(select format('%I.%I', n.nspname, c.relname) from pg_class c
                 join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'S')
                   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                                   and d.deptype in ('e', 'a', 'i')) order by 1),
           (select coalesce(sum(pg_table_size(c.oid)), 0)::bigint from pg_class c
            join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1) and c.relkind in ('r', 'm')))";

constexpr const char* roles_sql = R"(
    with space as (
        select oid, nspowner as owner, nspacl as acl from pg_namespace where nspname = any ($1)
    ), object (owner, acl) as (
        select owner, acl from space
        union all select c.relowner, c.relacl from pg_class c join space s on s.oid = c.relnamespace
        union all select null, a.attacl from pg_attribute a join pg_class c on c.oid = a.attrelid
                  join space s on s.oid = c.relnamespace where a.attacl is not null
        union all select p.proowner, p.proacl from pg_proc p join space s on s.oid = p.pronamespace
        union all select t.typowner, t.typacl from pg_type t join space s on s.oid = t.typnamespace
        union all select d.defaclrole, d.defaclacl from pg_default_acl d join space s on s.oid = d.defaclnamespace
    ), involved (role) as (
        select owner from object
        union select a.grantee from object o, aclexplode(o.acl) a where a.grantee <> 0
        union select a.grantor from object o, aclexplode(o.acl) a
        union select r from pg_policy p join pg_class c on c.oid = p.polrelid join space s on s.oid = c.relnamespace,
                     unnest(p.polroles) r where r <> 0
    )
    select array(select r.rolname::text from pg_roles r join involved i on i.role = r.oid
                 where r.rolname <> all ($2) and r.rolname not like 'pg\_%' order by 1))";

constexpr const char* tables_sql = R"(
    select array(select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and d.deptype = 'e')
    order by 1))";

std::vector<std::string> product_role_names() {
    const auto roles = migrate::product_roles();
    return {roles.begin(), roles.end()};
}

}  // namespace

Task<Survey> survey_database(pg::Connection* connection) {
    Survey survey;
    survey.schemas = (co_await connection->execute(schemas_sql)).get<std::vector<std::string>>(0, 0);
    const auto facts =
        co_await connection->execute(facts_sql, pg::Parameters::of(survey.schemas, product_role_names()));
    auto row = facts[0];
    survey.extensions = row.next<std::vector<std::string>>();
    survey.connect = row.next<std::vector<std::string>>();
    survey.left_out = row.next<std::vector<std::string>>();
    survey.bytes = row.next<std::int64_t>();
    const auto roles =
        co_await connection->execute(roles_sql, pg::Parameters::of(survey.schemas, product_role_names()));
    survey.other_roles = roles.get<std::vector<std::string>>(0, 0);
    survey.tables = (co_await connection->execute(tables_sql, pg::Parameters::of(survey.schemas)))
                        .get<std::vector<std::string>>(0, 0);
    co_return survey;
}

Task<> begin_reading(pg::Connection* connection) {
    std::string script =
        "begin isolation level repeatable read, read only; set local idle_in_transaction_session_timeout = 0; "
        "set local statement_timeout = 0; set local row_security = off; set local search_path = ''; "
        "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; "
        "set local extra_float_digits = 1; set local bytea_output = 'hex'; set local xmlbinary = 'base64'";
    if (connection->server_version() >= 170000) script += "; set local transaction_timeout = 0";
    co_await connection->run_script(std::move(script));
}

Task<std::vector<TableContent>> count_tables(pg::Connection* connection, std::vector<std::string> tables) {
    std::vector<TableContent> contents;
    for (auto& table : tables) {
        auto& content = contents.emplace_back(TableContent{.table = std::move(table), .hash = {}});
        const auto rows = co_await connection->execute(fmt::format(
            "select count(*), coalesce(sum(hashtextextended((gsdb_row.*)::text, 0)), 0)::text from {} as gsdb_row",
            content.table));
        content.rows = rows.get<std::int64_t>(0, 0);
        content.hash = rows.get<std::string>(0, 1);
    }
    co_return contents;
}

std::vector<std::string> compare_tables(const DatabaseBackup& recorded, const std::vector<TableContent>& found) {
    std::map<std::string, TableContent> present;
    for (const auto& content : found) present.emplace(content.table, content);
    std::vector<std::string> differences;
    for (const auto& table : recorded.tables) {
        const auto there = present.find(table.table);
        if (there == present.end())
            differences.push_back(fmt::format("{}: table {} is missing", recorded.database, table.table));
        else if (there->second.rows != table.rows)
            differences.push_back(fmt::format("{}: table {} has {} rows; {} were saved", recorded.database, table.table,
                                              there->second.rows, table.rows));
        else if (there->second.hash != table.hash)
            differences.push_back(
                fmt::format("{}: table {} has other rows than those saved", recorded.database, table.table));
        present.erase(table.table);
    }
    for (const auto& [name, content] : present)
        differences.push_back(fmt::format("{}: table {} was not in the backup", recorded.database, name));
    return differences;
}

}  // namespace gsdb::backup
