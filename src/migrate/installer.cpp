#include "migrate/installer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/together.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

std::string literal(std::string_view text) {
    return quote_literal(text);
}
std::string name(std::string_view text) {
    return quote_identifier(text);
}

std::string joined(const std::vector<std::string_view>& items, std::string_view separator) {
    return fmt::format("{}", fmt::join(items, separator));
}

// ---- roles -----------------------------------------------------------------------------------------------------

constexpr std::string_view least_attributes = "nosuperuser nocreatedb nocreaterole noreplication nobypassrls";

bool is_login_role(std::string_view role) {
    const auto roles = login_roles();
    return std::ranges::count(roles, role) > 0;
}

std::string role_exists(std::string_view role) {
    return fmt::format("exists (select from pg_roles where rolname = {})", literal(role));
}

/// `member` may use what belongs to `role`.
Wish membership(std::string_view role, std::string_view member) {
    return {fmt::format("granted {} to {}", role, member),
            fmt::format(
                "exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = {}) "
                "and m.member = (select oid from pg_roles where rolname = {}))",
                literal(role), literal(member)),
            fmt::format("grant {} to {}", name(role), name(member))};
}

/// The user who installs may act as the role. A superuser may anyway; PostgreSQL 16 no longer gives it to the creator.
Wish may_act_as(std::string_view role, const ServerFacts& facts) {
    const auto test =
        facts.major() >= 16 ? "pg_has_role(oid, 'set') and pg_has_role(oid, 'usage')" : "pg_has_role(oid, 'usage')";
    const auto options = facts.major() >= 16 ? " with inherit true, set true" : "";
    return {fmt::format("granted {} to {}", role, facts.user),
            fmt::format("coalesce((select {} from pg_roles where rolname = {}), false)", test, literal(role)),
            fmt::format("grant {} to {}{}", name(role), name(facts.user), options)};
}

// ---- a database ------------------------------------------------------------------------------------------------

/// Whether the list of privileges in `acl` has one that `condition` (over grantee and privilege_type) describes.
std::string has_grant(std::string_view acl, std::string_view condition) {
    return fmt::format("exists (select from {}, aclexplode({}) as a where {})",
                       acl.starts_with("d.") ? "pg_database d" : "pg_namespace n", acl, condition);
}

std::string database_grant(std::string_view condition) {
    return has_grant("d.datacl", fmt::format("d.datname = current_database() and {}", condition));
}

std::string to_role(std::string_view role) {
    return fmt::format("a.grantee = (select oid from pg_roles where rolname = {})", literal(role));
}

/// PUBLIC keeps TEMPORARY: only who may connect can use it.
void wish_for_connections(const DatabaseTarget& target, std::vector<Wish>& wishes) {
    const auto database = name(target.database);
    wishes.push_back(
        {"revoked CONNECT from PUBLIC",
         "not exists (select from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a "
         "where d.datname = current_database() and a.grantee = 0 and a.privilege_type = 'CONNECT')",
         fmt::format("revoke connect on database {} from public", database)});
    std::vector<std::string_view> users{readonly_role};
    for (const auto* spec : target.specs) users.push_back(spec->login_role);
    for (const auto user : users)
        wishes.push_back({fmt::format("granted CONNECT to {}", user),
                          database_grant(to_role(user) + " and a.privilege_type = 'CONNECT'"),
                          fmt::format("grant connect on database {} to {}", database, name(user))});
}

Wish search_path(const DatabaseTarget& target, std::vector<std::string_view> schemas, std::string_view role) {
    schemas.push_back(base_schema_name);
    schemas.push_back("public");
    const auto path = joined(schemas, ", ");
    const auto database = name(target.database);
    const auto who = role.empty() ? "0" : fmt::format("(select oid from pg_roles where rolname = {})", literal(role));
    return {fmt::format("set the search_path{}{}", role.empty() ? "" : " of ", role),
            fmt::format("exists (select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase "
                        "where d.datname = current_database() and s.setrole = {} and {} = any (s.setconfig))",
                        who, literal("search_path=" + path)),
            role.empty()
                ? fmt::format("alter database {} set search_path = {}", database, path)
                : fmt::format("alter role {} in database {} set search_path = {}", name(role), database, path)};
}

void wish_for_search_paths(const DatabaseTarget& target, LayoutKind kind, std::vector<Wish>& wishes) {
    auto all = target.schemas();
    std::erase(all, base_schema_name);
    wishes.push_back(search_path(target, all, ""));
    if (kind == LayoutKind::unified)
        for (const auto* spec : target.specs) wishes.push_back(search_path(target, spec->schemas, spec->login_role));
}

