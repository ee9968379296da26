#include "process/tree.hpp"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "process/small_file.hpp"

namespace gsdb::process {

namespace {

// Address space, not memory: only what is written to becomes real.
constexpr std::size_t processes_max = 1 << 18;

/// The fields of /proc/PID/stat that follow the name, which may hold anything, blanks and parentheses too.
class StatFields {
  public:
    explicit StatFields(std::string_view text) {
        const auto name_end = text.rfind(')');
        if (name_end != std::string_view::npos) rest_ = text.substr(std::min(name_end + 2, text.size()));
    }

    bool is_empty() const { return rest_.empty(); }

    /// As proc(5) counts them; in rising order only.
    std::uint64_t number(int field) {
        for (; at_ < field; ++at_) {
            const auto blank = rest_.find(' ');
            rest_ = blank == std::string_view::npos ? std::string_view() : rest_.substr(blank + 1);
        }
        return number_at_start(rest_);
    }

  private:
    std::string_view rest_;
    int at_ = 3;
};

/// "PID/name", or "PID/task/THREAD/name", for openat.
class ProcPath {
  public:
    ProcPath(pid_t pid, std::string_view name) {
        add(pid);
        add(name);
    }
    ProcPath(pid_t pid, pid_t thread, std::string_view name) : ProcPath(pid, "/task/") {
        add(thread);
        add(name);
    }
    const char* text() const { return path_.data(); }

  private:
    void add(pid_t number) { end_ = std::to_chars(end_, end_ + 12, number).ptr; }
    void add(std::string_view text) {
        end_ = std::ranges::copy(text, end_).out;
        *end_ = '\0';
    }

    std::array<char, 64> path_;
    char* end_ = path_.data();
};

/// Calls with the name of each entry that is a number, in the order of the kernel, which is the rising one.
template <class Found>
void for_each_number_in(int folder, const Found& found) {
    lseek(folder, 0, SEEK_SET);
    // A small buffer keeps the time short between a name and the look at the process: it may be about to fork and end.
    alignas(dirent64) std::array<char, 2048> buffer;
    for (;;) {
        const auto filled = syscall(SYS_getdents64, folder, buffer.data(), buffer.size());
        if (filled <= 0) return;
        for (long at = 0; at < filled;) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
            at += entry->d_reclen;
            if (const auto number = number_at_start(entry->d_name)) found(static_cast<pid_t>(number));
        }
    }
}

/// Calls with each number of a file that holds nothing else, between blanks. False if there is no such file.
template <class Found>
bool for_each_number_of(const char* path, int folder, const Found& found) {
    const int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    std::array<char, 1024> buffer;
    pid_t number = 0;
    for (ssize_t filled = 0; (filled = read(file, buffer.data(), buffer.size())) > 0;) {
        for (const char character : std::string_view(buffer.data(), static_cast<std::size_t>(filled))) {
            if (character >= '0' && character <= '9') {
                number = number * 10 + (character - '0');
            } else if (number != 0) {
                found(std::exchange(number, 0));
            }
        }
    }
    close(file);
    return true;
}

}  // namespace

KernelUnits kernel_units() {
    return {static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)), static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

Tree::Tree(pid_t root, KernelUnits units)
    : root_(root), units_(units), folder_(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    void* memory = mmap(nullptr, processes_max * sizeof(Process), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) processes_ = static_cast<Process*>(memory);
}

Tree::~Tree() {
    if (processes_ != nullptr) munmap(processes_, processes_max * sizeof(Process));
    if (folder_ >= 0) close(folder_);
}

TreeUse Tree::look() {
    return walk(0) ? use_of_members() : look_at_all(0);
}

void Tree::kill_all() {
    if (!walk(SIGKILL)) look_at_all(SIGKILL);
}

TreeUse Tree::look_at_all(int signal) {
    count_ = 0;
    killed_group_ = 0;
    if (folder_ < 0 || processes_ == nullptr) return {};
    for_each_number_in(folder_, [&](pid_t pid) {
        if (pid == root_ || !add(pid)) return;
        auto& process = processes_[count_ - 1];
        process.is_member = process.parent == root_ || is_member(process.parent);
        // At once: a moment later it may have forked again.
        if (process.is_member && signal != 0) send(process, signal);
    });
    mark_members(signal);
    return use_of_members();
}

