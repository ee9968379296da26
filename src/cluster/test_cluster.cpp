#include "cluster/test_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "cluster/child_process.hpp"

namespace gsdb::cluster {

namespace fs = std::filesystem;

namespace {

fs::path memory_folder() {
    return access("/dev/shm", W_OK | X_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
}

/// Waits in a process of its own until all who hold the pipe's other end are gone, then until the servers below the
/// folder have shut down, and removes it.
void start_cleaner(const fs::path& folder, int alive) {
    static constexpr auto script = R"(
        cat /proc/self/fd/"$2"
        for file in "$1"/data/postmaster.pid "$1"/*/data/postmaster.pid "$1"/*/*/data/postmaster.pid; do
            [ -f "$file" ] || continue
            read -r pid <"$file"
            tries=0
            while [ -f "$file" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
            [ -f "$file" ] && kill -QUIT "$pid" 2>/dev/null
        done
        rm -rf "$1" || { sleep 1; rm -rf "$1"; })";
    value_or_throw(spawn({.program = "/bin/sh",
                          .arguments = {"-c", script, "cleaner", folder.string(), std::to_string(alive)},
                          .environment = {"PATH=/usr/bin:/bin"},
                          .inherited = {alive}}));
}

void execute(const std::string& conninfo, const std::string& sql) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw Failure({.code = "test.connect", .message = PQerrorMessage(connection.get())});
    std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        throw Failure({.code = "test.execute", .message = sql, .detail = PQerrorMessage(connection.get())});
}

fs::path& home_to_copy() {
    static fs::path home;
    return home;
}

bool& is_running() {
    static bool running = false;
    return running;
}

}  // namespace

ClusterOptions test_options(const fs::path& home) {
    const auto* bindir = std::getenv("GSDB_TEST_POSTGRES_BINDIR");
    return {.home = Home(home),
            .bindir = bindir != nullptr ? bindir : "",
            .settings = {{"logging_collector", "off"},
                         // In the data directory, so that a killed server leaves no segment behind in /dev/shm.
                         {"dynamic_shared_memory_type", "mmap"},
                         {"shared_buffers", "64MB"},
                         {"max_wal_size", "256MB"},
                         {"min_wal_size", "16MB"}},
            .durable = false};
}

TestFolder::TestFolder(std::string_view purpose) {
    auto pattern = (memory_folder() / fmt::format("gsdb-{}-XXXXXX", purpose)).string();
    int ends[2];
    if (mkdtemp(pattern.data()) == nullptr || pipe2(ends, O_CLOEXEC) != 0)
        throw Failure({.code = "test.folder", .message = fmt::format("cannot make {}", pattern)});
    path_ = pattern;
    chmod(path_.c_str(), 0711);
    alive_ = ends[1];
    start_cleaner(path_, ends[0]);
    close(ends[0]);
}

TestFolder::~TestFolder() {
    std::error_code problem;
    fs::remove_all(path_, problem);
    close(alive_);
}

void copy_home(const fs::path& from, const fs::path& to) {
    auto copied = value_or_throw(run({.program = "/bin/cp",
                                      .arguments = {"-a", "--reflink=auto", from.string(), to.string()},
                                      .environment = {"PATH=/usr/bin:/bin"}}));
    if (!copied.ok())
        throw Failure({.code = "test.copy",
                       .message = fmt::format("cannot copy {} to {}", from.string(), to.string()),
                       .detail = copied.output});
}

TestCluster::TestCluster() : folder_("test") {
    is_running() = true;
    auto home = folder_.path() / "home";
    if (!home_to_copy().empty()) copy_home(home_to_copy(), home);
    server_ = value_or_throw(EmbeddedCluster::start(test_options(home)));
}

bool TestCluster::begin_with(const fs::path& home) {
    if (is_running()) return false;
    home_to_copy() = home;
    return true;
}

TestCluster& TestCluster::instance() {
    static TestCluster cluster;
    return cluster;
}

std::string TestCluster::conninfo(std::string_view database, std::string_view user) const {
    return server_->conninfo(database, user);
}

std::string TestCluster::create_database(std::string_view template_name) {
    static std::atomic<int> number = 0;
    auto name = fmt::format("test_{}", ++number);
    execute(conninfo(), fmt::format("create database {} template \"{}\"", name, template_name));
    return name;
}

void TestCluster::drop_database(std::string_view name) {
    execute(conninfo(), fmt::format("drop database if exists \"{}\" with (force)", name));
}

TestDatabase::~TestDatabase() {
    try {
        TestCluster::instance().drop_database(name_);
    } catch (const Failure&) {  // NOLINT(bugprone-empty-catch): the database goes with the server
    }
}

}  // namespace gsdb::cluster
