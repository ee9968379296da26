#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/together.hpp"
#include "migrate/installer.hpp"
#include "migrate/tests/databases.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

InstallReport install(const Layout& layout, SecretStore& secrets, InstallOptions options = {},
                      const std::string& user = "postgres", std::vector<ModuleSchema> schemas = {}) {
    Installer installer(connector(user), layout, schemas, &secrets, std::move(options));
    return run_task(installer.install());
}

TEST(Install, brings_the_split_layout_about_and_then_finds_nothing_to_do) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    const auto first = install(clean.layout(), secrets);
    EXPECT_THAT(first.changes, Contains("created database task_db"));
    EXPECT_THAT(first.changes, Contains("task_db: created schema tasks"));
    const auto second = install(clean.layout(), secrets);
    EXPECT_THAT(second.changes, IsEmpty());

    EXPECT_THAT(query("learning_db",
                      "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname in "
                      "('base', 'learning', 'openevolve') order by 1"),
                ElementsAre("base|graph_sitter_admin", "learning|learning_owner", "openevolve|learning_owner"));
    EXPECT_THAT(query("learning_db", "show search_path", "learning_user"),
                ElementsAre("learning, openevolve, base, public"));
    EXPECT_THAT(
        query("task_db", "select datcollate, pg_encoding_to_char(encoding) from pg_database where datname = 'task_db'"),
        ElementsAre(::testing::AnyOf("C.UTF-8|UTF8", "C.utf8|UTF8")));
}

TEST(Install, lets_into_a_database_only_its_own_role_and_the_reader) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    EXPECT_THAT(query("task_db", "select 1", "task_user"), ElementsAre("1"));
    EXPECT_THAT(query("task_db", "select 1", "analytics_readonly"), ElementsAre("1"));
    EXPECT_EQ(failure_of(query_task("task_db", "select 1", "projects_user")).code, "pg.permission_denied");
    EXPECT_THROW(query("task_db", "create table public.x ()", "task_user"), Failure);
    EXPECT_THROW(query("task_db", "create table tasks.x ()", "task_user"), Failure);
    query("task_db", "create temporary table x ()", "task_user");
}

TEST(Install, lets_the_reader_read_what_owners_create_later) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    execute("task_db", "set role task_owner; create table tasks.later (a int); insert into tasks.later values (7)");
    EXPECT_THAT(query("task_db", "select a from tasks.later", "analytics_readonly"), ElementsAre("7"));
    EXPECT_THROW(query("task_db", "delete from tasks.later", "analytics_readonly"), Failure);
}

TEST(Install, brings_the_unified_layout_about) {
    CleanLayout clean(Layout::unified("gsdb_unified"));
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    EXPECT_THAT(install(clean.layout(), secrets).changes, IsEmpty());
    EXPECT_THAT(query("gsdb_unified", "show search_path", "projects_user"),
                ElementsAre("projects, identity, base, public"));
    EXPECT_THAT(query("gsdb_unified", "show search_path", "analytics_readonly"),
                ElementsAre("tasks, projects, identity, prompts, codebase, analytics, events, learning, openevolve, "
                            "workflows, base, public"));
    EXPECT_THROW(query("gsdb_unified", "create table projects.x ()", "task_user"), Failure);
}

TEST(Install, puts_back_whatever_was_taken_away) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    execute("task_db",
            "grant connect on database task_db to public; alter database task_db reset search_path; "
            "drop schema tasks; revoke usage on schema base from task_user; alter role task_user nologin");
    EXPECT_THAT(install(clean.layout(), secrets).changes,
                ::testing::IsSupersetOf({"let role task_user log in", "task_db: revoked CONNECT from PUBLIC",
                                         "task_db: set the search_path", "task_db: created schema tasks",
                                         "task_db: let task_user use schema base"}));
    EXPECT_THAT(install(clean.layout(), secrets).changes, IsEmpty());
}

