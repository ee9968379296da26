#include "cluster/home.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace gsdb::cluster {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Environment environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) {
        auto found = values.find(name);
        return found == values.end() ? nullptr : found->second.c_str();
    };
}

struct HomeTest : testing::Test {
    fs::path folder = [] {
        auto pattern = (fs::temp_directory_path() / "gsdb-home-XXXXXX").string();
        return fs::path(mkdtemp(pattern.data()));
    }();
    ServerUser me{geteuid(), getegid(), false};
    ~HomeTest() override { fs::remove_all(folder); }
};

using Locate = HomeTest;

TEST_F(Locate, takes_the_setting_as_an_absolute_folder) {
    EXPECT_EQ(Home::locate("/srv/gsdb/", environment({}))->root(), "/srv/gsdb");
    EXPECT_EQ(Home::locate("/srv/x/../gsdb", environment({}))->root(), "/srv/gsdb");
    EXPECT_EQ(Home::locate("here", environment({}))->root(), fs::current_path() / "here");
}

TEST_F(Locate, follows_the_desktop_standard) {
    EXPECT_EQ(Home::locate("", environment({{"HOME", folder.string()}}))->root(), folder / ".local/share/gsdb");
    EXPECT_EQ(Home::locate("", environment({{"HOME", "/"}, {"XDG_DATA_HOME", folder.string()}}))->root(),
              folder / "gsdb");
}

TEST_F(Locate, does_without_a_home_folder) {
    if (geteuid() == 0) GTEST_SKIP() << "root can write everywhere";
    for (auto unusable : {"", "/", "/nonexistent", "relative"})
        EXPECT_THAT(Home::locate("", environment({{"HOME", unusable}}))->root().string(),
                    testing::AnyOf(StartsWith("/var/tmp/gsdb-"), HasSubstr(".local/share/gsdb")));
}

TEST_F(HomeTest, makes_every_folder_closed_to_others) {
    const Home home(folder / "a/b/home");
    ASSERT_TRUE(home.create(me));
    for (const auto& made : {home.root(), home.cluster(), home.run(), home.socket_folder(), home.secrets(), home.log(),
                             home.server_log()}) {
        struct stat found{};
        ASSERT_EQ(stat(made.c_str(), &found), 0) << made;
        EXPECT_EQ(found.st_mode & 07777, 0700u) << made;
    }
    EXPECT_TRUE(home.create(me)) << "a second time";
}

TEST_F(HomeTest, names_the_folder_that_it_cannot_make) {
    std::ofstream(folder / "file") << "in the way";
    auto below_a_file = Home(folder / "file/home").create(me);
    ASSERT_FALSE(below_a_file);
    EXPECT_EQ(below_a_file.error().code, "home.not_usable");
    EXPECT_THAT(below_a_file.error().message, HasSubstr((folder / "file").string()));
    EXPECT_THAT(below_a_file.error().hint, HasSubstr("GSDB_HOME"));

    auto is_a_file = Home(folder / "file").create(me);
    ASSERT_FALSE(is_a_file);
    EXPECT_THAT(is_a_file.error().detail, HasSubstr("Not a directory"));
}

TEST_F(HomeTest, a_short_path_needs_no_alias_for_its_socket) {
    const Home home(folder / "home");
    EXPECT_EQ(*home.client_socket_folder(environment({})), home.socket_folder());
}

TEST_F(HomeTest, the_alias_of_a_long_path_is_short_stable_and_private) {
    const Home home(folder / std::string(150, 'x'));
    ASSERT_TRUE(home.create(me));
    const auto env = environment({{"XDG_RUNTIME_DIR", folder.string()}});
    auto alias = home.client_socket_folder(env);
    ASSERT_TRUE(alias);
    EXPECT_LT(alias->string().size(), 90u);
    EXPECT_EQ(fs::canonical(*alias), fs::canonical(home.socket_folder()));
    EXPECT_EQ(fs::status(alias->parent_path()).permissions(), fs::perms(0700));
    EXPECT_EQ(*home.client_socket_folder(env), *alias);
    EXPECT_NE(*Home(folder / std::string(150, 'y')).client_socket_folder(env), *alias);
    fs::remove(*alias);  // as cleaners of /tmp do
    EXPECT_EQ(*home.client_socket_folder(env), *alias);
    EXPECT_TRUE(fs::is_symlink(*alias));
}

TEST_F(HomeTest, does_not_follow_a_link_that_another_planted_for_its_alias) {
    fs::create_directory(folder / "elsewhere");
    fs::create_directory_symlink(folder / "elsewhere", folder / "gsdb");
    auto alias =
        Home(folder / std::string(150, 'x')).client_socket_folder(environment({{"XDG_RUNTIME_DIR", folder.string()}}));
    ASSERT_FALSE(alias);
    EXPECT_THAT(alias.error().message, HasSubstr((folder / "gsdb").string()));
}

}  // namespace
}  // namespace gsdb::cluster
