#pragma once
// How a module hands its SQL to the migration engine.
//
//     # CMakeLists.txt, after gsdb_layer(module_identity ...)
//     gsdb_embed_sql(gsdb_module_identity gsdb::identity::embedded_sql sql)
//
//     // module.cpp
//     namespace gsdb::identity {
//     extern const migrate::ModuleSql embedded_sql;
//     migrate::ModuleSchema schema() { return {.name = "identity", .schemas = {"identity"}, .sql = embedded_sql}; }
//     }

#include <span>
#include <string_view>
#include <vector>

namespace gsdb::migrate {

/// A file of SQL inside the program. Both views live as long as the program.
struct SqlFile {
    std::string_view name;  ///< without a folder: "0001_create_organizations.sql"
    std::string_view text;
};

/// What gsdb_embed_sql makes of a module's sql/ folder, each in the order of the names.
struct ModuleSql {
    std::span<const SqlFile> migrations;
    std::span<const SqlFile> routines;
    std::string_view generator{};  ///< sql/generate.sql: its synthetic rows (generator.hpp); empty without one
};

/// A module as the engine sees it. Its first schema decides the database and thereby the owner (layout.hpp).
struct ModuleSchema {
    std::string_view name;
    std::vector<std::string_view> schemas;
    ModuleSql sql;
};

/// The module `base`, which every database gets before any other.
ModuleSchema base_schema();

}  // namespace gsdb::migrate