TEST(Install, makes_roles_with_least_rights_and_secret_passwords) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    install(clean.layout(), secrets);
    EXPECT_EQ(secrets.secrets.size(), 9);
    for (const auto& [name, secret] : secrets.secrets) EXPECT_EQ(secret.size(), 43) << name;
    EXPECT_THAT(query("postgres",
                      "select rolname from pg_roles where rolname ~ "
                      "'_(user|owner)$|^analytics_readonly$|^graph_sitter_admin$' and "
                      "(rolsuper or rolcreatedb or rolcreaterole or rolbypassrls or rolreplication)"),
                IsEmpty());
    EXPECT_THAT(
        query("postgres",
              "select count(*) from pg_authid where rolname ~ '_user$|^analytics_readonly$' and rolcanlogin and "
              "rolpassword like 'SCRAM-SHA-256$%'"),
        ElementsAre("9"));
    EXPECT_THAT(query("postgres",
                      "select count(*) from pg_authid where rolname ~ "
                      "'^[a-oq-z].*_owner$|^pro[a-z]*_owner$|^graph_sitter_admin$' and not rolcanlogin and "
                      "rolpassword is null"),
                ElementsAre("9"));
}

std::string stored_password(const std::string& role) {
    return query("postgres", "select rolpassword from pg_authid where rolname = '" + role + "'").front();
}

TEST(Install, keeps_passwords_until_told_to_rotate) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    const auto before = stored_password("task_user");
    install(clean.layout(), secrets);
    EXPECT_EQ(stored_password("task_user"), before);
    secrets.secrets.clear();
    EXPECT_THAT(install(clean.layout(), secrets).notes,
                Contains(HasSubstr("task_user existed and keeps its password")));
    EXPECT_EQ(stored_password("task_user"), before);
    EXPECT_THAT(install(clean.layout(), secrets, {.rotate_secrets = true}).changes,
                Contains("gave role task_user a new password"));
    EXPECT_NE(stored_password("task_user"), before);
    EXPECT_EQ(secrets.secrets.size(), 9);
}

TEST(Install, finishes_a_rotation_that_was_interrupted) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    const auto before = stored_password("task_user");
    secrets.secrets["task_user.next"] = "the-next-one";
    EXPECT_THAT(install(clean.layout(), secrets).changes, ElementsAre("gave role task_user a new password"));
    EXPECT_NE(stored_password("task_user"), before);
    EXPECT_EQ(secrets.secrets["task_user"], "the-next-one");
    EXPECT_FALSE(secrets.secrets.contains("task_user.next"));
}

TEST(Install, lets_the_admin_role_log_in_once_it_has_a_secret) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    execute("postgres", "alter role graph_sitter_admin nologin");
    secrets.secrets["graph_sitter_admin"] = "given";
    EXPECT_THAT(install(clean.layout(), secrets).changes, ElementsAre("let role graph_sitter_admin log in"));
    execute("postgres", "alter role graph_sitter_admin nologin password null");
}

TEST(Install, works_for_an_administrator_who_is_no_superuser) {
    CleanLayout clean(Layout::split());
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    execute("postgres", "drop role if exists dba; create role dba login createdb createrole");
    MemorySecrets secrets;
    install(clean.layout(), secrets, {}, "dba");
    EXPECT_THAT(install(clean.layout(), secrets, {}, "dba").changes, IsEmpty());
    DemoModule tasks("tasks");
    tasks.migration("0001_create_notes.sql", "create table tasks.notes (a int)");
    const std::vector schemas{tasks.schema()};
    const auto migrator = Migrator::create(connector("dba"), clean.layout(), schemas).value();
    run_task(migrator.migrate({.program_version = "1"}));
    EXPECT_THAT(run_task(migrator.verify()), IsEmpty());
    EXPECT_THAT(query("task_db", "select tableowner from pg_tables where tablename = 'notes'"),
                ElementsAre("task_owner"));
    clean.drop();
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    execute("postgres", "drop role dba");
}