std::string schema_grant(std::string_view schema, std::string_view role) {
    return has_grant("n.nspacl", fmt::format("n.nspname = {} and {} and a.privilege_type = 'USAGE'", literal(schema),
                                             to_role(role)));
}

Wish default_select(std::string_view schema, std::string_view owner) {
    return {
        fmt::format("let {} read what {} creates in {}", readonly_role, owner, schema),
        fmt::format("exists (select from pg_default_acl d, aclexplode(d.defaclacl) as a where d.defaclobjtype = 'r' "
                    "and d.defaclnamespace = (select oid from pg_namespace where nspname = {}) "
                    "and d.defaclrole = (select oid from pg_roles where rolname = {}) and {} "
                    "and a.privilege_type = 'SELECT')",
                    literal(schema), literal(owner), to_role(readonly_role)),
        fmt::format("alter default privileges for role {} in schema {} grant select on tables to {}", name(owner),
                    name(schema), name(readonly_role))};
}

void wish_for_schema(std::string_view schema, std::string_view owner, const std::vector<std::string_view>& users,
                     std::vector<Wish>& wishes) {
    wishes.push_back({fmt::format("created schema {}", schema),
                      fmt::format("exists (select from pg_namespace where nspname = {})", literal(schema)),
                      fmt::format("create schema {} authorization {}", name(schema), name(owner))});
    wishes.push_back(
        {fmt::format("gave schema {} to {}", schema, owner),
         fmt::format("not exists (select from pg_namespace where nspname = {} and pg_get_userbyid(nspowner) <> {})",
                     literal(schema), literal(owner)),
         fmt::format("alter schema {} owner to {}", name(schema), name(owner))});
    for (const auto user : users)
        wishes.push_back({fmt::format("let {} use schema {}", user, schema), schema_grant(schema, user),
                          fmt::format("grant usage on schema {} to {}", name(schema), name(user))});
    wishes.push_back(default_select(schema, owner));
}

/// PostgreSQL 14 lets everybody create in public, and only its owner, the first superuser, can change that.
Wish private_public() {
    return {"revoked CREATE on schema public from PUBLIC",
            "not " + has_grant("n.nspacl",
                               "n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE' and "
                               "pg_has_role(n.nspowner, 'usage')"),
            "revoke create on schema public from public"};
}

std::string created(const DatabaseTarget& target) {
    return fmt::format("created database {}", target.database);
}

std::string create_database_sql(const DatabaseTarget& target, const ServerFacts& facts) {
    // The provider is named because the server's default may be ICU, for which the locale means something else.
    return fmt::format("create database {} owner {} template template0 encoding 'UTF8' {}lc_collate {} lc_ctype {}",
                       name(target.database), name(admin_role), facts.major() >= 15 ? "locale_provider libc " : "",
                       literal(facts.locale), literal(facts.locale));
}

/// What the copy has in common with the other is written to the log page by page; the other strategy has the whole
/// server write its pages to disk, twice. PostgreSQL 14 knows no other.
std::string copy_database_sql(const DatabaseTarget& target, std::string_view original) {
    return fmt::format("create database {} owner {} template {}", name(target.database), name(admin_role),
                       name(original));
}

/// The server refuses to copy a database that somebody is connected to, after waiting for five seconds. The connection
/// that filled it takes a moment to go; who monitors every database may stay.
Task<bool> is_left_alone(Session* session, std::string database) {
    constexpr std::chrono::milliseconds interval{2}, wait_max{1000};
    for (auto waited = interval; waited < wait_max; waited += interval) {
        const auto users = co_await (*session)->execute("select from pg_stat_activity where datname = $1 limit 1",
                                                        pg::Parameters::of(database));
        if (users.empty()) co_return true;
        co_await session->pause(interval);
    }
    co_return false;
}

Failure refused(const std::vector<Error>& problems) {
    Error error = problems.front();
    if (problems.size() > 1) {
        error = {.code = "install.refused",
                 .message = fmt::format("the server cannot take the databases for {} reasons", problems.size()),
                 .exit_code = problems.front().exit_code};
        for (const auto& problem : problems) {
            error.detail += fmt::format("\n- {} ({})", problem.message, problem.detail);
            error.hint += fmt::format("\n- {}", problem.hint);
        }
    }
    return Failure(std::move(error));
}

