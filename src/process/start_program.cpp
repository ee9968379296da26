#include "process/start_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/child_signals.hpp"
#include "process/small_file.hpp"
#include "process/write_rules.hpp"

namespace gsdb::process {

namespace {

bool write_word(const char* path, int folder, const char* word, std::size_t size) {
    const int file = openat(folder, path, O_WRONLY | O_CLOEXEC);
    return file >= 0 && write(file, word, size) == static_cast<ssize_t>(size);
}

void say(int failures, Step step, bool is_fatal) {
    const StartFailure failure{step, errno, is_fatal};
    [[maybe_unused]] const auto written = write(failures, &failure, sizeof failure);
}

void enter_cgroup(const Plan& plan, int failures) {
    if (plan.cgroup_folder >= 0 && !write_word("cgroup.procs", plan.cgroup_folder, "0", 1))
        say(failures, Step::prepare, false);
}

void set_limit(int resource, std::uint64_t soft, std::uint64_t hard) {
    rlimit limit{};
    getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, hard);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, soft);
    setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

/// The limit counts what the user runs, not what the tree does: it leaves room for all that runs now, and for others of
/// the same user that are started later. So it does not keep `processes_max`, but the machine from being overrun.
void set_limit_of_user(const Plan& plan) {
    constexpr std::uint64_t room_for_others = 4096;
    const SmallFile load("/proc/loadavg");  // "0.20 0.18 0.12 1/80 11206": 80 processes and threads
    const auto slash = load.text().find('/');
    if (slash == std::string_view::npos) return;
    const auto running = number_at_start(load.text().substr(slash + 1));
    const auto allowed = running + static_cast<std::uint64_t>(std::max(plan.processes_max, 0)) + room_for_others;
    set_limit(RLIMIT_NPROC, allowed, allowed);
}

/// The net below the supervisor's own looking, and what it cannot see.
void set_limits(const Plan& plan) {
    set_limit(RLIMIT_CORE, 0, 0);  // memory may hold secrets
    if (plan.cpu_time_max != 0) {
        const auto seconds = plan.cpu_time_max / 1'000'000 + 1;
        set_limit(RLIMIT_CPU, seconds, seconds + 1);
    }
    set_limit_of_user(plan);
    if (plan.file_bytes_max != 0) set_limit(RLIMIT_FSIZE, plan.file_bytes_max, plan.file_bytes_max);
    // When memory is short, the kernel is to take the command rather than gsdb or its database.
    write_word("/proc/self/oom_score_adj", AT_FDCWD, "500", 3);
}

bool take_streams(const Plan& plan) {
    if (dup2(plan.input, STDIN_FILENO) < 0 || dup2(plan.output, STDOUT_FILENO) < 0 ||
        dup2(plan.errors, STDERR_FILENO) < 0)
        return false;
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);  // they all are already; it costs nothing to be sure
    return true;
}

/// As execvp does, in the places that were found before: a file that we may not run does not end the search.
void execute(const Plan& plan) {
    int refused = 0;
    for (const char* const* program = plan.programs; *program != nullptr; ++program) {
        execve(*program, plan.arguments, plan.environment);
        if (errno == EACCES) refused = errno;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return;
    }
    if (refused != 0) errno = refused;
}

[[noreturn]] void become_program(const Plan& plan, int failures, pid_t supervisor) {
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(127);
    enter_cgroup(plan, failures);
    set_limits(plan);
    if (plan.folder != nullptr && chdir(plan.folder) != 0) {
        say(failures, Step::enter_folder, true);
    } else if (!take_streams(plan)) {
        say(failures, Step::prepare, true);
    } else if (plan.write_rules >= 0 && !apply_write_rules(plan.write_rules)) {
        say(failures, Step::confine, true);
    } else {
        restore_signals();
        errno = ENOENT;
        execute(plan);
        say(failures, Step::start_program, true);
    }
    _exit(127);
}

}  // namespace

pid_t fork_program(const Plan& plan, int failures) {
    const auto supervisor = getpid();
    const auto child = _Fork();  // without the handlers of pthread_atfork, which need not be safe here
    if (child == 0) become_program(plan, failures, supervisor);
    return child;
}

}  // namespace gsdb::process
