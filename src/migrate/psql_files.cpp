#include "migrate/psql_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "migrate/installer.hpp"
#include "migrate/layout.hpp"
#include "migrate/migration.hpp"
#include "migrate/server_facts.hpp"
#include "migrate/shape.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::string_view marker = "-- Made of the modules' SQL by ./dev gen; not to be edited.\n";

/// The engine puts the name of the database that it runs in where this stands.
constexpr std::string_view any_database = "{database}";

/// The founding documents name the same thing twice: one family of files for a database with all modules, one for a
/// database to each.
struct SchemaFile {
    std::string_view name;
    std::vector<std::string_view> modules;
};
const std::array unified_files{
    SchemaFile{"00_base_schema", {"identity"}},       SchemaFile{"01_projects_module", {"projects"}},
    SchemaFile{"02_tasks_module", {"tasks"}},         SchemaFile{"03_analytics_module", {"analytics"}},
    SchemaFile{"04_prompts_module", {"prompts"}},     SchemaFile{"05_events_module", {"events"}},
    SchemaFile{"06_openevolve_module", {"learning"}}, SchemaFile{"01_tasks_module", {"tasks"}},
    SchemaFile{"02_projects_module", {"projects"}},   SchemaFile{"03_prompts_module", {"prompts"}},
    SchemaFile{"04_codebase_module", {"codebase"}},   SchemaFile{"05_analytics_module", {"analytics"}},
    SchemaFile{"06_events_module", {"events"}},       SchemaFile{"07_learning_module", {"learning"}},
    SchemaFile{"08_workflows_module", {"workflows"}},
};
struct DatabaseFile {
    std::string_view name, database;
};
constexpr std::array split_files{
    DatabaseFile{"01_task_db", "task_db"},
    DatabaseFile{"01_task_db_enhanced", "task_db"},
    DatabaseFile{"02_projects_db", "projects_db"},
    DatabaseFile{"03_prompts_db", "prompts_db"},
    DatabaseFile{"03_prompts_db_enhanced", "prompts_db"},
    DatabaseFile{"04_codebase_db", "codebase_db"},
    DatabaseFile{"05_analytics_db", "analytics_db"},
    DatabaseFile{"06_events_db", "events_db"},
    DatabaseFile{"07_learning_db", "learning_db"},
    DatabaseFile{"08_workflows_db", "workflows_db"},
};

std::string include(std::string_view file) {
    return fmt::format("\\ir {}\n", file);
}

std::string in_dollars(std::string_view text) {
    constexpr std::string_view quote = "$gsdb_file$";
    if (text.contains(quote)) throw std::logic_error("a file of SQL contains its own quotation mark");
    return fmt::format("{}{}{}", quote, text, quote);
}

std::string name_array(const auto& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + quote_literal(name);
    return fmt::format("array[{}]::name[]", list);
}

std::string wish_call(const Wish& wish) {
    return fmt::format("select pg_temp.gsdb_wish({}, {}, {});\n", quote_literal(wish.change), in_dollars(wish.is_so),
                       in_dollars(wish.make_so));
}

// ---- modules ---------------------------------------------------------------------------------------------------

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

/// "start, length" in characters, from 1, of a part of a text.
std::string position(std::string_view text, std::string_view part) {
    if (part.empty()) return "0, 0";
    const auto at = text.find(part);
    if (at == std::string_view::npos) throw std::logic_error("a section of a migration is not part of its file");
    return fmt::format("{}, {}", characters(text.substr(0, at)) + 1, characters(part));
}

