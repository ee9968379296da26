#pragma once
// A PostgreSQL of this test program's own in /dev/shm. The cluster layer's TestCluster stands above this folder, so the
// tests here have this smaller one: no supervision, no templates, but a stop() and start() of their own.

#include <grp.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "pg/connect_options.hpp"

namespace gsdb::pg::test {

inline const std::string pg_bin = "/usr/lib/postgresql/15/bin/";

/// Starts a program as `postgres` when this is root, which initdb and postgres refuse to run as. It dies
/// with the thread that started it, so that must be one that lasts.
inline pid_t start_program(std::vector<std::string> arguments, const std::string& log) {
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const auto* user = geteuid() == 0 ? getpwnam("postgres") : nullptr;
    auto parent = getpid();
    auto child = fork();
    if (child != 0) return child;
    if (user && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGINT);  // after setuid, which clears it
    if (getppid() != parent) _exit(126);
    if (!freopen(log.c_str(), "a", stdout) || !freopen(log.c_str(), "a", stderr)) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
}

inline int wait_for_exit(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class TestServer {
  public:
    /// The server of this test program, started on first use and removed at its end.
    static TestServer& instance() {
        static TestServer server;
        return server;
    }

    TestServer() {
        std::string pattern = "/dev/shm/gsdb-pg-test-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        if (const auto* user = geteuid() == 0 ? getpwnam("postgres") : nullptr)
            if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown " + folder_);
        auto initdb = start_program(
            {pg_bin + "initdb", "-N", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8", "-D", data()},
            log());
        if (wait_for_exit(initdb) != 0) fail("initdb failed");
        std::ofstream(data() + "/pg_hba.conf") << "local all asks_password scram-sha-256\nlocal all all trust\n";
        start();
    }
    ~TestServer() {
        stop();
        std::filesystem::remove_all(folder_);
    }

    /// The folder of its socket is named as the embedded server names it: from the data directory.
    void start() {
        pid_ = start_program({pg_bin + "postgres", "-D", data(), "-k", "..", "-c", "listen_addresses=", "-c",
                              "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c",
                              "shared_buffers=64MB", "-c", "max_connections=40", "-c", "deadlock_timeout=50ms"},
                             log());
        auto info = "host=" + folder_ + " user=postgres dbname=postgres";
        while (PQping(info.c_str()) != PQPING_OK) {
            if (waitpid(pid_, nullptr, WNOHANG) == pid_) fail("postgres ended");
            std::this_thread::sleep_for(std::chrono::milliseconds{3});
        }
    }
    /// SIGINT is a fast shutdown, SIGQUIT an immediate one.
    void stop(int signal = SIGINT) {
        if (pid_ == 0) return;
        kill(pid_, signal);
        wait_for_exit(pid_);
        pid_ = 0;
    }

    void signal(int signal) const { kill(pid_, signal); }

    ConnectOptions options(std::string database = "postgres") const {
        return {.host = folder_, .database = std::move(database), .user = "postgres", .application_name = "pg_pgtest"};
    }
    const std::string& folder() const { return folder_; }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        std::ostringstream said;
        said << what << ": " << std::ifstream(log()).rdbuf();
        std::filesystem::remove_all(folder_);
        throw std::runtime_error(said.str());
    }
    std::string data() const { return folder_ + "/data"; }
    std::string log() const { return folder_ + "/log"; }

    std::string folder_;
    pid_t pid_ = 0;
};

}  // namespace gsdb::pg::test