/// What can be told of a database that was installed and migrated, but times and oids.
std::string description_of(const std::string& database) {
    constexpr const char* sql = R"(
        select string_agg(line, E'\n' order by line) from (
            select format('%s %s %s', datcollate, pg_get_userbyid(datdba), (select array_agg(item::text order by item::text) from unnest(datacl) item)) as line
            from pg_database where datname = current_database()
            union all
            select format('schema %s %s %s', nspname, nspowner::regrole, (select array_agg(item::text order by item::text) from unnest(nspacl) item))
            from pg_namespace where nspname !~ '^pg_'
            union all
            select format('%s %s %s', defaclrole::regrole, defaclnamespace::regnamespace, (select array_agg(item::text order by item::text) from unnest(defaclacl) item))
            from pg_default_acl
            union all
            select format('%s %s %s', oid::regclass, relowner::regrole, (select array_agg(item::text order by item::text) from unnest(relacl) item))
            from pg_class where relnamespace in ('base'::regnamespace, 'public'::regnamespace)
            union all
            select format('%s %s %s', oid::regprocedure, proowner::regrole, (select array_agg(item::text order by item::text) from unnest(proacl) item))
            from pg_proc where pronamespace in ('base'::regnamespace, 'public'::regnamespace)
            union all
            select format('%s %s', setrole::regrole, setconfig) from pg_db_role_setting join pg_database d on d.oid = setdatabase and d.datname = current_database()
            union all
            select format('%s %s %s %s', module, version, encode(checksum, 'hex'), program_version) from base.schema_migrations
            union all
            select format('%s %s %s', module, name, encode(checksum, 'hex')) from base.schema_routines
            union all
            select format('%s %s %s', module, basis, shape) from base.schema_shapes
            union all
            select format('%s %s', relation, kind) from base.managed_tables
            union all
            select format('%s %s', routine, cadence) from base.maintenance_procedures
            union all
            select format('%s depends', count(*)) from pg_shdepend where dbid = (select oid from pg_database where datname = current_database())
        ) as lines)";
    return query(database, sql).front();
}

std::vector<std::string> descriptions_of(const Layout& layout) {
    std::vector<std::string> all;
    for (const auto& target : layout.targets()) all.push_back(description_of(target.database));
    return all;
}

bool has_mark(const std::string& database) {
    return query(database, "select to_regclass('public.mark') is not null").front() == "t";
}

Task<> mark(std::string database) {
    co_await execute_task(std::move(database), "create table public.mark ()", "postgres");
}

TEST(Install, copies_what_the_first_database_is_filled_with_into_the_others) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    EXPECT_THAT(install(clean.layout(), secrets, {.fill_first = mark}).changes,
                ::testing::IsSupersetOf({"created database task_db", "created database workflows_db",
                                         "workflows_db: created schema workflows"}));
    for (const auto& target : clean.layout().targets()) EXPECT_TRUE(has_mark(target.database)) << target.database;
    EXPECT_THAT(install(clean.layout(), secrets, {.fill_first = mark}).changes, IsEmpty());
}

TEST(Install, copies_for_an_administrator_who_is_no_superuser) {
    CleanLayout clean(Layout::split());
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    execute("postgres", "drop role if exists dba; create role dba login createdb createrole");
    MemorySecrets secrets;
    install(clean.layout(), secrets, {.fill_first = mark}, "dba");
    for (const auto& target : clean.layout().targets()) EXPECT_TRUE(has_mark(target.database)) << target.database;
    clean.drop();
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    execute("postgres", "drop role dba");
}

TEST(Install, leaves_no_trace_of_having_copied) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    const auto migrator = Migrator::create(connector(), clean.layout(), {}).value();
    const MigrateOptions options{.program_version = "1"};
    install(clean.layout(), secrets, {.fill_first = fill_with_base(migrator, options)});
    for (const auto& database : run_task(migrator.migrate(options))) EXPECT_FALSE(database.changed());
    EXPECT_THAT(run_task(migrator.verify()), IsEmpty());
    const auto copied = descriptions_of(clean.layout());

    clean.drop();
    install(clean.layout(), secrets);
    run_task(migrator.migrate(options));
    EXPECT_EQ(copied, descriptions_of(clean.layout()));
}

TEST(Install, makes_each_database_from_nothing_while_somebody_uses_the_first) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    ConnectionPtr monitor;
    const auto mark_and_stay = [&](std::string database) -> Task<> {
        co_await mark(database);
        monitor = co_await connector()(database);
    };
    const Installer installer(connector(), clean.layout(), {}, &secrets, {.fill_first = mark_and_stay});
    const auto install_and_leave = [&]() -> Task<> {
        co_await installer.install();
        monitor.reset();
    };
    run_task(install_and_leave());
    EXPECT_TRUE(has_mark("task_db"));
    EXPECT_FALSE(has_mark("workflows_db"));
    EXPECT_THAT(install(clean.layout(), secrets).changes, IsEmpty());
}