std::string migration_call(const Migration& migration) {
    if (migration.kind == Kind::backfill || migration.kind == Kind::contract || !migration.in_transaction)
        throw Failure({.code = "migrate.not_for_psql",
                       .message = fmt::format("migration {} cannot be run by psql alone", migration.qualified_label()),
                       .detail = "it is a back-fill, a contract or runs outside a transaction",
                       .hint = "teach database/sql/engine.sql to run it"});
    return fmt::format("select pg_temp.gsdb_migrate({}, {}, '{}', '{}ms', {}, {}, {});\n", migration.version,
                       quote_literal(migration.name), to_string(migration.kind), migration.lock_timeout.count(),
                       position(migration.text, migration.sql), position(migration.text, migration.rollback_sql),
                       in_dollars(migration.text));
}

std::string module_file(const ModuleFiles& module, std::string_view program_version) {
    std::string file = std::string(marker) + include("../sql/engine.sql") + "select pg_temp.gsdb_take_lock();\n";
    file += fmt::format("select pg_temp.gsdb_begin_module({}, {}, {}, {}, {});\n", quote_literal(module.module),
                        name_array(module.schemas), quote_literal(owner_of_schema(module.schemas.front())),
                        module.migrations.size(), quote_literal(program_version));
    for (const auto& routine : module.routines)
        file += fmt::format("insert into pg_temp.gsdb_routine values ({}, {});\n", quote_literal(routine.name),
                            in_dollars(routine.sql));
    for (const auto& migration : module.migrations) file += migration_call(migration);
    return file + "select pg_temp.gsdb_end_module();\n";
}

// ---- roles and databases ---------------------------------------------------------------------------------------

std::string roles_file() {
    std::string file = std::string(marker) + "-- The roles of the product. Those that log in have no password yet.\n";
    file += include("engine.sql") + "select pg_temp.gsdb_check_server();\nselect pg_temp.gsdb_take_lock();\nbegin;\n";
    const auto logins = login_roles();
    for (const auto role : product_roles())
        file += fmt::format("select pg_temp.gsdb_wish_role({}, {});\n", quote_literal(role),
                            std::ranges::count(logins, role) > 0);
    for (const auto& wish : membership_wishes()) file += wish_call(wish);
    return file + "commit;\n";
}

std::string wishes_of(const DatabaseTarget& target, LayoutKind kind, std::span<const ModuleFiles> modules) {
    std::set<std::string> extensions;
    for (const auto& module : modules)
        if (std::ranges::count(target.schemas(), module.schemas.front()) > 0) extensions.merge(module.extensions());
    std::string file = fmt::format("select pg_temp.gsdb_check_database({});\nbegin;\n", name_array(target.schemas()));
    for (const auto& wish : database_wishes(target, kind, extensions)) file += wish_call(wish);
    return file + "commit;\n";
}

/// Makes a database and goes there.
std::string go_to(std::string_view database) {
    return fmt::format("select pg_temp.gsdb_create_database({}) \\gexec\n\\connect {}\n", quote_literal(database),
                       database);
}

std::string database_file(const DatabaseTarget& target, std::span<const ModuleFiles> modules) {
    return std::string(marker) + fmt::format("-- Database {}, without tables.\n", target.database) +
           include("../roles.sql") + go_to(target.database) + include("../engine.sql") +
           "select pg_temp.gsdb_take_lock();\n" + wishes_of(target, LayoutKind::split, modules);
}

std::string unified_file(std::span<const ModuleFiles> modules) {
    const auto layout = Layout::unified(std::string(any_database));
    std::vector<std::string_view> others;
    for (const auto& spec : database_specs()) others.push_back(spec.name);
    return std::string(marker) +
           fmt::format(
               "-- One database for all modules, without tables: the one that psql is connected to, or {0} when "
               "that is the server's own.\n",
               default_unified_database) +
           include("roles.sql") +
           "select current_database() in ('postgres', 'template1') as gsdb_is_elsewhere \\gset\n"
           "\\if :gsdb_is_elsewhere\n" +
           go_to(default_unified_database) + "\\endif\n" + include("engine.sql") +
           fmt::format("select pg_temp.gsdb_refuse_database({});\nselect pg_temp.gsdb_take_lock();\n",
                       name_array(others)) +
           wishes_of(layout.targets().front(), LayoutKind::unified, modules);
}

