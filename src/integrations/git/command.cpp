#include "integrations/git/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/descriptor.hpp"
#include "modules/codebase/source/root_folder.hpp"

extern char** environ;

namespace gsdb::git {

namespace {

constexpr std::size_t errors_bytes_max = 8 << 10;
constexpr std::chrono::milliseconds poll_interval{100};
constexpr std::chrono::seconds patience_after_term{2};

// What git and ssh may know of our environment. Everything else stays here, secrets above all.
bool is_passed_on(std::string_view name) {
    constexpr std::array exact{"PATH",
                               "HOME",
                               "USER",
                               "LOGNAME",
                               "LANG",
                               "TMPDIR",
                               "SSH_AUTH_SOCK",
                               "SSH_AGENT_PID",
                               "GIT_SSH",
                               "GIT_SSH_COMMAND",
                               "GIT_SSH_VARIANT",
                               "GIT_SSL_CAINFO",
                               "GIT_SSL_CAPATH",
                               "GIT_CONFIG_GLOBAL",
                               "GIT_CONFIG_SYSTEM",
                               "GIT_CONFIG_NOSYSTEM",
                               "SSL_CERT_FILE",
                               "SSL_CERT_DIR",
                               "CURL_CA_BUNDLE",
                               "KRB5CCNAME",
                               "http_proxy",
                               "https_proxy",
                               "all_proxy",
                               "no_proxy",
                               "HTTP_PROXY",
                               "HTTPS_PROXY",
                               "ALL_PROXY",
                               "NO_PROXY"};
    return name.starts_with("XDG_") ||
           std::ranges::any_of(exact, [&](std::string_view known) { return name == known; });
}

using Settings = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> environment_for(const std::string& allowed_protocols, const Settings& hidden) {
    std::vector<std::string> result;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (is_passed_on(text.substr(0, text.find('=')))) result.emplace_back(text);
    }
    for (std::string_view fixed :
         {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_ASKPASS=true",
          "SSH_ASKPASS=true", "GIT_PAGER=cat"}) {
        result.emplace_back(fixed);
    }
    result.push_back("GIT_ALLOW_PROTOCOL=" + allowed_protocols);
    result.push_back(fmt::format("GIT_CONFIG_COUNT={}", hidden.size()));
    for (std::size_t i = 0; i < hidden.size(); ++i) {
        result.push_back(fmt::format("GIT_CONFIG_KEY_{}={}", i, hidden[i].first));
        result.push_back(fmt::format("GIT_CONFIG_VALUE_{}={}", i, hidden[i].second));
    }
    return result;
}

std::vector<std::string> full_arguments(std::vector<std::string> arguments) {
    std::vector<std::string> result{"git"};
    // The owner of a repository we only read does not matter (see libgit.cpp); what its configuration could make git
    // run does: hooks and the file system monitor are off, the network is closed by GIT_ALLOW_PROTOCOL.
    for (const char* setting : {"safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null", "gc.auto=0",
                                "maintenance.auto=false", "protocol.ext.allow=never"}) {
        result.emplace_back("-c");
        result.emplace_back(setting);
    }
    std::ranges::move(arguments, std::back_inserter(result));
    return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (auto& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Pipe make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// A socket, since writing to one can be told not to raise SIGPIPE when git is gone.
Pipe make_input() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Error missing_error(int error) {
    return {.code = "git.missing",
            .message = "the git program cannot be started",
            .detail = std::generic_category().message(error),
            .hint = "install git (apt install git) and see that it is on the PATH",
            .exit_code = ExitCode::unavailable};
}

struct Child {
    pid_t process = -1;
    Descriptor input;  // to the child's standard input
    Descriptor output;
    Descriptor errors;  // closed unless asked for
};

enum class Errors { collected, dropped };

// What the child is before it becomes git: in its own session (without a terminal neither git nor ssh can ask a
// question and wait for ever), with no signal blocked and SIGPIPE as it comes.
class SpawnAttributes {
  public:
    SpawnAttributes() {
        check(::posix_spawnattr_init(&attributes_));
        sigset_t none, pipe;
        ::sigemptyset(&none);
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        check(::posix_spawnattr_setsigmask(&attributes_, &none));
        check(::posix_spawnattr_setsigdefault(&attributes_, &pipe));
        check(::posix_spawnattr_setflags(&attributes_,
                                         POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
        check(::posix_spawn_file_actions_init(&actions_));
    }
    ~SpawnAttributes() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    void connect(const Descriptor& descriptor, int as) {
        check(::posix_spawn_file_actions_adddup2(&actions_, descriptor.number(), as));
    }
    void work_in(const std::string& folder) {
        if (!folder.empty()) check(::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()));
    }
    /// Copies nothing of this program, however large it is. Returns what errno says.
    int start(pid_t& process, const char* program, char* const* arguments, char* const* environment) const {
        return ::posix_spawnp(&process, program, &actions_, &attributes_, arguments, environment);
    }

  private:
    static void check(int error) {
        if (error != 0) throw std::system_error(error, std::generic_category(), "posix_spawn");
    }

    posix_spawnattr_t attributes_{};
    posix_spawn_file_actions_t actions_{};
};

Result<Child> start_git(std::vector<std::string> arguments, const std::string& folder,
                        const std::string& allowed_protocols, Errors errors, const Settings& hidden = {}) {
    auto argument_texts = full_arguments(std::move(arguments));
    auto environment_texts = environment_for(allowed_protocols, hidden);
    const auto argument_pointers = pointers_to(argument_texts);
    const auto environment_pointers = pointers_to(environment_texts);
    Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    auto input = make_input();
    auto output = make_pipe();
    auto error_output = make_pipe();

    SpawnAttributes attributes;
    attributes.work_in(folder);
    attributes.connect(input.read_end, STDIN_FILENO);
    attributes.connect(output.write_end, STDOUT_FILENO);
    attributes.connect(errors == Errors::collected ? error_output.write_end : nothing, STDERR_FILENO);
    pid_t process = -1;
    if (const int error = attributes.start(process, "git", argument_pointers.data(), environment_pointers.data());
        error != 0)
        return std::unexpected(missing_error(error));
    return Child{process, std::move(input.write_end), std::move(output.read_end),
                 errors == Errors::collected ? std::move(error_output.read_end) : Descriptor()};
}

// Ends the child and everything it started; returns when it is gone.
void end_child(pid_t process) {
    ::kill(-process, SIGTERM);
    for (auto waited = std::chrono::milliseconds{0}; waited < patience_after_term; waited += poll_interval) {
        if (::waitpid(process, nullptr, WNOHANG) != 0) return;
        std::this_thread::sleep_for(poll_interval);
    }
    ::kill(-process, SIGKILL);
    ::waitpid(process, nullptr, 0);
}

class LineSplitter {
  public:
    explicit LineSplitter(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
    void add(std::string_view text) {
        for (char c : text) {
            if (c != '\n' && c != '\r') {
                line_ += c;
                continue;
            }
            if (on_line_ && !line_.empty()) on_line_(line_);
            line_.clear();
        }
    }

  private:
    const std::function<void(std::string_view)>& on_line_;
    std::string line_;
};

// Takes what is there to read; closes the descriptor at its end.
std::string drain(Descriptor& from) {
    std::array<char, 64 << 10> buffer;
    const auto got = ::read(from.number(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (got <= 0) {
        from = Descriptor();
        return {};
    }
    return {buffer.data(), static_cast<std::size_t>(got)};
}

}  // namespace

Result<CommandResult> run_git(std::vector<std::string> arguments, const CommandOptions& options) {
    const std::string verb = arguments.empty() ? "" : arguments.front();
    auto child = start_git(std::move(arguments), options.folder, options.allowed_protocols, Errors::collected,
                           options.hidden_settings);
    if (!child) return std::unexpected(child.error());
    child->input = Descriptor();
    CommandResult result;
    LineSplitter lines(options.on_error_line);
    const auto deadline = std::chrono::steady_clock::now() + options.time_max;
    while (child->output.is_open() || child->errors.is_open()) {
        const bool late = std::chrono::steady_clock::now() > deadline;
        if (late || options.stop.stop_requested()) {
            end_child(child->process);
            if (!late)
                return std::unexpected(
                    Error{"git.interrupted", "git " + verb + " was stopped", "", "", ExitCode::interrupted});
            return std::unexpected(
                Error{.code = "git.timeout",
                      .message = fmt::format("git {} did not end within {} s", verb, options.time_max.count()),
                      .detail = result.errors,
                      .hint = "look at the network and the server, or allow more time",
                      .exit_code = ExitCode::unavailable});
        }
        std::array<pollfd, 2> waiting{{{child->output.number(), POLLIN, 0}, {child->errors.number(), POLLIN, 0}}};
        ::poll(waiting.data(), waiting.size(), static_cast<int>(poll_interval.count()));
        if (waiting[0].revents != 0) result.output += drain(child->output);
        if (waiting[1].revents != 0) {
            const auto text = drain(child->errors);
            lines.add(text);
            result.errors += text;
            if (result.errors.size() > errors_bytes_max)
                result.errors.erase(0, result.errors.size() - errors_bytes_max);
        }
    }
    int status = 0;
    while (::waitpid(child->process, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

struct CatFile::Process {
    Child child;
};

CatFile::CatFile(std::unique_ptr<Process> process) : contents_(std::move(process)) {}

CatFile::~CatFile() {
    contents_->child.input = Descriptor();   // cat-file ends at the end of its input
    contents_->child.output = Descriptor();  // or, if it is writing, by SIGPIPE
    ::waitpid(contents_->child.process, nullptr, 0);
}

Result<std::unique_ptr<CatFile>> CatFile::start(const std::string& git_dir) {
    auto child =
        start_git({"--git-dir=" + git_dir, "cat-file", "--batch-command", "--buffer"}, "", "none", Errors::dropped);
    if (!child) return std::unexpected(child.error());
    return std::unique_ptr<CatFile>(new CatFile(std::make_unique<Process>(std::move(*child))));
}

Result<CatFile::Object> CatFile::read(const std::string& id, std::uint64_t bytes_max) {
    const auto ask = [&](const char* what) -> Result<Object> {
        const auto question = fmt::format("{} {}\nflush\n", what, id);
        const auto sent = ::send(contents_->child.input.number(), question.data(), question.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(question.size())) {
            return std::unexpected(Error{"git.failed", "git cat-file ended", std::generic_category().message(errno)});
        }
        auto header = read_line();
        if (!header) return std::unexpected(header.error());
        const auto first = header->find(' ');
        const auto second = first == std::string::npos ? first : header->find(' ', first + 1);
        if (second == std::string::npos) return Object{.type = "missing"};
        return Object{.type = header->substr(first + 1, second - first - 1),
                      .size = std::stoull(header->substr(second + 1))};
    };
    auto object = ask("info");
    if (!object || object->type == "missing" || object->size > bytes_max || bytes_max == 0) return object;
    object = ask("contents");
    if (!object || object->type == "missing") return object;
    auto bytes = read_bytes(object->size + 1);  // a line feed follows
    if (!bytes) return std::unexpected(bytes.error());
    bytes->pop_back();
    object->bytes = std::move(*bytes);
    return object;
}

Result<void> CatFile::fill() {
    buffer_.erase(0, taken_);
    taken_ = 0;
    auto more = drain(contents_->child.output);
    if (!contents_->child.output.is_open()) return std::unexpected(Error{"git.failed", "git cat-file ended early"});
    buffer_ += more;
    return {};
}

Result<std::string> CatFile::read_line() {
    for (;;) {
        if (const auto end = buffer_.find('\n', taken_); end != std::string::npos) {
            auto line = buffer_.substr(taken_, end - taken_);
            taken_ = end + 1;
            return line;
        }
        if (auto filled = fill(); !filled) return std::unexpected(filled.error());
    }
}

Result<std::string> CatFile::read_bytes(std::uint64_t count) {
    while (buffer_.size() - taken_ < count) {
        if (auto filled = fill(); !filled) return std::unexpected(filled.error());
    }
    auto bytes = buffer_.substr(taken_, count);
    taken_ += count;
    return bytes;
}

}  // namespace gsdb::git