/// A schema of ours with something in it, in a database that was never migrated, belongs to somebody else.
Task<> refuse_foreign_schemas(pg::Connection* connection, const DatabaseTarget* target) {
    std::vector<std::string> schemas;
    for (const auto schema : target->schemas()) schemas.emplace_back(schema);
    const auto rows = co_await connection->execute(
        "select nspname::text from pg_namespace n where nspname = any ($1) and to_regclass('base.schema_migrations') "
        "is null "
        "and exists (select from pg_class where relnamespace = n.oid)",
        pg::Parameters::of(schemas));
    if (rows.empty()) co_return;
    throw Failure(
        {.code = "install.foreign_schema",
         .message = fmt::format("database {} has a schema {} that gsdb did not make", target->database,
                                rows.get<std::string>(0, 0)),
         .detail = "there are objects in it, and no record of migrations",
         .hint = "rename that schema or that database, or use --layout unified with a database of another name",
         .exit_code = ExitCode::conflict});
}

/// Those that are not so.
Task<std::vector<Wish>> unfulfilled(pg::Connection* connection, std::vector<Wish> wishes) {
    std::string conditions;
    for (const auto& wish : wishes) conditions += fmt::format("{}({})", conditions.empty() ? "" : ",\n", wish.is_so);
    const auto answer = co_await connection->execute(fmt::format("select array[{}]", conditions));
    const auto states = answer.get<std::vector<bool>>(0, 0);
    std::vector<Wish> left;
    for (std::size_t i = 0; i < wishes.size(); ++i)
        if (!states[i]) left.push_back(std::move(wishes[i]));
    co_return left;
}

}  // namespace

std::vector<Wish> membership_wishes() {
    std::vector<Wish> wishes;
    for (const auto& spec : database_specs()) wishes.push_back(membership(spec.owner_role, admin_role));
    // An owner sees no rows by itself: set role analytics_readonly shows the administrator those of every organization.
    wishes.push_back(membership(readonly_role, admin_role));
    // The health functions run as the owner of base and look at what other sessions do. Not everybody who may create
    // roles may grant this one.
    auto monitoring = membership("pg_monitor", admin_role);
    monitoring.is_so +=
        " or not (select rolsuper or pg_has_role('pg_monitor', 'member with admin option') or (rolcreaterole and "
        "current_setting('server_version_num')::integer < 160000) from pg_roles where rolname = current_user)";
    wishes.push_back(std::move(monitoring));
    return wishes;
}

std::vector<Wish> database_wishes(const DatabaseTarget& target, LayoutKind kind,
                                  const std::set<std::string>& extensions, Schemas schemas) {
    std::vector<Wish> wishes;
    wish_for_connections(target, wishes);
    wish_for_search_paths(target, kind, wishes);
    wishes.push_back(private_public());
    for (const auto& extension : extensions)
        wishes.push_back({fmt::format("created extension {}", extension),
                          fmt::format("exists (select from pg_extension where extname = {})", literal(extension)),
                          fmt::format("create extension {} with schema public", name(extension))});
    if (schemas == Schemas::left_out) return wishes;
    std::vector<std::string_view> everybody{readonly_role};
    for (const auto* spec : target.specs) {
        everybody.push_back(spec->login_role);
        everybody.push_back(spec->owner_role);
    }
    wish_for_schema(base_schema_name, admin_role, everybody, wishes);
    for (const auto* spec : target.specs)
        for (const auto schema : spec->schemas)
            wish_for_schema(schema, spec->owner_role, {spec->login_role, readonly_role}, wishes);
    return wishes;
}

Installer::Installer(Connector connect, Layout layout, std::span<const ModuleSchema> schemas, SecretStore* secrets,
                     InstallOptions options)
    : connect_(std::move(connect)),
      layout_(std::move(layout)),
      modules_(value_or_throw(parse_modules(schemas))),
      secrets_(secrets),
      options_(std::move(options)) {}

Task<std::vector<Error>> Installer::check() const {
    const auto connection = co_await connect_(options_.maintenance_database);
    const auto facts = co_await read_server_facts(connection.get());
    co_return find_install_problems(facts, layout_, needed_extensions(nullptr));
}

