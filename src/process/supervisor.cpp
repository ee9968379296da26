#include "process/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "process/small_file.hpp"
#include "process/start_program.hpp"

namespace gsdb::process {

namespace {

using Microseconds = std::uint64_t;

constexpr Microseconds millisecond = 1000;
constexpr Microseconds patience_after_kill = 10'000 * millisecond;
constexpr Microseconds pause_min = 10 * millisecond;
constexpr Microseconds pause_max = 50 * millisecond;
// So that looking takes at most one part in so many of a processor.
constexpr Microseconds pauses_per_look = 30;

Microseconds now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Microseconds>(time.tv_sec) * 1'000'000 + static_cast<Microseconds>(time.tv_nsec) / 1000;
}

Microseconds microseconds_of(const timeval& time) {
    return static_cast<Microseconds>(time.tv_sec) * 1'000'000 + static_cast<Microseconds>(time.tv_usec);
}

rusage usage_of(int who) {
    rusage usage{};
    getrusage(who, &usage);
    return usage;
}

/// Closes all but those that are named, and gives the three standard streams to nobody: gsdb's must not be held open.
void keep_only(std::array<int, 7> kept) {
    const int nothing = open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, stream);
    std::ranges::sort(kept);
    unsigned next = STDERR_FILENO + 1;
    for (const int descriptor : kept) {
        if (descriptor < 0) continue;
        const auto number = static_cast<unsigned>(descriptor);
        if (number > next) close_range(next, number - 1, 0);
        next = number + 1;
    }
    close_range(next, ~0U, 0);
}

/// Readable when a child has ended. All signals are blocked.
int watch_children() {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// Ahead of the tree, however many of it want to run: a few dozen of them, each in a session of its own, would else
/// keep us from looking. Refused to who is not root; RLIMIT_NPROC binds those.
void take_precedence() {
    sched_param priority{};
    priority.sched_priority = 1;
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
}

class Supervisor {
  public:
    explicit Supervisor(const Plan& plan)
        : plan_(plan), children_(watch_children()), tree_(getpid(), plan.units), began_(now()) {}

    Report run() {
        if (start()) {
            while (!is_over()) watch();
            if (has_children_) end_tree();
        }
        report_.took_microseconds = now() - began_;
        measure_ended();
        if (plan_.cgroup_folder >= 0) unlinkat(plan_.cgroup_parent, plan_.cgroup_name, AT_REMOVEDIR);
        return report_;
    }

  private:
    bool is_over() const { return has_program_ended_ || cause_.has_value(); }
    bool has_cgroup() const { return is_in_cgroup_; }
    bool is_measured_by_kernel() const { return is_in_cgroup_ && plan_.cgroup_keeps_limits; }

    bool start();
    bool fail(Step step, int error);
    bool wait_for_start(int failures);
    void watch();
    void wait(Microseconds until);
    void hear();
    void reap();
    void look();
    void find_limit_in(const TreeUse& use);
    void find_limit_in_cgroup();
    void end_with(End cause);
    void end_tree();
    void kill_tree();
    void measure_ended();

    const Plan& plan_;
    int children_;
    Tree tree_;
    Microseconds began_;
    Microseconds next_look_ = 0;
    Report report_{};
    pid_t program_ = -1;
    std::optional<End> cause_;
    bool is_in_cgroup_ = false;
    bool is_gsdb_gone_ = false;
    bool is_without_grace_ = false;  ///< gsdb is gone, or the tree is eating the machine
    bool has_program_ended_ = false;
    bool has_children_ = false;
    std::uint64_t memory_peak_bytes_ = 0;
    std::uint64_t own_memory_bytes_ = 0;
};

bool Supervisor::fail(Step step, int error) {
    report_.step = step;
    report_.error = error;
    return false;
}

bool Supervisor::start() {
    int failures[2];
    if (children_ < 0 || pipe2(failures, O_CLOEXEC) != 0) return fail(Step::prepare, errno);
    own_memory_bytes_ = static_cast<std::uint64_t>(usage_of(RUSAGE_SELF).ru_maxrss) * 1024;
    program_ = fork_program(plan_, failures[1]);
    if (program_ < 0) return fail(Step::prepare, errno);
    has_children_ = true;
    is_in_cgroup_ = plan_.cgroup_folder >= 0;
    for (const int given_away : {failures[1], plan_.input, plan_.output, plan_.errors}) close(given_away);
    const bool is_started = wait_for_start(failures[0]);
    close(failures[0]);
    if (!is_started) kill_tree();
    return is_started;
}

/// The program may lie on a file server that does not answer.
bool Supervisor::wait_for_start(int failures) {
    while (!cause_) {
        const auto at = now();
        if (at >= began_ + plan_.wall_time) end_with(End::timed_out);
        const auto left = (began_ + plan_.wall_time - std::min(at, began_ + plan_.wall_time)) / millisecond + 1;
        std::array<pollfd, 2> waited{{{failures, POLLIN, 0}, {plan_.control, POLLIN, 0}}};
        if (poll(waited.data(), waited.size(), static_cast<int>(std::min<Microseconds>(left, 1'000'000))) <= 0)
            continue;
        if (waited[1].revents != 0) hear();
        if (waited[0].revents == 0) continue;
        StartFailure failure{};
        if (read(failures, &failure, sizeof failure) != sizeof failure) break;
        if (failure.is_fatal) return fail(failure.step, failure.error);
        is_in_cgroup_ = false;
    }
    report_.step = Step::run;
    return true;
}

void Supervisor::watch() {
    const auto deadline = began_ + plan_.wall_time;
    wait(std::min(next_look_, deadline));
    reap();
    if (is_over()) return;
    const auto at = now();
    if (at >= next_look_) look();
    if (at >= deadline) end_with(End::timed_out);
}

/// Until then, or until a child has ended or gsdb has said something.
void Supervisor::wait(Microseconds until) {
    const auto at = now();
    const auto left = until > at ? (until - at + millisecond - 1) / millisecond : 0;
    std::array<pollfd, 2> waited{{{children_, POLLIN, 0}, {is_gsdb_gone_ ? -1 : plan_.control, POLLIN, 0}}};
    if (poll(waited.data(), waited.size(), static_cast<int>(std::min<Microseconds>(left, 1'000'000))) <= 0) return;
    signalfd_siginfo drained;
    if (waited[0].revents != 0) {
        while (read(children_, &drained, sizeof drained) > 0) {
        }
    }
    if (waited[1].revents != 0) hear();
}

void Supervisor::hear() {
    unsigned char said = 0;
    if (recv(plan_.control, &said, 1, MSG_DONTWAIT) == 1) return end_with(static_cast<End>(said));
    is_gsdb_gone_ = is_without_grace_ = true;
    end_with(End::cancelled);
}

void Supervisor::reap() {
    for (;;) {
        int status = 0;
        const auto ended = waitpid(-1, &status, WNOHANG | __WALL);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) has_children_ = false;
        if (ended <= 0) return;
        if (ended != program_) continue;
        has_program_ended_ = true;
        report_.status = status;
    }
}

