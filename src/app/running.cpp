#include "app/running.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gsdb::app {

namespace json = boost::json;

namespace {

std::filesystem::path state_file(const cluster::Home& home) {
    return home.run() / "gsdb.json";
}

/// A pid alone may have been given to another program meanwhile: the executable must be ours as well.
bool is_alive(pid_t pid) {
    if (pid <= 0 || kill(pid, 0) != 0) return false;
    std::error_code problem;
    auto ours = std::filesystem::read_symlink("/proc/self/exe", problem);
    auto theirs = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), problem);
    return !problem && theirs.filename().string().starts_with(ours.filename().string());
}

Failure cannot(const std::string& what, int error_number) {
    return Failure({.code = "program.detach_failed",
                    .message = "cannot go into the background: " + what,
                    .detail = std::generic_category().message(error_number),
                    .hint = "run gsdb up without --detach"});
}

/// Parent: the child's word that it is ready, or its end.
[[noreturn]] void wait_for(pid_t child, int ready_pipe) {
    char word = 0;
    if (read(ready_pipe, &word, 1) == 1) _exit(0);
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::failed));
}

/// From now on the daemon's output goes where it can be read later.
void redirect_output(const std::filesystem::path& log) {
    int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, STDIN_FILENO);
    if (file >= 0) {
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
    }
}

}  // namespace

void write_running(const cluster::Home& home, const RunningProgram& program) {
    auto draft = home.run() / "gsdb.json.new";
    {
        std::ofstream file(draft);
        file << json::serialize(json::object{{"pid", program.pid},
                                             {"url", program.url},
                                             {"started_at", program.started_at},
                                             {"version", program.version}})
             << "\n";
        if (!file.flush())
            throw Failure({.code = "home.not_writable",
                           .message = "cannot write " + draft.string(),
                           .detail = "",
                           .hint = "is the disk full?",
                           .exit_code = ExitCode::unavailable});
    }
    std::filesystem::rename(draft, state_file(home));
}

void remove_running(const cluster::Home& home) {
    std::error_code ignored;
    std::filesystem::remove(state_file(home), ignored);
}

std::optional<RunningProgram> find_running(const cluster::Home& home) {
    std::ifstream file(state_file(home));
    if (!file) return std::nullopt;
    std::stringstream text;
    text << file.rdbuf();
    boost::system::error_code problem;
    auto value = json::parse(text.str(), problem);
    if (problem || !value.is_object()) return std::nullopt;
    const auto& state = value.get_object();
    try {
        RunningProgram program{.pid = static_cast<pid_t>(state.at("pid").to_number<std::int64_t>()),
                               .url = std::string(state.at("url").as_string()),
                               .started_at = std::string(state.at("started_at").as_string()),
                               .version = std::string(state.at("version").as_string())};
        if (is_alive(program.pid)) return program;
    } catch (const std::exception&) {
        // A file of another version is no running program of this one.
    }
    return std::nullopt;
}

std::function<void()> detach(const cluster::Home& home) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw cannot("pipe", errno);
    auto child = fork();
    if (child < 0) throw cannot("fork", errno);
    if (child > 0) {
        close(ends[1]);
        wait_for(child, ends[0]);
    }
    close(ends[0]);
    setsid();
    return [ready = ends[1], log = home.log() / "gsdb.log"] {
        redirect_output(log);
        std::ignore = write(ready, "r", 1);
        close(ready);
    };
}

}  // namespace gsdb::app
