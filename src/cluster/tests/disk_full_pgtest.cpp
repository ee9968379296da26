// The embedded server on a disk without space: a small file system that only the supervisor's process sees.

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include "cluster/test_cluster.hpp"
#include "cluster/test_supervisor.hpp"

namespace gsdb::cluster {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

/// Mounts a file system of this size on `folder`, for this process and its children alone.
void mount_small_disk(const fs::path& folder, int megabytes) {
    const auto uid = geteuid();
    const auto gid = getegid();
    const int user_too = uid == 0 ? 0 : CLONE_NEWUSER;
    auto fail = [](const char* step) {
        throw Failure({.code = "test.no_mount", .message = fmt::format("{}: {}", step, std::strerror(errno))});
    };
    if (unshare(CLONE_NEWNS | user_too) != 0) fail("unshare");
    if (user_too != 0) {
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << fmt::format("{0} {0} 1", uid);
        std::ofstream("/proc/self/gid_map") << fmt::format("{0} {0} 1", gid);
    }
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("mount --make-rprivate");
    fs::create_directories(folder);
    if (mount("small", folder.c_str(), "tmpfs", 0, fmt::format("size={}m,mode=0700", megabytes).c_str()) != 0)
        fail("mount");
}

/// Adds to the file until there is no space for more.
void fill_disk(const fs::path& path) {
    std::ofstream file(path, std::ios::binary | std::ios::app);
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
}

/// What the supervisor in the other process last reported, in memory that both share.
struct SharedStatus {
    std::atomic<ServerState> state = ServerState::starting;
    std::atomic<int> restarts = 0;
    std::array<char, 512> reason{};

    static SharedStatus& make() {
        auto* memory = mmap(nullptr, sizeof(SharedStatus), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return *new (memory) SharedStatus;
    }
    void operator()(const ServerStatus& status) {
        std::strncpy(reason.data(), status.reason.c_str(), reason.size() - 1);
        restarts = status.restarts;
        state = status.state;
    }
    bool await(ServerState wanted, std::chrono::seconds limit) const {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (state != wanted && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
        return state == wanted;
    }
};

TEST(DiskFull, initdb_names_the_folder_and_the_space) {
    TestFolder folder("full");
    Home home(folder.path() / "home");
    SupervisorProcess supervisor(test_options(home.root()), [&] { mount_small_disk(home.cluster(), 12); });
    auto ready = supervisor.await_ready();
    ASSERT_FALSE(ready);
    if (ready.error().code == "test.no_mount") GTEST_SKIP() << "cannot mount here: " << ready.error().message;
    EXPECT_EQ(ready.error().code, "cluster.disk_full");
    EXPECT_THAT(ready.error().message, HasSubstr(home.cluster().string()));
    EXPECT_THAT(ready.error().detail, HasSubstr("of 13 MB are free"));
    EXPECT_THAT(ready.error().hint, HasSubstr("GSDB_HOME"));
}

TEST(DiskFull, the_running_server_recovers_by_itself_once_there_is_space) {
    TestFolder folder("full");
    Home home(folder.path() / "home");
    const auto ballast = home.cluster() / "ballast";
    auto& status = SharedStatus::make();
    auto options = test_options(home.root());
    options.settings["synchronous_commit"] = "on";
    options.settings["max_wal_size"] = "8MB";
    options.settings["min_wal_size"] = "2MB";
    options.on_change = std::ref(status);
    SupervisorProcess supervisor(options, [&] {
        mount_small_disk(home.cluster(), 64);
        const int file = open(ballast.c_str(), O_CREAT | O_WRONLY, 0600);
        if (posix_fallocate(file, 0, 12 << 20) != 0) throw std::runtime_error("no space for the ballast");
        close(file);
    });
    auto ready = supervisor.await_ready();
    if (!ready && ready.error().code == "test.no_mount") GTEST_SKIP() << "cannot mount here: " << ready.error().message;
    ASSERT_TRUE(ready) << ready.error().message << ready.error().detail;

    ASSERT_TRUE(execute(*ready, "create table kept (n int, filler text)"));
    ASSERT_TRUE(execute(*ready, "alter table kept alter filler set storage external"));
    // Log that is kept cannot be written over, so its growth has to fill the disk.
    ASSERT_TRUE(execute(*ready, "select pg_create_physical_replication_slot('kept', true)"));
    constexpr auto insert = "insert into kept values ({}, repeat('x', 200000))";
    int acknowledged = 0;
    while (acknowledged < 1000 && execute(*ready, fmt::format(insert, acknowledged + 1))) ++acknowledged;
    ASSERT_GT(acknowledged, 10);
    ASSERT_LT(acknowledged, 1000) << "the disk was never full";
    // The server lives on as long as its log has room: take every byte that is left, and ask for more log.
    const auto rest = fs::path(fmt::format("/proc/{}/root{}", supervisor.pid(), (home.cluster() / "rest").string()));
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (status.state != ServerState::failed && std::chrono::steady_clock::now() < deadline) {
        fill_disk(rest);
        execute(*ready, "select pg_switch_wal(), pg_logical_emit_message(true, 'gsdb', repeat('x', 100000))");
    }
    ASSERT_EQ(status.state, ServerState::failed);
    EXPECT_THAT(status.reason.data(), AllOf(HasSubstr("no space left"), HasSubstr(home.cluster().string())));

    fs::remove(fs::path(fmt::format("/proc/{}/root{}", supervisor.pid(), ballast.string())));
    fs::remove(rest);
    ASSERT_TRUE(status.await(ServerState::ready, 60s)) << status.reason.data();
    EXPECT_GE(status.restarts, 1);
    EXPECT_EQ(ask(*ready, fmt::format("select count(distinct n) from kept where n <= {}", acknowledged)),
              std::to_string(acknowledged));
    EXPECT_TRUE(execute(*ready, fmt::format(insert, 0)));
}

}  // namespace
}  // namespace gsdb::cluster