void Supervisor::look() {
    const auto began = now();
    if (!is_measured_by_kernel()) find_limit_in(tree_.look());
    if (has_cgroup()) find_limit_in_cgroup();
    const auto ended = now();
    next_look_ = ended + std::clamp((ended - began) * pauses_per_look, pause_min, pause_max);
}

void Supervisor::find_limit_in(const TreeUse& use) {
    const auto ended = usage_of(RUSAGE_CHILDREN);
    const auto cpu_time = use.cpu_microseconds + microseconds_of(ended.ru_utime) + microseconds_of(ended.ru_stime);
    memory_peak_bytes_ = std::max(memory_peak_bytes_, use.resident_bytes);
    if (plan_.cpu_time_max != 0 && cpu_time > plan_.cpu_time_max) end_with(End::cpu_limit);
    if (use.processes > plan_.processes_max && tree_.look_at_all(0).processes > plan_.processes_max)
        end_with(End::process_limit);
    // The sum counts shared pages more than once, so that a closer look has to confirm it.
    if (plan_.memory_bytes_max != 0 && use.resident_bytes > plan_.memory_bytes_max &&
        tree_.proportional_bytes() > plan_.memory_bytes_max)
        end_with(End::memory_limit);
}

void Supervisor::find_limit_in_cgroup() {
    const SmallFile cpu("cpu.stat", plan_.cgroup_folder);
    if (plan_.cpu_time_max != 0 && number_of_line(cpu.text(), "usage_usec") > plan_.cpu_time_max)
        end_with(End::cpu_limit);
    if (!plan_.cgroup_keeps_limits) return;
    const SmallFile memory("memory.events", plan_.cgroup_folder);
    const SmallFile processes("pids.events", plan_.cgroup_folder);
    if (number_of_line(memory.text(), "oom_kill ") > 0) end_with(End::memory_limit);
    if (number_of_line(processes.text(), "max ") > 0) end_with(End::process_limit);
}

