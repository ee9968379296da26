#include "process/watched.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gsdb::process {

namespace {

// A supervisor that is told to kill is done in a few milliseconds; one that is not is left to its own patience.
constexpr int patience_milliseconds = 2000;
constexpr std::string_view usual_path = "/usr/local/bin:/usr/bin:/bin";

[[noreturn]] void refuse(std::string message, std::string hint) {
    throw Failure({.code = "process.cannot_start",
                   .message = std::move(message),
                   .hint = std::move(hint),
                   .exit_code = ExitCode::usage});
}

bool has_nul(std::string_view text) {
    return text.contains('\0');
}

const Command& checked(const Command& command) {
    if (command.arguments.empty() || command.arguments.front().empty())
        refuse("the command names no program", "give the program as the first argument");
    if (std::ranges::any_of(command.arguments, has_nul) || has_nul(command.folder.native()))
        refuse(fmt::format("an argument or the folder of {} holds a NUL byte", command.arguments.front()),
               "pass such bytes as input, or in a file");
    for (const auto& [name, value] : command.environment) {
        if (name.empty() || name.contains('=') || has_nul(name) || has_nul(value))
            refuse(fmt::format("\"{}\" cannot be a variable of {}'s environment", name, command.arguments.front()),
                   "a name is not empty and holds no =, neither name nor value a NUL byte");
    }
    return command;
}

/// Where the program may be, seen from the command's folder.
std::vector<std::string> places_of(const Command& command) {
    const auto& program = command.arguments.front();
    if (program.contains('/')) return {program};
    const auto path = command.environment.find("PATH");
    const std::string_view folders = path == command.environment.end() ? usual_path : path->second;
    std::vector<std::string> places;
    for (const auto folder : std::views::split(folders, ':')) {
        const std::string_view name(folder.begin(), folder.end());
        places.push_back(name.empty() ? "./" + program : fmt::format("{}/{}", name, program));
    }
    return places;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// A file in memory, read only: whoever does not read it blocks nobody.
Descriptor input_of(const std::string& text) {
    if (text.empty()) return opened(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
    auto file = opened(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
    if (!write_all(file.number(), text)) throw std::system_error(errno, std::generic_category(), "input");
    lseek(file.number(), 0, SEEK_SET);
    fcntl(file.number(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return file;
}

struct Ends {
    Descriptor ours, theirs;
};

Ends make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    auto theirs = Descriptor(ends[1]);
    return {opened(ends[0], "pipe"), opened(theirs.release(), "pipe")};
}

Ends make_control() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        throw std::system_error(errno, std::generic_category(), "socketpair");
    auto theirs = Descriptor(ends[1]);
    return {opened(ends[0], "socketpair"), opened(theirs.release(), "socketpair")};
}

std::uint64_t microseconds_of(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds longest = std::chrono::days(3650);
    return static_cast<std::uint64_t>(
        std::chrono::microseconds(std::clamp(time, std::chrono::milliseconds(0), longest)).count());
}

void set_limits(Plan& plan, const Limits& limits) {
    plan.wall_time = microseconds_of(limits.wall_time);
    plan.grace = microseconds_of(limits.grace);
    if (limits.cpu_seconds_max)
        plan.cpu_time_max = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(*limits.cpu_seconds_max * 1e6));
    plan.memory_bytes_max = limits.memory_bytes_max.value_or(0);
    plan.file_bytes_max = limits.file_bytes_max.value_or(0);
    plan.processes_max = limits.processes_max;
    plan.units = kernel_units();
}

/// With all signals blocked, so that no handler of ours ever runs in the child.
pid_t fork_supervisor(const Plan& plan) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto child = fork();
    if (child == 0) supervise(plan);
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    return child;
}

Descriptor open_process(pid_t process) {
    return opened(static_cast<int>(syscall(SYS_pidfd_open, process, 0)), "pidfd_open");
}

Descriptor rules_of(const Command& command) {
    if (!command.writable) return {};
    try {
        return write_rules(*command.writable);
    } catch (const std::system_error& error) {
        throw Failure({.code = "process.cannot_start",
                       .message = fmt::format("{} cannot be kept from writing elsewhere", command.arguments.front()),
                       .detail = error.what(),
                       .hint = "that needs Linux 5.19 or later with Landlock in /sys/kernel/security/lsm",
                       .exit_code = ExitCode::unavailable});
    }
}

std::optional<Cgroup> cgroup_for(const Command& command) {
    if (!command.cgroup_parent) return std::nullopt;
    return Cgroup::create(*command.cgroup_parent, {.memory_bytes_max = command.limits.memory_bytes_max,
                                                   .processes_max = command.limits.processes_max});
}

}  // namespace

Watched::Watched(Executor executor, const Command& command) : cgroup_(cgroup_for(checked(command))), ended_(executor) {
    const auto rules = rules_of(command);
    auto arguments = command.arguments;
    auto places = places_of(command);
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
    const auto argument_pointers = pointers_to(arguments), place_pointers = pointers_to(places),
               variable_pointers = pointers_to(variables);
    try {
        const auto input = input_of(command.input);
        auto [our_output, their_output] = make_pipe();
        auto [our_errors, their_errors] = make_pipe();
        auto [our_control, their_control] = make_control();
        Plan plan{.programs = place_pointers.data(),
                  .arguments = argument_pointers.data(),
                  .environment = variable_pointers.data(),
                  .folder = command.folder.empty() ? nullptr : command.folder.c_str(),
                  .input = input.number(),
                  .output = their_output.number(),
                  .errors = their_errors.number(),
                  .write_rules = rules.number(),
                  .control = their_control.number()};
        if (cgroup_) {
            plan.cgroup_parent = cgroup_->parent();
            plan.cgroup_folder = cgroup_->folder();
            plan.cgroup_name = cgroup_->name();
            plan.cgroup_keeps_limits = cgroup_->keeps_limits();
        }
        set_limits(plan, command.limits);
        output = std::move(our_output), errors = std::move(our_errors), control_ = std::move(our_control);
        supervisor_ = fork_supervisor(plan);
        ended_.assign(open_process(supervisor_).release());
    } catch (const std::system_error& error) {
        reap();
        throw Failure({.code = "process.cannot_start",
                       .message = fmt::format("no process can be made for {}", command.arguments.front()),
                       .detail = error.what(),
                       .hint = "look at the machine's memory and at the limits of open files and processes",
                       .exit_code = ExitCode::unavailable});
    }
}

Watched::~Watched() {
    reap();
}

void Watched::end_tree(End cause) const {
    const auto said = static_cast<unsigned char>(cause);
    send(control_.number(), &said, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Report> Watched::report() {
    Report report;
    auto got = recv(control_.number(), &report, sizeof report, MSG_DONTWAIT);
    // It did not hear all that we said. That comes first, but what it said itself is still there.
    if (got < 0 && errno == ECONNRESET) got = recv(control_.number(), &report, sizeof report, MSG_DONTWAIT);
    if (got == static_cast<ssize_t>(sizeof report)) return report;
    if (cgroup_) cgroup_->empty();
    return std::nullopt;
}

void Watched::reap() {
    if (supervisor_ < 0) return;
    control_.close();
    if (ended_.is_open()) {
        pollfd ended{ended_.native_handle(), POLLIN, 0};
        poll(&ended, 1, patience_milliseconds);
    }
    waitpid(supervisor_, nullptr, ended_.is_open() ? WNOHANG : 0);
    supervisor_ = -1;
}

}  // namespace gsdb::process
