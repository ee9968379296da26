#include "process/write_rules.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "process/descriptor.hpp"

namespace gsdb::process {

namespace {

// As the kernel numbers them. Debian's headers are older than what the newer of these came with.
constexpr std::uint64_t write_file = 1U << 1, remove_dir = 1U << 4, remove_file = 1U << 5, make_char = 1U << 6,
                        make_dir = 1U << 7, make_reg = 1U << 8, make_sock = 1U << 9, make_fifo = 1U << 10,
                        make_block = 1U << 11, make_sym = 1U << 12, refer = 1U << 13, truncate_file = 1U << 14;
constexpr std::uint64_t scope_signals = 1U << 1;

struct Attributes {
    std::uint64_t files = 0, network = 0, scoped = 0;
};
struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};

// Renaming from one folder to another is allowed from the second on, without which hardly a program works; emptying a
// file is a right of its own from the third on, signals are from the sixth.
constexpr int usable_version = 2, with_truncate = 3, with_signals = 6;

int version_of_kernel() {
    constexpr unsigned ask_for_version = 1;
    return static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version));
}

std::uint64_t writing(int version) {
    const auto all = write_file | remove_dir | remove_file | make_char | make_dir | make_reg | make_sock | make_fifo |
                     make_block | make_sym | refer;
    return version >= with_truncate ? all | truncate_file : all;
}

void allow_below(const Descriptor& rules, const std::filesystem::path& place, std::uint64_t rights) {
    const Descriptor at(open(place.c_str(), O_PATH | O_CLOEXEC));
    if (!at.is_open() && (errno == ENOENT || errno == EACCES || errno == ENOTDIR)) return;
    struct stat found{};
    if (!at.is_open() || fstat(at.number(), &found) != 0)
        throw std::system_error(errno, std::generic_category(), place.native());
    const PathBeneath rule{.allowed = S_ISDIR(found.st_mode) ? rights : rights & (write_file | truncate_file),
                           .parent = at.number()};
    constexpr int beneath_path = 1;
    if (syscall(SYS_landlock_add_rule, rules.number(), beneath_path, &rule, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "landlock_add_rule");
}

}  // namespace

bool can_confine_writes() {
    static const bool can = version_of_kernel() >= usable_version;
    return can;
}

Descriptor write_rules(const std::vector<std::filesystem::path>& writable) {
    const int version = version_of_kernel();
    if (version < usable_version)
        throw std::system_error(version < 0 ? errno : ENOSYS, std::generic_category(), "Landlock");
    const Attributes attributes{.files = writing(version), .scoped = version >= with_signals ? scope_signals : 0};
    // Older kernels know the first fields only.
    const auto size = version >= with_signals ? sizeof attributes : sizeof attributes.files;
    auto rules =
        opened(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0)), "landlock_create_ruleset");
    for (const auto& place : writable) allow_below(rules, place, attributes.files);
    return rules;
}

bool apply_write_rules(int rules) {
    return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

}  // namespace gsdb::process
