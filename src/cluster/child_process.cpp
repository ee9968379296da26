#include "cluster/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/child_signals.hpp"

namespace gsdb::cluster {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Pipe {
    int read = -1;
    int write = -1;

    Pipe() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) == 0) read = ends[0], write = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() { close_read(), close_write(); }
    void close_read() { close_end(read); }
    void close_write() { close_end(write); }

  private:
    static void close_end(int& end) {
        if (end >= 0) close(end);
        end = -1;
    }
};

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// The child's way from fork to exec. Only calls that are safe after fork in a program with threads. Returns on
/// failure.
void become_program(const Command& command, pid_t parent, char* const* arguments, char* const* environment) {
    restore_signals();
    setsid();
    umask(077);
    if (command.user && !become(*command.user)) return;
    if (command.parent_death_signal != 0) {
        // After the change of user, which clears the setting. The parent may have died before it took effect.
        if (prctl(PR_SET_PDEATHSIG, command.parent_death_signal) != 0) return;
        if (getppid() != parent) _exit(127);
    }
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const auto given = [&](int descriptor, int otherwise) { return descriptor >= 0 ? descriptor : otherwise; };
    const int output = given(command.output, null);
    if (null < 0 || dup2(given(command.input, null), 0) < 0) return;
    if (dup2(output, 1) < 0 || dup2(given(command.errors, output), 2) < 0) return;
    for (int descriptor : command.inherited)
        if (fcntl(descriptor, F_SETFD, 0) != 0) return;
    // The folder of the caller may be closed to the other user, or be removed while the server runs.
    if (chdir("/") != 0) return;
    execve(command.program.c_str(), arguments, environment);
}

}  // namespace

Result<pid_t> spawn(const Command& command) {
    std::vector<std::string> texts{command.program.string()};
    texts.insert(texts.end(), command.arguments.begin(), command.arguments.end());
    const auto arguments = c_strings(texts);
    const auto environment = c_strings(command.environment);
    Pipe failure;  // closed by a successful exec, else carries errno
    const auto parent = getpid();
    const auto child = fork();
    if (child == 0) {
        become_program(command, parent, arguments.data(), environment.data());
        const int cause = errno;
        [[maybe_unused]] auto written = write(failure.write, &cause, sizeof cause);
        _exit(127);
    }
    int cause = errno;
    failure.close_write();
    if (child > 0 && read(failure.read, &cause, sizeof cause) != sizeof cause) return child;
    if (child > 0) waitpid(child, nullptr, 0);
    return std::unexpected(Error{
        .code = "process.not_started",
        .message = fmt::format("cannot start {}{}", command.program.string(),
                               command.user && command.user->drops ? " as " + command.user->name() : ""),
        .detail = std::strerror(cause),
        .hint = cause == EACCES || cause == ENOENT ? "is the program there, and may this user reach and run it?" : "",
        .exit_code = ExitCode::unavailable});
}

Result<Finished> run(Command command, const std::stop_token& cancel) {
    constexpr std::size_t output_bytes_max = 64 << 10;
    Pipe pipe;
    command.output = pipe.write;
    auto child = spawn(command);
    if (!child) return std::unexpected(child.error());
    pipe.close_write();

    Finished finished{};
    std::array<char, 4096> buffer;
    for (bool killed = false;;) {
        if (cancel.stop_requested() && !killed) killed = kill(*child, SIGKILL) == 0;
        pollfd readable{.fd = pipe.read, .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, 50) == 0) continue;
        const auto count = read(pipe.read, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        finished.output.append(buffer.data(), static_cast<std::size_t>(count));
        if (finished.output.size() > output_bytes_max)
            finished.output.erase(0, finished.output.size() - output_bytes_max);
    }
    while (waitpid(*child, &finished.status, 0) < 0 && errno == EINTR) {
    }
    return finished;
}

std::string describe_status(int status) {
    if (WIFSIGNALED(status)) return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return fmt::format("exit code {}", WEXITSTATUS(status));
}

std::optional<int> wait_for_exit(pid_t child, milliseconds limit) {
    const auto deadline = steady_clock::now() + limit;
    for (auto pause = 1ms;; pause = std::min(pause * 2, 20ms)) {
        int status = 0;
        const auto ended = waitpid(child, &status, WNOHANG);
        if (ended == child) return status;
        if (ended < 0 && errno == ECHILD) return 0;  // somebody else reaped it: gone all the same
        if (steady_clock::now() >= deadline) return std::nullopt;
        std::this_thread::sleep_for(pause);
    }
}

bool is_alive(pid_t process) {
    // "4711 (postgres) Z 1 ...": the name may hold anything, so the state follows the last parenthesis.
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string text;
    std::getline(file, text);
    const auto end = text.rfind(')');
    return end != std::string::npos && end + 2 < text.size() && text[end + 2] != 'Z' && text[end + 2] != 'X';
}

bool wait_until_gone(pid_t process, milliseconds limit) {
    const auto deadline = steady_clock::now() + limit;
    for (auto pause = 1ms; is_alive(process); pause = std::min(pause * 2, 20ms)) {
        if (steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

}  // namespace gsdb::cluster
