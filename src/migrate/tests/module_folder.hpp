#pragma once
// Modules read from folders instead of from the program, for tests.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "migrate/layout.hpp"
#include "migrate/tests/databases.hpp"

namespace gsdb::migrate::testing {

namespace fs = std::filesystem;

inline std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    if (!file) throw Failure({.code = "testdb.file", .message = "cannot read " + path.string()});
    return (std::stringstream() << file.rdbuf()).str();
}

inline std::vector<fs::path> files_in(const fs::path& folder, std::string_view suffix) {
    std::vector<fs::path> files;
    if (fs::is_directory(folder))
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().filename().string().ends_with(suffix)) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// A module as its folder has it.
struct ModuleFolder {
    std::string name;
    DemoModule files;
    std::vector<fs::path> tests;
};

inline ModuleFolder read_module(const fs::path& folder) {
    ModuleFolder module{folder.filename(), DemoModule(""), files_in(folder / "tests", ".pg.sql")};
    for (const auto& file : files_in(folder / "sql/migrations", ".sql"))
        module.files.migration(file.filename(), content_of(file));
    for (const auto& file : files_in(folder / "sql/routines", ".sql"))
        module.files.routine(file.filename(), content_of(file));
    return module;
}

/// By name, in which order modules of one database may build on each other: identity, then projects.
inline std::vector<ModuleFolder> read_modules(const fs::path& folder) {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(folder))
        if (fs::is_directory(entry.path() / "sql/migrations")) folders.push_back(entry.path());
    std::ranges::sort(folders);
    std::vector<ModuleFolder> modules;
    std::ranges::transform(folders, std::back_inserter(modules), read_module);
    return modules;
}

/// Valid as long as `modules` is not changed.
inline std::vector<ModuleSchema> schemas_of(std::vector<ModuleFolder>& modules) {
    std::vector<ModuleSchema> schemas;
    for (auto& module : modules) {
        schemas.push_back(module.files.schema());
        schemas.back().name = module.name;
        schemas.back().schemas = schemas_of_module(module.name);
    }
    return schemas;
}

}  // namespace gsdb::migrate::testing