TEST(Install, copies_only_into_databases_that_are_missing) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    execute("postgres", "create database task_db template template0 encoding 'UTF8'");
    install(clean.layout(), secrets, {.fill_first = mark});
    EXPECT_FALSE(has_mark("task_db"));
    EXPECT_TRUE(has_mark("projects_db"));
    EXPECT_TRUE(has_mark("workflows_db"));
}

TEST(Install, goes_on_where_filling_the_first_database_was_cut_off) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    const auto cut_off = [](const std::string&) -> Task<> {
        throw Failure({.code = "test.cut_off"});
        co_return;
    };
    Installer installer(connector(), clean.layout(), {}, &secrets, {.fill_first = cut_off});
    EXPECT_EQ(failure_of(installer.install()).code, "test.cut_off");
    EXPECT_THAT(install(clean.layout(), secrets, {.fill_first = mark}).changes,
                Contains("task_db: created schema tasks"));
    EXPECT_FALSE(has_mark("task_db"));
    EXPECT_TRUE(has_mark("workflows_db"));
}

TEST(Install, changes_nothing_where_it_cannot_do_all) {
    CleanLayout clean(Layout::split());
    execute("postgres", "drop role if exists clerk; create role clerk login");
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    MemorySecrets secrets;
    Installer installer(connector("clerk"), clean.layout(), {}, &secrets, {});
    const auto problems = run_task(installer.check());
    ASSERT_EQ(problems.size(), 2);
    EXPECT_EQ(problems[0].code, "install.no_createrole");
    EXPECT_EQ(problems[1].code, "install.no_createdb");
    EXPECT_THAT(problems[0].hint, HasSubstr("alter role \"clerk\" createrole"));
    const auto error = failure_of(installer.install());
    EXPECT_THAT(error.detail, AllOf(HasSubstr("create roles"), HasSubstr("create databases")));
    EXPECT_THAT(query("postgres", "select 1 from pg_roles where rolname = 'task_owner'"), IsEmpty());
    execute("postgres", "drop role clerk");
}

TEST(Install, refuses_a_database_of_another_encoding_and_a_role_that_is_too_mighty) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    install(clean.layout(), secrets);
    execute("postgres", "drop database task_db");
    execute("postgres", "create database task_db template template0 encoding 'SQL_ASCII' locale 'C'");
    execute("postgres", "alter role projects_user bypassrls");
    Installer installer(connector(), clean.layout(), {}, &secrets, {});
    const auto problems = run_task(installer.check());
    execute("postgres", "alter role projects_user nobypassrls");
    ASSERT_EQ(problems.size(), 2);
    EXPECT_EQ(problems[0].code, "install.encoding");
    EXPECT_THAT(problems[0].message, HasSubstr("SQL_ASCII"));
    EXPECT_EQ(problems[1].code, "install.role_too_mighty");
    EXPECT_THAT(problems[1].message, HasSubstr("bypassrls"));
}

TEST(Install, does_not_take_over_what_somebody_else_made) {
    CleanLayout clean(Layout::split());
    execute("postgres", "create database task_db");
    execute("task_db", "create schema tasks; create table tasks.theirs (a int)");
    MemorySecrets secrets;
    const auto error = failure_of(Installer(connector(), clean.layout(), {}, &secrets, {}).install());
    EXPECT_EQ(error.code, "install.foreign_schema");
    EXPECT_THAT(error.message, HasSubstr("task_db has a schema tasks"));
    EXPECT_THAT(
        query("task_db", "select pg_get_userbyid(nspowner) from pg_namespace where nspname in ('tasks', 'base')"),
        ElementsAre("postgres"));
}

