#include "process/cgroup.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <atomic>
#include <fstream>
#include <sstream>

#include "base/files.hpp"
#include "process/small_file.hpp"

namespace gsdb::process {

namespace fs = std::filesystem;

namespace {

/// Where the second version is mounted: "31 25 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw".
std::optional<fs::path> mount_point() {
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - cgroup2 ") == std::string::npos) continue;
        std::istringstream words(line);
        std::string skipped, root, point;
        words >> skipped >> skipped >> skipped >> root >> point;
        // Another root means that only a part of the groups is mounted, and our path would name another one.
        if (root == "/") return point;
    }
    return std::nullopt;
}

/// Ours: "0::/system.slice/gsdb.service".
std::optional<fs::path> own_cgroup() {
    const auto root = mount_point();
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (root && line.starts_with("0::/")) return *root / line.substr(4);
    }
    return std::nullopt;
}

bool hands_out(const fs::path& group, std::string_view controller) {
    std::ifstream file(group / "cgroup.subtree_control");
    for (std::string handed_out; file >> handed_out;) {
        if (handed_out == controller) return true;
    }
    return false;
}

bool is_delegated(const fs::path& group) {
    // Who is not root can write to what it was given only. For root, systemd leaves a mark.
    if (geteuid() != 0) return true;
    char mark = '0';
    return getxattr(group.c_str(), "trusted.delegate", &mark, 1) == 1 && mark == '1';
}

/// Making a group, and moving a process from a group below into it.
bool can_be_used(const fs::path& group) {
    return access(group.c_str(), W_OK) == 0 && access((group / "cgroup.procs").c_str(), W_OK) == 0;
}

std::optional<fs::path> find_delegated_cgroup() {
    const auto own = own_cgroup();
    if (!own) return std::nullopt;
    const auto above = own->parent_path();
    if (hands_out(above, "memory") && hands_out(above, "pids") && can_be_used(above) && is_delegated(above))
        return above;
    return can_be_used(*own) ? own : std::nullopt;
}

Descriptor open_folder(const char* path, int parent = AT_FDCWD) {
    return Descriptor(openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool write_to(const Descriptor& folder, const char* file, std::string_view text) {
    const Descriptor opened(openat(folder.number(), file, O_WRONLY | O_CLOEXEC));
    return opened.is_open() && write_all(opened.number(), text);
}

bool write_limits(const Descriptor& folder, const CgroupLimits& limits) {
    const auto memory = limits.memory_bytes_max ? fmt::to_string(*limits.memory_bytes_max) : "max";
    const bool is_kept = write_to(folder, "memory.max", memory) &&
                         write_to(folder, "pids.max", fmt::to_string(limits.processes_max)) &&
                         write_to(folder, "memory.oom.group", "1");
    if (limits.memory_bytes_max) write_to(folder, "memory.swap.max", "0");
    return is_kept;
}

}  // namespace

const std::optional<fs::path>& delegated_cgroup() {
    static const auto found = find_delegated_cgroup();
    return found;
}

std::optional<Cgroup> Cgroup::create(const fs::path& parent, const CgroupLimits& limits) {
    static std::atomic<std::uint64_t> next = 0;
    auto name = fmt::format("gsdb-command-{}-{}", getpid(), next++);
    auto opened_parent = open_folder(parent.c_str());
    // One of the same name was left by a program of our number that was killed together with its supervisors.
    unlinkat(opened_parent.number(), name.c_str(), AT_REMOVEDIR);
    if (mkdirat(opened_parent.number(), name.c_str(), 0755) != 0) return std::nullopt;
    auto folder = open_folder(name.c_str(), opened_parent.number());
    // Without cgroup.kill (Linux 5.14) a group is not worth its making.
    if (faccessat(folder.number(), "cgroup.kill", W_OK, 0) != 0) {
        unlinkat(opened_parent.number(), name.c_str(), AT_REMOVEDIR);
        return std::nullopt;
    }
    const bool keeps_limits = write_limits(folder, limits);
    return Cgroup(std::move(opened_parent), std::move(name), std::move(folder), keeps_limits);
}

Cgroup::~Cgroup() {
    if (parent_.is_open()) unlinkat(parent_.number(), name_.c_str(), AT_REMOVEDIR);
}

void Cgroup::empty() const {
    write_to(folder_, "cgroup.kill", "1");
    const Descriptor events(openat(folder_.number(), "cgroup.events", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text;
    for (int looks_left = 20; looks_left > 0; --looks_left) {
        // By the same descriptor: reading is what poll compares with.
        const auto got = pread(events.number(), text.data(), text.size(), 0);
        if (got <= 0 || number_of_line({text.data(), static_cast<std::size_t>(got)}, "populated ") == 0) return;
        pollfd changed{events.number(), POLLPRI, 0};
        poll(&changed, 1, 100);
    }
}

}  // namespace gsdb::process
