#include "modules/tasks/process_identity.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace gsdb::tasks {

namespace {

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "unknown";
    return name.data();
}

std::string machine() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    std::error_code problem;
    const auto name_space = std::filesystem::read_symlink("/proc/self/ns/pid", problem);
    if (boot.empty() || problem) return "";
    return fmt::format("{} {}", boot, name_space.string());
}

}  // namespace

ProcessIdentity this_process() {
    return {.host = host_name(), .process_id = getpid(), .machine = machine()};
}

bool has_ended(std::int32_t process_id) {
    if (kill(process_id, 0) != 0) return errno == ESRCH;
    std::string stat;
    std::getline(std::ifstream(fmt::format("/proc/{}/stat", process_id)), stat);
    // The state follows the name, which may hold any character.
    const auto name_end = stat.rfind(')');
    return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] == 'Z';
}

}  // namespace gsdb::tasks
