#include "queryc/testing/migrated_databases.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "queryc/statement.hpp"
#include "queryc/testing/prepared_home.hpp"

namespace gsdb::queryc {

namespace {

std::vector<std::filesystem::path> sorted_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::exists(folder))
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".sql") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

pg::ConnectOptions connect_options(std::string_view database, std::string_view user) {
    return pg::ConnectOptions::parse(cluster::TestCluster::instance().conninfo(database, user));
}

migrate::Layout layout_of(migrate::LayoutKind kind) {
    return kind == migrate::LayoutKind::unified ? migrate::Layout::unified() : migrate::Layout::split();
}

void install_and_migrate(const migrate::Layout& layout, const pg::ConnectOptions& administrator) {
    auto folders = read_module_folders();
    std::vector<migrate::ModuleSchema> schemas;
    schemas.reserve(folders.size());
    for (const auto& folder : folders) schemas.push_back(folder.schema());
    cluster::TestFolder secrets_folder("secrets");
    migrate::FileSecretStore secrets(secrets_folder.path());
    auto connector = migrate::connector_to(administrator);
    migrate::Installer installer(connector, layout, schemas, &secrets, {});
    run_task(installer.install());
    auto migrator = value_or_throw(migrate::Migrator::create(connector, layout, schemas));
    run_task(migrator.migrate({.program_version = "test"}));
}

/// Both layouts, on a server that has ended.
void make_migrated_home(const std::filesystem::path& home) {
    cluster::TestFolder folder("prepared");
    auto drafted = folder.path() / "home";
    auto server = value_or_throw(cluster::EmbeddedCluster::start(cluster::test_options(drafted)));
    for (auto kind : {migrate::LayoutKind::split, migrate::LayoutKind::unified})
        install_and_migrate(layout_of(kind),
                            pg::ConnectOptions::parse(server->conninfo("postgres", cluster::superuser)));
    server->stop();
    cluster::copy_home(drafted, home);
}

/// Whether the server of this program begins with the databases of both layouts.
bool begins_migrated() {
    static const bool begins = [] {
        auto home = prepared_home(make_migrated_home);
        return home && cluster::TestCluster::begin_with(*home);
    }();
    return begins;
}

}  // namespace

ModuleFolder::ModuleFolder(std::filesystem::path folder) : folder_(std::move(folder)), name_(folder_.filename()) {
    read("migrations", migrations_);
    read("routines", routines_);
}

void ModuleFolder::read(std::string_view kind, std::vector<migrate::SqlFile>& files) {
    for (const auto& path : sorted_files(folder_ / "sql" / kind)) {
        std::string_view name = texts_.emplace_back(path.filename().string());
        std::string_view text = texts_.emplace_back(read_text(path));
        files.push_back({.name = name, .text = text});
    }
}

bool ModuleFolder::has_queries() const {
    return !sorted_files(queries()).empty();
}

migrate::ModuleSchema ModuleFolder::schema() const {
    return {.name = name_,
            .schemas = migrate::schemas_of_module(name_),
            .sql = {.migrations = migrations_, .routines = routines_}};
}

std::deque<ModuleFolder> read_module_folders() {
    const std::filesystem::path modules = "src/modules";
    if (!std::filesystem::exists(modules))
        throw Failure({.code = "queryc.no_modules",
                       .message = "there is no src/modules here",
                       .hint = "run this in the root folder of the source tree",
                       .exit_code = ExitCode::usage});
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(modules))
        if (!sorted_files(entry.path() / "sql/migrations").empty()) folders.push_back(entry.path());
    std::ranges::sort(folders);
    std::deque<ModuleFolder> all;
    for (const auto& folder : folders) all.emplace_back(folder);
    return all;
}

MigratedDatabases& MigratedDatabases::instance(migrate::LayoutKind kind) {
    if (kind == migrate::LayoutKind::unified) {
        static MigratedDatabases unified(layout_of(kind));
        return unified;
    }
    static MigratedDatabases split(layout_of(kind));
    return split;
}

MigratedDatabases::MigratedDatabases(migrate::Layout layout) : layout_(std::move(layout)) {
    if (!begins_migrated()) install_and_migrate(layout_, connect_options("postgres", cluster::superuser));
}

const migrate::DatabaseTarget& MigratedDatabases::target_of(std::string_view module) const {
    const auto* target = layout_.target_of_schema(module);
    if (!target)
        throw Failure({.code = "queryc.no_database",
                       .message = "no database of the layout holds the schema " + std::string(module),
                       .hint = "add it to src/migrate/layout.cpp"});
    return *target;
}

ModuleDatabase::ModuleDatabase(std::string_view module, migrate::LayoutKind kind)
    : login_role_(migrate::spec_of_schema(module)->login_role) {
    // First of all, so that the server can begin with them.
    const auto& migrated = MigratedDatabases::instance(kind).target_of(module).database;
    name_ = cluster::TestCluster::instance().create_database(migrated);
}

ModuleDatabase::~ModuleDatabase() {
    cluster::TestCluster::instance().drop_database(name_);
}

pg::ConnectOptions ModuleDatabase::login() const {
    return connect_options(name_, login_role_);
}
pg::ConnectOptions ModuleDatabase::superuser() const {
    return connect_options(name_, cluster::superuser);
}

}  // namespace gsdb::queryc
