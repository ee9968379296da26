#pragma once
// The processes below one, as /proc shows them. Safe after a fork of a program with threads.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>

namespace gsdb::process {

/// Units of the kernel, asked for before the fork.
struct KernelUnits {
    std::uint64_t ticks_per_second = 100;
    std::uint64_t page_bytes = 4096;
};

KernelUnits kernel_units();

/// What the tree uses at one moment. Of what has ended and was waited for, within the tree, the processor time counts.
struct TreeUse {
    int processes = 0;  ///< and threads
    std::uint64_t resident_bytes = 0;
    std::uint64_t cpu_microseconds = 0;
};

class Tree {
  public:
    /// Of all below `root`, without it. The root leads a process group of its own.
    Tree(pid_t root, KernelUnits units);
    ~Tree();
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    /// What is being forked just now, or changes its parent, may be missed or counted twice.
    TreeUse look();

    /// Looks at all processes of the machine, and sends a signal that is not 0 to each member as soon as it is found.
    TreeUse look_at_all(int signal);

    /// Sends SIGKILL to each that is found. What is forked or changes its parent meanwhile is missed, and found by one
    /// of the next calls: who got the signal forks no more.
    void kill_all();

    /// Resident bytes, shared pages divided by their sharers, of the members last seen: exact, and slow.
    std::uint64_t proportional_bytes() const;

  private:
    struct Process {
        pid_t pid, parent, group;
        bool is_member;
        int threads;
        std::uint64_t ticks, pages;
    };

    bool walk(int signal);
    bool add_children_of(pid_t pid, pid_t thread, int signal);
    bool add(pid_t pid);
    void mark_members(int signal);
    bool is_member(pid_t pid) const;
    TreeUse use_of_members() const;
    std::uint64_t resident_pages(pid_t pid) const;
    void send(const Process& process, int signal);

    pid_t root_;
    KernelUnits units_;
    int folder_ = -1;
    Process* processes_ = nullptr;  ///< of all: in the order of their pids
    std::size_t count_ = 0;
    pid_t killed_group_ = 0;
};

}  // namespace gsdb::process