std::string module_include(std::string_view module) {
    return include(fmt::format("../migrations/{}.sql", module));
}

/// What lets analytics_readonly read the other databases from analytics_db.
std::string reader_file() {
    std::string file =
        std::string(marker) +
        "-- Shows the other databases in analytics_db, for analytics_readonly. They are migrated.\n"
        "-- Variable reader_password: that role's password, where it needs one to connect.\n"
        "\\set ON_ERROR_STOP on\n\\set QUIET on\n\\if :{?reader_password}\n\\else\n\\set reader_password ''\n\\endif\n";
    std::string calls;
    for (const auto& spec : database_specs()) {
        if (spec.name == "analytics_db") continue;
        file += fmt::format(
            "\\connect {0}\nselect string_agg(base.foreign_schema_script(s, 'gsdb_{0}'), E'\\n' order by place) as "
            "script_{0} from unnest({1}) with ordinality as schema (s, place) \\gset\n",
            spec.name, name_array(spec.schemas));
        calls += fmt::format("select pg_temp.gsdb_mirror({0}, {1}, :'script_{2}', :'HOST', :'reader_password');\n",
                             quote_literal(spec.name), name_array(spec.schemas), spec.name);
    }
    return file + "\\connect analytics_db\n" + include("engine.sql") +
           "select pg_temp.gsdb_take_lock();\nselect pg_temp.gsdb_hide_secrets();\n" + calls;
}

// ---- what the founding documents name --------------------------------------------------------------------------

void add_split(Files& files, std::span<const ModuleFiles> modules) {
    const auto layout = Layout::split();
    std::string all(marker);
    for (const auto& target : layout.targets()) {
        const auto path = fmt::format("sql/databases/{}.sql", target.database);
        files[path] = database_file(target, modules);
        all += include(path);
    }
    files["init_databases.sql"] = files["init_databases_enhanced.sql"] = all;
    for (const auto& [name, database] : split_files) {
        auto& file = files[fmt::format("schemas/{}.sql", name)];
        file = std::string(marker) + include(fmt::format("../sql/databases/{}.sql", database)) + module_include("base");
        for (const auto& module : modules)
            if (layout.target_of_schema(module.schemas.front()) == layout.target_of_database(database))
                file += module_include(module.module);
    }
}

void add_unified(Files& files, std::span<const ModuleFiles> modules) {
    files["sql/unified.sql"] = unified_file(modules);
    const auto begin = std::string(marker) + include("../sql/unified.sql") + module_include("base");
    for (const auto& [name, named] : unified_files) {
        auto& file = files[fmt::format("schemas/{}.sql", name)];
        file = begin;
        for (const auto module : named) file += module_include(module);
    }
    auto& all = files["init/00_comprehensive_init.sql"];
    all = begin;
    for (const auto& module : modules)
        if (module.module != base_schema_name) all += module_include(module.module);
}

}  // namespace

std::map<std::string, std::string> psql_files(std::span<const ModuleSchema> schemas, std::string_view program_version) {
    std::vector<ModuleSchema> all{base_schema()};
    all.insert(all.end(), schemas.begin(), schemas.end());
    const auto modules = value_or_throw(parse_modules(all));
    Files files{
        {"sql/roles.sql", roles_file()},
        {"sql/reader.sql", reader_file()},
        {"sql/shape.sql", fmt::format("{}-- What the catalog says of the schemas: object to definition.\n"
                                      "create or replace function pg_temp.gsdb_shape(schemas name[]) returns jsonb "
                                      "language sql stable set search_path = '' as {};\n",
                                      marker, in_dollars(shape_as_json("$1::text[]")))}};
    for (const auto& module : modules)
        files[fmt::format("migrations/{}.sql", module.module)] = module_file(module, program_version);
    add_split(files, modules);
    add_unified(files, modules);
    return files;
}

}  // namespace gsdb::migrate