Task<std::vector<MissingState>> Installer::missing() const {
    const auto connection = co_await connect_(options_.maintenance_database);
    const auto facts = co_await read_server_facts(connection.get());
    std::vector<MissingState> missing;
    for (const auto role : product_roles())
        if (!facts.roles.contains(std::string(role))) missing.push_back({"", fmt::format("created role {}", role)});
    if (missing.empty()) {  // else wishes about the roles make no sense yet
        InstallReport ignored;
        for (auto& wish : co_await unfulfilled(connection.get(), role_wishes(facts, ignored)))
            missing.push_back({"", std::move(wish.change)});
    }
    for (const auto& target : layout_.targets()) {
        if (!facts.databases.contains(target.database)) {
            missing.push_back({target.database, fmt::format("created database {}", target.database)});
            continue;
        }
        const auto database = co_await connect_(target.database);
        for (auto& wish :
             co_await unfulfilled(database.get(), database_wishes(target, layout_.kind(), needed_extensions(&target))))
            missing.push_back({target.database, std::move(wish.change)});
    }
    co_return missing;
}

Task<InstallReport> Installer::install() const {
    const auto connection = co_await connect_(options_.maintenance_database);
    Session session(connection.get(), options_.maintenance_database, options_.progress);
    auto facts = co_await read_server_facts(connection.get());
    if (const auto problems = find_install_problems(facts, layout_, needed_extensions(nullptr)); !problems.empty())
        throw refused(problems);
    co_await session.take_lock(std::chrono::minutes(10));
    facts = co_await read_server_facts(connection.get());  // another one may have installed meanwhile
    InstallReport report;
    co_await create_roles(connection.get(), &facts, &report);
    facts = co_await read_server_facts(connection.get());
    if (options_.fill_first) {
        co_await create_alike(&session, &facts, &report);
        facts = co_await read_server_facts(connection.get());
    }
    std::vector<Task<InstallReport>> databases;
    for (const auto& target : layout_.targets()) databases.push_back(install_database(&target, &facts));
    for (auto& part : co_await together(std::move(databases))) {
        std::ranges::move(part.changes, std::back_inserter(report.changes));
        std::ranges::move(part.notes, std::back_inserter(report.notes));
    }
    co_await session.release_lock();
    co_return report;
}

Task<> Installer::create_roles(pg::Connection* connection, const ServerFacts* facts, InstallReport* report) const {
    co_await fulfil(connection, role_wishes(*facts, *report), "", report);
    co_await rotate_secrets(connection, report);
}

std::vector<Wish> Installer::role_wishes(const ServerFacts& facts, InstallReport& report) const {
    std::vector<Wish> wishes;
    for (const auto role : product_roles()) {
        const auto found = facts.roles.find(std::string(role));
        const bool exists = found != facts.roles.end();
        const bool logs_in = is_login_role(role) || (role == admin_role && secrets_->get(role));
        if (!exists) {
            // The secret is stored before the role has it: after a kill in between, the next run takes the stored one.
            const auto login =
                logs_in ? fmt::format("login password {}", literal(scram_verifier(secret_for(role)))) : "nologin";
            wishes.push_back({fmt::format("created role {}", role), role_exists(role),
                              fmt::format("create role {} {} {}", name(role), login, least_attributes)});
        } else if (logs_in && (!found->second.can_log_in || found->second.lacks_password)) {
            wishes.push_back({fmt::format("let role {} log in", role), "false",
                              fmt::format("alter role {0} login password {1}; comment on role {0} is null", name(role),
                                          literal(scram_verifier(secret_for(role))))});
        } else if (is_login_role(role) && !secrets_->get(role) && !options_.rotate_secrets) {
            report.notes.push_back(
                fmt::format("role {} existed and keeps its password, which is not known here: store it as a "
                            "secret, or give it a new one with --rotate-secrets",
                            role));
        }
    }
    for (const auto role : product_roles())
        if (!facts.is_superuser && role != facts.user && !is_login_role(role))
            wishes.push_back(may_act_as(role, facts));
    std::ranges::move(membership_wishes(), std::back_inserter(wishes));
    return wishes;
}

crypto::Secret Installer::secret_for(std::string_view role) const {
    if (auto stored = secrets_->get(role)) return std::move(*stored);
    auto secret = generate_secret();
    secrets_->put(role, secret);
    return secret;
}

