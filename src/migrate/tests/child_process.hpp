#pragma once
// Starts migrate_process, reads what it tells, and kills it.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gsdb::migrate::testing {

class MigrateProcess {
  public:
    /// The program lies beside this test's.
    explicit MigrateProcess(const std::vector<std::string>& arguments) {
        const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "migrate_process";
        std::vector<char*> values{const_cast<char*>(program.c_str())};
        for (const auto& argument : arguments) values.push_back(const_cast<char*>(argument.c_str()));
        values.push_back(nullptr);
        int output[2];
        if (::pipe2(output, O_CLOEXEC) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(output[1], STDOUT_FILENO);
            ::execv(values.front(), values.data());
            ::_exit(127);
        }
        ::close(output[1]);
        output_ = ::fdopen(output[0], "r");
    }
    MigrateProcess(const MigrateProcess&) = delete;
    MigrateProcess& operator=(const MigrateProcess&) = delete;
    ~MigrateProcess() {
        kill();
        std::fclose(output_);
    }

    /// The next line it tells, or nothing at its end.
    std::optional<std::string> next_line() {
        char line[256];
        if (!std::fgets(line, sizeof line, output_)) return std::nullopt;
        std::string text(line);
        text.pop_back();
        return text;
    }

    /// True when it ended by itself and well.
    bool wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

    /// Waits at most so long; true when it has ended.
    bool wait_for(std::chrono::microseconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        for (int status = 0; pid_ > 0; std::this_thread::sleep_for(std::chrono::microseconds(500))) {
            if (::waitpid(pid_, &status, WNOHANG) == pid_) pid_ = 0;
            if (std::chrono::steady_clock::now() >= end) break;
        }
        return pid_ == 0;
    }

    void kill() {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        wait();
    }

  private:
    pid_t pid_ = 0;
    FILE* output_ = nullptr;
};

}  // namespace gsdb::migrate::testing
