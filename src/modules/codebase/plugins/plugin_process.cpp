#include "modules/codebase/plugins/plugin_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "modules/codebase/plugins/message.hpp"
#include "modules/codebase/plugins/worker.hpp"

namespace gsdb::codebase::plugins {

namespace {

using Clock = std::chrono::steady_clock;

/// Waits until the socket can be read or written. False at the deadline.
bool wait_for(int socket, short event, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd waited{socket, event, 0};
        const int ready = poll(&waited, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

/// Until a process is there, on a machine that is busy.
constexpr std::chrono::seconds start_limit{30};

enum class Outcome : std::uint8_t { done, late, gone };

Outcome send_all(int socket, std::string_view bytes, Clock::time_point deadline) {
    while (!bytes.empty()) {
        if (!wait_for(socket, POLLOUT, deadline)) return Outcome::late;
        const auto sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent <= 0) return Outcome::gone;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return Outcome::done;
}

Outcome receive_all(int socket, char* bytes, std::size_t size, Clock::time_point deadline) {
    while (size > 0) {
        if (!wait_for(socket, POLLIN, deadline)) return Outcome::late;
        const auto got = recv(socket, bytes, size, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got <= 0) return Outcome::gone;
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
    return Outcome::done;
}

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become_worker(int socket, const char* program, char* const* arguments) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = open("/dev/null", O_RDWR);
    if (dup2(socket, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0) _exit(127);
    close_range(3, ~0U, 0);
    char* const no_environment[] = {nullptr};
    execve(program, arguments, no_environment);
    _exit(127);
}

}  // namespace

PluginProcess::PluginProcess(PluginProcess&& other) noexcept
    : plugin_(other.plugin_),
      limits_(other.limits_),
      socket_(std::exchange(other.socket_, -1)),
      process_(std::exchange(other.process_, -1)) {}

PluginProcess::~PluginProcess() {
    end();
}

void PluginProcess::end() {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

bool PluginProcess::start() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    const auto program = limits_->program.string();
    const auto memory = std::to_string(limits_->memory_bytes);
    std::string name = "gsdb", command(worker_command), folder = plugin_->folder.string(), bytes = memory;
    char* const arguments[] = {name.data(), command.data(), folder.data(), bytes.data(), nullptr};
    process_ = fork();
    if (process_ == 0) become_worker(ends[1], program.c_str(), arguments);
    close(ends[1]);
    socket_ = ends[0];
    return process_ > 0;
}

/// What became of the process; it is over then.
std::string PluginProcess::how_it_ended(std::string_view what) {
    int status = 0;
    // It has closed its end, so it is about to end; if it is not, it is ended.
    const auto deadline = Clock::now() + std::chrono::seconds(5);
    pid_t ended = 0;
    while (ended == 0 && Clock::now() < deadline) {
        ended = waitpid(process_, &status, WNOHANG);
        if (ended == 0) usleep(2000);
    }
    if (ended == process_) process_ = -1;
    end();
    if (ended <= 0) return fmt::format("it stopped answering at {}", what);
    if (WIFSIGNALED(status)) return fmt::format("it crashed at {}: {}", what, strsignal(WTERMSIG(status)));
    return fmt::format("it ended with {} at {}", WEXITSTATUS(status), what);
}

std::expected<std::string, std::string> PluginProcess::ask(std::string_view question, std::string_view what,
                                                           std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    MessageWriter framed;
    framed.add_text(question);
    std::uint32_t size = 0;
    std::string answer;
    auto outcome = send_all(socket_, framed.take(), deadline);
    if (outcome == Outcome::done) outcome = receive_all(socket_, reinterpret_cast<char*>(&size), sizeof size, deadline);
    if (outcome == Outcome::done && (size == 0 || size > limits_->answer_bytes_max)) {
        end();
        return std::unexpected(fmt::format("it answered nonsense at {}", what));
    }
    if (outcome == Outcome::done) {
        answer.resize(size);
        outcome = receive_all(socket_, answer.data(), size, deadline);
    }
    if (outcome == Outcome::done) return answer;
    if (outcome == Outcome::gone) return std::unexpected(how_it_ended(what));
    end();
    return std::unexpected(
        fmt::format("it took longer than {:.0f} s at {}", std::chrono::duration<double>(limit).count(), what));
}

std::expected<void, std::string> PluginProcess::load() {
    if (process_ >= 0) return {};
    if (!start()) return std::unexpected("no process could be started for it");
    MessageWriter question;
    question.add(Question::load);
    auto answer = ask(question.take(), "loading", limits_->per_file + start_limit);
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (answer->front() == answer_ok) return {};
    end();
    return std::unexpected(answer->substr(1));
}

std::expected<std::string, std::string> PluginProcess::ask_loaded(std::string_view question, std::string_view what) {
    if (auto loaded = load(); !loaded) return std::unexpected(std::move(loaded.error()));
    auto answer = ask(question, what, limits_->per_file);
    if (answer && answer->front() != answer_ok) {
        end();
        return std::unexpected(fmt::format("it answered nonsense at {}", what));
    }
    return answer;
}

std::expected<MeasuredFacts, std::string> PluginProcess::extract(std::string_view path, std::string_view source) {
    MessageWriter question;
    question.add(Question::extract);
    question.add_text(source);
    auto answer = ask_loaded(question.take(), path);
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (auto facts = read_facts(std::string_view(*answer).substr(1), source)) return *std::move(facts);
    end();
    return std::unexpected(fmt::format("it answered nonsense at {}", path));
}

std::expected<std::vector<PluginFinding>, std::string> PluginProcess::check(std::string_view path,
                                                                            std::string_view language,
                                                                            std::string_view source) {
    MessageWriter question;
    question.add(Question::check);
    question.add_text(path), question.add_text(language), question.add_text(source);
    auto answer = ask_loaded(question.take(), path);
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (auto findings = read_findings(std::string_view(*answer).substr(1), source, *plugin_))
        return *std::move(findings);
    end();
    return std::unexpected(fmt::format("it answered nonsense at {}", path));
}

}  // namespace gsdb::codebase::plugins