/// A new password is first stored beside the old one, then given to the role, then stored in its place: whatever a kill
/// leaves, the next run (asked to rotate or not) finishes it, and the stored one is the role's.
Task<> Installer::rotate_secrets(pg::Connection* connection, InstallReport* report) const {
    for (const auto role : login_roles()) {
        const auto next_name = std::string(role) + ".next";
        auto next = secrets_->get(next_name);
        if (!next && !options_.rotate_secrets) continue;
        if (std::ranges::count(report->changes, fmt::format("created role {}", role)) > 0) continue;
        if (!next) {
            next = generate_secret();
            secrets_->put(next_name, *next);
        }
        co_await connection->run_script(
            fmt::format("alter role {} password {}", name(role), literal(scram_verifier(*next))));
        secrets_->put(role, *next);
        secrets_->remove(next_name);
        report->changes.push_back(fmt::format("gave role {} a new password", role));
    }
}

/// Several missing databases, as long as they have the same in them. A kill leaves each as it was at some moment of an
/// installation one by one, and the next run goes on in each from there.
Task<> Installer::create_alike(Session* session, const ServerFacts* facts, InstallReport* report) const {
    std::vector<const DatabaseTarget*> missing;
    for (const auto& target : layout_.targets())
        if (!facts->databases.contains(target.database)) missing.push_back(&target);
    if (missing.size() < 2) co_return;
    const auto& original = missing.front()->database;
    co_await create_first(missing.front(), facts, report);
    co_await options_.fill_first(original);
    if (!co_await is_left_alone(session, original)) co_return;
    std::vector<Task<bool>> copies;
    for (const auto* target : std::span(missing).subspan(1)) copies.push_back(copy_database(target, original));
    const auto made = co_await together(std::move(copies));
    for (std::size_t i = 0; i < made.size(); ++i)
        if (made[i]) report->changes.push_back(created(*missing[i + 1]));
}

/// Only with what all databases have.
Task<> Installer::create_first(const DatabaseTarget* target, const ServerFacts* facts, InstallReport* report) const {
    co_await create_database(target, facts, report);
    const auto connection = co_await connect_(target->database);
    std::vector<Wish> wishes;
    wish_for_schema(base_schema_name, admin_role, {readonly_role}, wishes);
    co_await fulfil(connection.get(), std::move(wishes), target->database, report);
}

/// Whether the server agreed. If not, the database is made from nothing, and what is really wrong will be said then.
Task<bool> Installer::copy_database(const DatabaseTarget* target, std::string original) const {
    const auto connection = co_await connect_(options_.maintenance_database);
    try {
        co_await connection->run_script(copy_database_sql(*target, original));
    } catch (const pg::SqlError&) {
        co_return false;
    }
    co_return true;
}

Task<> Installer::create_database(const DatabaseTarget* target, const ServerFacts* facts, InstallReport* report) const {
    const auto connection = co_await connect_(options_.maintenance_database);
    co_await connection->run_script(create_database_sql(*target, *facts));
    report->changes.push_back(created(*target));
}

Task<InstallReport> Installer::install_database(const DatabaseTarget* target, const ServerFacts* facts) const {
    InstallReport report;
    if (!facts->databases.contains(target->database)) co_await create_database(target, facts, &report);
    const auto connection = co_await connect_(target->database);
    co_await refuse_foreign_schemas(connection.get(), target);
    co_await fulfil(connection.get(),
                    database_wishes(*target, layout_.kind(), needed_extensions(target), options_.schemas),
                    target->database, &report);
    co_return report;
}

Task<> Installer::fulfil(pg::Connection* connection, std::vector<Wish> wishes, std::string database,
                         InstallReport* report) const {
    std::string script;
    for (const auto& wish : co_await unfulfilled(connection, std::move(wishes))) {
        script += wish.make_so + ";\n";
        report->changes.push_back(database.empty() ? wish.change : fmt::format("{}: {}", database, wish.change));
        if (options_.progress)
            options_.progress({.stage = Progress::installed, .database = database, .message = report->changes.back()});
    }
    if (script.empty()) co_return;
    std::optional<pg::SqlError> refusal;
    try {
        co_await connection->run_script("begin; set local client_min_messages = error;\n" + script + "commit");
    } catch (const pg::SqlError& error) {
        refusal = error;
    }
    if (refusal) throw sql_failure("installing", database.empty() ? "the server" : database, *refusal, 0);
}

/// Of one database, or of all when there is none given.
std::set<std::string> Installer::needed_extensions(const DatabaseTarget* target) const {
    std::set<std::string> extensions;
    for (const auto& module : modules_)
        if (!target || layout_.target_of_schema(module.schemas.front()) == target)
            extensions.merge(module.extensions());
    return extensions;
}

}  // namespace gsdb::migrate
