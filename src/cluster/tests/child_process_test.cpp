#include "cluster/child_process.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "cluster/lock_file.hpp"

namespace gsdb::cluster {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Command shell(std::string script) {
    return {.program = "/bin/sh", .arguments = {"-c", std::move(script)}, .environment = {"NAME=value"}};
}

TEST(Run, gives_output_and_status) {
    auto ran = run(shell("echo out; echo err >&2; exit 3"));
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->output, "out\nerr\n");
    EXPECT_EQ(describe_status(ran->status), "exit code 3");
    EXPECT_EQ(describe_status(run(shell("kill -9 $$"))->status), "signal 9 (Killed)");
}

TEST(Run, gives_the_child_its_own_environment_only) {
    setenv("GSDB_SECRET_FOR_TEST", "do not tell", 1);
    EXPECT_THAT(run(shell("env"))->output, AllOf(HasSubstr("NAME=value"), Not(HasSubstr("do not tell"))));
    unsetenv("GSDB_SECRET_FOR_TEST");
}

TEST(Run, gives_the_child_default_signals) {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_THAT(run(shell("grep SigIgn /proc/self/status"))->output, HasSubstr("0000000000000000"));
    signal(SIGPIPE, SIG_DFL);
}

TEST(Run, is_cut_short_when_cancelled) {
    std::stop_source source;
    std::jthread canceller([&] { source.request_stop(); });
    auto ran = run(shell("exec sleep 60"), source.get_token());
    ASSERT_TRUE(ran);
    EXPECT_TRUE(WIFSIGNALED(ran->status));
}

TEST(Spawn, says_why_a_program_did_not_start) {
    auto missing = spawn({.program = "/nonexistent/postgres"});
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/postgres"));
    EXPECT_EQ(missing.error().detail, "No such file or directory");
}

TEST(Spawn, the_child_ends_with_the_thread_that_started_it) {
    pid_t child = 0;
    std::jthread([&] {
        child = *spawn({.program = "/bin/sleep", .arguments = {"60"}, .parent_death_signal = SIGKILL});
    }).join();
    EXPECT_TRUE(wait_for_exit(child, 5s));
}

TEST(IsAlive, knows_zombies_and_the_dead) {
    EXPECT_TRUE(is_alive(getpid()));
    auto child = *spawn(shell("exit 0"));
    EXPECT_TRUE(wait_until_gone(child, 5s)) << "a zombie is gone";
    wait_for_exit(child, 5s);
    EXPECT_FALSE(is_alive(child));
}

TEST(LockFile, is_held_once_and_names_the_holder) {
    const auto path = std::filesystem::temp_directory_path() / ("gsdb-lock-" + std::to_string(getpid()));
    {
        auto held = LockFile::take(path, "test.in_use", "the test");
        ASSERT_TRUE(held);
        auto second = LockFile::take(path, "test.in_use", "the test");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, "test.in_use");
        EXPECT_EQ(second.error().message, "the test is in use by process " + std::to_string(getpid()));
        EXPECT_EQ(second.error().exit_code, ExitCode::conflict);
    }
    EXPECT_TRUE(LockFile::take(path, "test.in_use", "the test")) << "released with its object";
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace gsdb::cluster
