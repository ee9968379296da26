#include "modules/codebase/source/watch.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"
#include "temporary_folder.hpp"

namespace gsdb::codebase::source {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class Watch : public testing::Test {
  protected:
    /// Whether a wait ends by a change; one that does not is stopped.
    bool sees(const std::function<void()>& change) {
        std::stop_source stop;
        std::jthread changer([&] {
            change();
            std::this_thread::sleep_for(milliseconds(700));
            stop.request_stop();
        });
        return watch_.wait(stop.get_token(), {.quiet = milliseconds(30), .most = milliseconds(300)});
    }

    TemporaryFolder folder_;
    FolderWatch watch_{folder_.path()};
};

TEST_F(Watch, SeesFilesThatAreWrittenMovedAndRemoved) {
    watch_.cover({});
    EXPECT_TRUE(sees([&] { folder_.write("a.py", "x = 1\n"); }));
    EXPECT_TRUE(sees([&] { folder_.write("a.py", "x = 2\n"); }));
    EXPECT_TRUE(sees([&] { fs::rename(folder_.path() / "a.py", folder_.path() / "b.py"); }));
    EXPECT_TRUE(sees([&] { fs::remove(folder_.path() / "b.py"); }));
    EXPECT_FALSE(sees([] {}));
}

TEST_F(Watch, CoversWhatIsThereAndSaysWhatIsNew) {
    fs::create_directories(folder_.path() / "one/two");
    fs::create_directories(folder_.path() / "left/out");
    EXPECT_EQ(watch_.cover({"left/"}), 2);
    EXPECT_EQ(watch_.cover({"left/"}), 0);
    EXPECT_TRUE(sees([&] { folder_.write("one/two/a.py", "x = 1\n"); }));
    EXPECT_FALSE(sees([&] { folder_.write("left/out/a.py", "x = 1\n"); }));
    EXPECT_TRUE(sees([&] { fs::create_directories(folder_.path() / "one/three"); }));
    EXPECT_EQ(watch_.cover({"left/"}), 1);
    EXPECT_TRUE(sees([&] { folder_.write("one/three/b.py", "x = 1\n"); }));
    fs::remove_all(folder_.path() / "one");
    EXPECT_EQ(watch_.cover({"left/"}), 0);
    fs::create_directories(folder_.path() / "one");
    EXPECT_EQ(watch_.cover({"left/"}), 1) << "another folder of the same name";
}

TEST_F(Watch, OfAGitFolderSeesCommitsAlone) {
    fs::create_directories(folder_.path() / ".git/objects");
    watch_.cover({});
    sees([] {});  // that the folder was made
    EXPECT_FALSE(sees([&] {
        folder_.write(".git/objects/aa", "x");
        folder_.write(".git/COMMIT_EDITMSG", "x");
    }));
    EXPECT_TRUE(sees([&] { folder_.write(".git/HEAD", "ref: refs/heads/main\n"); }));
}

TEST_F(Watch, WaitsForQuietButNotForEver) {
    watch_.cover({});
    std::stop_source stop;
    std::jthread writer([&](std::stop_token end) {
        for (int i = 0; !end.stop_requested(); ++i) {
            folder_.write("busy.py", std::to_string(i));
            std::this_thread::sleep_for(milliseconds(5));
        }
    });
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(watch_.wait(stop.get_token(), {.quiet = milliseconds(200), .most = milliseconds(400)}));
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(400));
}

TEST(WatchOfNothing, IsRefused) {
    try {
        FolderWatch watch("/there/is/no/such/folder");
        FAIL() << "there is nothing to watch";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "source.not_watchable");
    }
}

}  // namespace
}  // namespace gsdb::codebase::source