/// The first cause stays.
void Supervisor::end_with(End cause) {
    if (!cause_) cause_ = cause;
    if (cause == End::memory_limit || cause == End::process_limit) is_without_grace_ = true;
}

void Supervisor::end_tree() {
    if (!is_without_grace_ && plan_.grace > 0) {
        tree_.look_at_all(SIGTERM);
        tree_.look_at_all(SIGCONT);  // who is stopped has to go on to see it
    }
    const auto until = now() + plan_.grace;
    for (reap(); has_children_ && !is_without_grace_ && now() < until; reap()) {
        wait(std::min(next_look_, until));
        if (now() >= next_look_) look();
    }
    kill_tree();
}

/// What forks faster than we look is met by looking again, as soon as another has ended: each that loses its
/// parent becomes a child of ours, and each that got the signal forks no more.
void Supervisor::kill_tree() {
    const auto until = now() + patience_after_kill;
    for (reap(); has_children_; reap()) {
        if (now() > until) {
            report_.step = Step::end_tree;
            return;
        }
        if (plan_.cgroup_folder >= 0) {
            const int file = openat(plan_.cgroup_folder, "cgroup.kill", O_WRONLY | O_CLOEXEC);
            [[maybe_unused]] const auto written = write(file, "1", 1);
            close(file);
        }
        if (!has_program_ended_) kill(program_, SIGKILL);  // even where /proc shows nothing
        tree_.kill_all();
        reap();
        if (has_children_) wait(now() + millisecond);
    }
}

void Supervisor::measure_ended() {
    const auto ended = usage_of(RUSAGE_CHILDREN);
    constexpr std::uint64_t block_bytes = 512;
    auto cpu_time = microseconds_of(ended.ru_utime) + microseconds_of(ended.ru_stime);
    report_.usage.read_bytes = static_cast<std::uint64_t>(ended.ru_inblock) * block_bytes;
    report_.usage.written_bytes = static_cast<std::uint64_t>(ended.ru_oublock) * block_bytes;
    // A child's largest resident set is at least what it had as our copy before it became the program.
    const auto largest = static_cast<std::uint64_t>(ended.ru_maxrss) * 1024;
    if (largest > own_memory_bytes_ + own_memory_bytes_ / 8) memory_peak_bytes_ = std::max(memory_peak_bytes_, largest);
    if (has_cgroup()) {
        const SmallFile cpu("cpu.stat", plan_.cgroup_folder);
        const SmallFile io("io.stat", plan_.cgroup_folder);
        const SmallFile peak("memory.peak", plan_.cgroup_folder);
        cpu_time = std::max(cpu_time, number_of_line(cpu.text(), "usage_usec"));
        report_.usage.read_bytes = std::max(report_.usage.read_bytes, sum_of_values(io.text(), "rbytes="));
        report_.usage.written_bytes = std::max(report_.usage.written_bytes, sum_of_values(io.text(), "wbytes="));
        if (const auto exact = number_at_start(peak.text()); exact != 0) memory_peak_bytes_ = exact;
        if (number_of_line(SmallFile("memory.events", plan_.cgroup_folder).text(), "oom_kill ") > 0)
            end_with(End::memory_limit);
    }
    report_.usage.cpu_seconds = static_cast<double>(cpu_time) / 1e6;
    report_.usage.memory_peak_bytes = memory_peak_bytes_;
    report_.end = End::exited;
    if (cause_) {
        report_.end = *cause_;
    } else if (WIFSIGNALED(report_.status)) {
        const int signal = WTERMSIG(report_.status);
        report_.end = signal == SIGXCPU ? End::cpu_limit : signal == SIGXFSZ ? End::file_limit : End::killed;
    }
}

}  // namespace

void supervise(const Plan& plan) {
    setsid();
    prctl(PR_SET_NAME, "gsdb-supervisor");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    take_precedence();
    keep_only(
        {plan.input, plan.output, plan.errors, plan.control, plan.write_rules, plan.cgroup_parent, plan.cgroup_folder});
    const auto report = Supervisor(plan).run();
    send(plan.control, &report, sizeof report, MSG_NOSIGNAL);
    _exit(0);
}

}  // namespace gsdb::process