/// Along the lists of children, at a cost that does not grow with the machine. Each list is taken at another moment.
bool Tree::walk(int signal) {
    count_ = 0;
    killed_group_ = 0;
    if (folder_ < 0 || processes_ == nullptr) return false;
    if (!add_children_of(root_, root_, signal)) return false;
    for (std::size_t next = 0; next < count_; ++next) {
        const auto [pid, threads] = std::pair(processes_[next].pid, processes_[next].threads);
        if (threads == 1) {
            add_children_of(pid, pid, signal);
            continue;
        }
        const int folder = openat(folder_, ProcPath(pid, "/task").text(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) continue;
        for_each_number_in(folder, [&](pid_t thread) { add_children_of(pid, thread, signal); });
        close(folder);
    }
    return true;
}

bool Tree::add_children_of(pid_t pid, pid_t thread, int signal) {
    return for_each_number_of(ProcPath(pid, thread, "/children").text(), folder_, [&](pid_t child) {
        if (!add(child)) return;
        processes_[count_ - 1].is_member = true;
        if (signal != 0) send(processes_[count_ - 1], signal);
    });
}

/// False if it is gone, or there is no room.
bool Tree::add(pid_t pid) {
    if (count_ == processes_max) return false;
    const SmallFile file(ProcPath(pid, "/stat").text(), folder_);
    StatFields fields(file.text());
    if (fields.is_empty()) return false;
    auto& process = processes_[count_++];
    process = {};
    process.pid = pid;
    process.parent = static_cast<pid_t>(fields.number(4));
    process.group = static_cast<pid_t>(fields.number(5));
    for (const int of_processor_time : {14, 15, 16, 17}) process.ticks += fields.number(of_processor_time);
    process.threads = static_cast<int>(fields.number(20));
    process.pages = fields.number(24);
    return true;
}

/// Whose parent has the greater number, the numbers having begun anew.
void Tree::mark_members(int signal) {
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (auto& process : std::span(processes_, count_)) {
            if (process.is_member || !is_member(process.parent)) continue;
            process.is_member = is_changed = true;
            if (signal != 0) send(process, signal);
        }
    }
}

TreeUse Tree::use_of_members() const {
    TreeUse use;
    std::uint64_t ticks = 0;
    for (const auto& process : std::span(processes_, count_)) {
        if (!process.is_member) continue;
        use.processes += process.threads;
        use.resident_bytes += process.pages * units_.page_bytes;
        ticks += process.ticks;
    }
    use.cpu_microseconds = ticks * (1'000'000 / units_.ticks_per_second);
    return use;
}

bool Tree::is_member(pid_t pid) const {
    const std::span all(processes_, count_);
    const auto found = std::ranges::lower_bound(all, pid, {}, &Process::pid);
    return found != all.end() && found->pid == pid && found->is_member;
}

void Tree::send(const Process& process, int signal) {
    kill(process.pid, signal);
    if (signal != SIGKILL) return;
    // It runs no more of its program. That it may die before others run is granted to root alone.
    sched_param priority{};
    priority.sched_priority = 1;
    sched_setscheduler(process.pid, SCHED_FIFO, &priority);
    // One call reaches the whole group, also those that are being forked just now.
    if (process.group == root_ || process.group == killed_group_) return;
    killed_group_ = process.group;
    kill(-process.group, SIGKILL);
}

/// As it is now: 0 for one that has ended since the last look.
std::uint64_t Tree::resident_pages(pid_t pid) const {
    const SmallFile file(ProcPath(pid, "/stat").text(), folder_);
    return StatFields(file.text()).number(24);
}

std::uint64_t Tree::proportional_bytes() const {
    std::uint64_t kilobytes = 0;
    for (const auto& process : std::span(processes_, count_)) {
        if (!process.is_member) continue;
        const SmallFile file(ProcPath(process.pid, "/smaps_rollup").text(), folder_);
        const auto text = file.text();
        kilobytes +=
            text.empty() ? resident_pages(process.pid) * units_.page_bytes / 1024 : number_of_line(text, "Pss:");
    }
    return kilobytes * 1024;
}

}  // namespace gsdb::process
