#pragma once
// The databases of a layout on the throw-away test server, installed and migrated from the SQL files of the modules in
// the source tree. It reads files instead of what is embedded in the program because it must work before the modules'
// libraries can be built: their statements are locked against it.
//
//     auto& databases = MigratedDatabases::instance(migrate::LayoutKind::split);
//     ModuleDatabase database("identity");                 // a clone of the module's database, for one test
//     pg::Pool pool({.connect = database.login()});        // as the module's login role, as the product connects

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/layout.hpp"
#include "migrate/module_schema.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::queryc {

/// The SQL of a module as its folder has it.
class ModuleFolder {
  public:
    explicit ModuleFolder(std::filesystem::path folder);

    std::string name() const { return folder_.filename().string(); }
    const std::filesystem::path& path() const { return folder_; }
    std::filesystem::path queries() const { return folder_ / "sql/queries"; }
    std::filesystem::path lock() const { return folder_ / "sql/queries.lock.json"; }
    bool has_queries() const;
    /// Its views point into this object.
    migrate::ModuleSchema schema() const;

  private:
    void read(std::string_view kind, std::vector<migrate::SqlFile>& files);

    std::filesystem::path folder_;
    std::string name_;
    std::deque<std::string> texts_;
    std::vector<migrate::SqlFile> migrations_;
    std::vector<migrate::SqlFile> routines_;
};

/// Every folder of src/modules below the working folder that has migrations, by name.
std::deque<ModuleFolder> read_module_folders();

class MigratedDatabases {
  public:
    /// Made at the first call for each layout, which takes seconds, unless the test server was not running yet and an
    /// earlier program of the same build left both (prepared_home.hpp).
    static MigratedDatabases& instance(migrate::LayoutKind kind);

    const migrate::Layout& layout() const { return layout_; }
    /// Where the module of that name lives.
    const migrate::DatabaseTarget& target_of(std::string_view module) const;

  private:
    explicit MigratedDatabases(migrate::Layout layout);
    migrate::Layout layout_;
};

/// A copy of the database that the module lives in, for the time of one test.
class ModuleDatabase {
  public:
    explicit ModuleDatabase(std::string_view module, migrate::LayoutKind kind = migrate::LayoutKind::split);
    ~ModuleDatabase();
    ModuleDatabase(const ModuleDatabase&) = delete;
    ModuleDatabase& operator=(const ModuleDatabase&) = delete;

    /// As the login role of the module's database: what the program may.
    pg::ConnectOptions login() const;
    pg::ConnectOptions superuser() const;
    const std::string& name() const { return name_; }

  private:
    std::string name_;
    std::string login_role_;
};

}  // namespace gsdb::queryc
