#include "cluster/server_binaries.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace gsdb::cluster {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// A folder with programs that say what `postgres --version` says.
struct FakeServer {
    fs::path folder;

    explicit FakeServer(std::string_view version_line) {
        auto pattern = (fs::temp_directory_path() / "gsdb-bin-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        program("postgres", fmt::format("#!/bin/sh\necho '{}'\n", version_line));
        program("initdb", "#!/bin/sh\n");
    }
    ~FakeServer() { fs::remove_all(folder); }
    void program(std::string_view name, std::string_view text) const {
        std::ofstream(folder / name) << text;
        fs::permissions(folder / name, fs::perms(0755));
    }
};

const char* nothing(const char*) {
    return nullptr;
}

TEST(ServerBinaries, know_their_version) {
    const FakeServer debian("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)");
    const auto found = server_binaries_in(debian.folder);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->major, 15);
    EXPECT_EQ(found->version, "15.20");
    const FakeServer beta("postgres (PostgreSQL) 18beta1");
    EXPECT_EQ(server_binaries_in(beta.folder)->major, 18);
}

TEST(ServerBinaries, a_configured_folder_is_taken_or_refused_but_never_replaced) {
    const FakeServer server("postgres (PostgreSQL) 16.2");
    EXPECT_EQ(find_server_binaries(server.folder.string(), {}, nothing)->version, "16.2");
    auto missing = find_server_binaries("/nonexistent/bin", {}, nothing);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "cluster.no_server");
    EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/bin"));
    EXPECT_THAT(missing.error().hint, HasSubstr("GSDB_POSTGRES_BINDIR"));
}

TEST(ServerBinaries, too_old_a_server_is_refused_with_its_version) {
    const FakeServer old("postgres (PostgreSQL) 13.4");
    auto refused = server_binaries_in(old.folder);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, AllOf(HasSubstr("13.4"), HasSubstr("14 to 18")));
}

TEST(ServerBinaries, the_version_of_an_existing_data_directory_decides) {
    const FakeServer server("postgres (PostgreSQL) 16.2");
    EXPECT_TRUE(find_server_binaries(server.folder.string(), 16, nothing));
    auto other = find_server_binaries(server.folder.string(), 14, nothing);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "cluster.server_version");
    EXPECT_THAT(other.error().detail, AllOf(HasSubstr(server.folder.string()), HasSubstr("16.2")));
}

TEST(ServerBinaries, where_none_is_found_the_error_says_where_it_looked) {
    auto missing = find_server_binaries("", 99, [](const char*) -> const char* { return "/nonexistent:/nowhere"; });
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().detail, AllOf(HasSubstr("/usr/lib/postgresql/18/bin"),
                                              HasSubstr("/usr/lib/postgresql/14/bin"), HasSubstr("PATH")));
    EXPECT_THAT(missing.error().hint, HasSubstr("postgresql-99"));
}

TEST(ServerBinaries, on_the_path_are_found_by_pg_config) {
    const FakeServer server("postgres (PostgreSQL) 17.99");
    const FakeServer path("unused");
    fs::remove(path.folder / "postgres");
    path.program("pg_config", fmt::format("#!/bin/sh\necho {}\n", server.folder.string()));
    auto found = find_server_binaries("", 17, [&](const char*) { return path.folder.c_str(); });
    if (found && found->folder != server.folder) GTEST_SKIP() << "a PostgreSQL 17 is installed here";
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->folder, server.folder);
}

TEST(ServerBinaries, know_their_libraries) {
    const FakeServer server("postgres (PostgreSQL) 16.2");
    fs::create_directories(server.folder / "bin");
    fs::create_directories(server.folder / "lib");
    std::ofstream(server.folder / "lib/pg_stat_statements.so") << "";
    std::ofstream(server.folder / "bin/postgres") << "...liblz4.so.1...";
    const ServerBinaries binaries{.folder = server.folder / "bin", .major = 16};
    EXPECT_TRUE(binaries.has_library("pg_stat_statements"));
    EXPECT_FALSE(binaries.has_library("citus"));
    EXPECT_TRUE(binaries.has_lz4());
}

}  // namespace
}  // namespace gsdb::cluster