TEST(Install, may_run_twice_at_the_same_time) {
    CleanLayout clean(Layout::split());
    for (const auto role : product_roles()) execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
    MemorySecrets secrets;
    const Installer installer(connector(), clean.layout(), {}, &secrets, {});
    const auto both = [](const Installer* one) -> Task<std::vector<InstallReport>> {
        std::vector<Task<InstallReport>> runs;
        runs.push_back(one->install());
        runs.push_back(one->install());
        co_return co_await together(std::move(runs));
    };
    const auto reports = run_task(both(&installer));
    EXPECT_NE(reports[0].changed(), reports[1].changed());
    const auto stored = stored_password("task_user");
    const auto salt = query("postgres",
                            "select encode(decode(split_part(split_part(rolpassword, '$', 2), ':', 2), 'base64'), "
                            "'hex') from pg_authid where rolname = 'task_user'")
                          .front();
    EXPECT_EQ(scram_verifier(secrets.get("task_user").value(), from_hex(salt).value()), stored);
}

TEST(Install, refuses_a_server_that_is_read_only) {
    CleanLayout clean(Layout::split());
    execute("postgres",
            "drop role if exists reader; create role reader login createdb createrole; "
            "alter role reader set default_transaction_read_only = on");
    MemorySecrets secrets;
    EXPECT_EQ(failure_of(Installer(connector("reader"), clean.layout(), {}, &secrets, {}).install()).code,
              "install.read_only");
    execute("postgres", "drop role reader");
}

int free_port() {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

Task<std::string> user_over_tcp(pg::ConnectOptions options) {
    const auto connection = co_await pg::Connection::open(std::move(options));
    co_return (co_await connection->execute("select current_user::text")).get<std::string>(0, 0);
}

TEST(Install, works_over_tcp_and_its_secrets_open_the_databases) {
    const cluster::TestFolder folder("tcp");
    const auto port = free_port();
    const auto server = value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(folder.path() / "home"),
                                                                        .listen_addresses = "127.0.0.1",
                                                                        .port = port,
                                                                        .durable = false}));
    const auto local = connector_to(pg::ConnectOptions::parse(server->conninfo("postgres")));
    run_task([](Connector connect) -> Task<> {
        const auto connection = co_await connect("postgres");
        co_await connection->run_script("alter role postgres password 'admin'");
    }(local));
    pg::ConnectOptions admin{
        .host = "127.0.0.1", .port = port, .database = "postgres", .user = "postgres", .password = "admin"};
    FileSecretStore secrets(folder.path() / "secrets");
    EXPECT_TRUE(run_task(Installer(connector_to(admin), Layout::split(), {}, &secrets, {}).install()).changed());
    EXPECT_FALSE(run_task(Installer(connector_to(admin), Layout::split(), {}, &secrets, {}).install()).changed());

    auto user = admin;
    user.database = "task_db";
    user.user = "task_user";
    user.password = secrets.get("task_user")->reveal();
    EXPECT_EQ(run_task(user_over_tcp(user)), "task_user");
    user.password = "wrong";
    EXPECT_EQ(failure_of(user_over_tcp(user)).code, "pg.wrong_password");
}

DemoModule module_that_needs(const std::string& extension) {
    return DemoModule("tasks").migration("0001_a.sql",
                                         "-- migrate: extension=" + extension + "\ncreate table tasks.a ()");
}

TEST(Install, refuses_a_server_without_an_extension_that_a_module_needs) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    auto tasks = module_that_needs("no_such_extension");
    const std::vector schemas{tasks.schema()};
    const auto error = failure_of(Installer(connector(), clean.layout(), schemas, &secrets, {}).install());
    EXPECT_EQ(error.code, "install.extension_missing");
    EXPECT_THAT(error.message, HasSubstr("no_such_extension"));
    EXPECT_THAT(error.hint, HasSubstr("contrib"));
}

TEST(Install, creates_an_extension_where_a_module_needs_it) {
    CleanLayout clean(Layout::split());
    MemorySecrets secrets;
    auto tasks = module_that_needs("pg_trgm");
    install(clean.layout(), secrets, {}, "postgres", {tasks.schema()});
    EXPECT_THAT(query("task_db", "select extname from pg_extension where extname = 'pg_trgm'"), ElementsAre("pg_trgm"));
    EXPECT_THAT(query("events_db", "select extname from pg_extension where extname = 'pg_trgm'"), IsEmpty());
}

}  // namespace
}  // namespace gsdb::migrate
