#pragma once
// A throw-away PostgreSQL for tests (library gsdb_cluster_testing): one server for each test program, one database for
// each test.
//
//     auto& server = gsdb::cluster::TestCluster::instance();
//     auto database = server.create_database();
//     connect(server.conninfo(database));
//
// It lies in memory (/dev/shm), keeps nothing on disk, and disappears with the process, also when that is killed.
// GSDB_TEST_POSTGRES_BINDIR names the programs of another version.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/cluster.hpp"

namespace gsdb::cluster {

/// A folder in memory for one test. It is removed with the object, or, when the process dies before, after that.
class TestFolder {
  public:
    explicit TestFolder(std::string_view purpose);
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder();

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    int alive_ = -1;  ///< its end of file tells the cleaner that this process is gone
};

/// What a throw-away server below `home` is started with.
ClusterOptions test_options(const std::filesystem::path& home);

/// Copies a folder with owners and rights, which PostgreSQL looks at.
void copy_home(const std::filesystem::path& from, const std::filesystem::path& to);

class TestCluster {
  public:
    /// Starts the server at the first call. Throws Failure when it cannot.
    static TestCluster& instance();

    /// Has the server begin with a copy of this home instead of an empty one. False when it runs already.
    static bool begin_with(const std::filesystem::path& home);

    TestCluster(const TestCluster&) = delete;
    TestCluster& operator=(const TestCluster&) = delete;
    ~TestCluster() = default;

    /// As superuser unless another role is named.
    std::string conninfo(std::string_view database = "postgres", std::string_view user = superuser) const;

    /// A new database, a copy of `template_name`, to which nobody may be connected meanwhile. Returns its name.
    std::string create_database(std::string_view template_name = "template1");
    /// Ends the connections to it.
    void drop_database(std::string_view name);

    EmbeddedCluster& server() { return *server_; }
    int major() const { return server_->binaries().major; }

  private:
    TestCluster();
    TestFolder folder_;
    std::unique_ptr<EmbeddedCluster> server_;
};

/// A database of the shared server for the time of one test.
class TestDatabase {
  public:
    explicit TestDatabase(std::string_view template_name = "template1")
        : name_(TestCluster::instance().create_database(template_name)) {}
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;
    ~TestDatabase();

    const std::string& name() const { return name_; }
    std::string conninfo(std::string_view user = superuser) const {
        return TestCluster::instance().conninfo(name_, user);
    }

  private:
    std::string name_;
};

}  // namespace gsdb::cluster
