#include "engine/allowance.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gsdb::engine {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 11> of_the_machine{"/tmp",      "/var/tmp",    "/dev/null",    "/dev/zero",
                                                          "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
                                                          "/dev/ptmx", "/dev/pts",    "/dev/shm"};

// What runs at the next login, what opens other machines, and where Git's hooks and aliases are set.
constexpr std::array<std::string_view, 19> not_of_the_home{
    ".ssh",        ".gnupg",       ".netrc",        ".pgpass",          ".gitconfig", ".bashrc", ".bash_profile",
    ".bash_login", ".bash_logout", ".bash_aliases", ".bash_completion", ".profile",   ".zshrc",  ".zshenv",
    ".zprofile",   ".zlogin",      ".zlogout",      ".pam_environment", ".xsessionrc"};

bool is_within(const fs::path& inner, const fs::path& outer) {
    return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

std::vector<fs::path> entries_of(const fs::path& folder) {
    std::error_code problem;
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem))
        entries.push_back(at->path());
    return entries;
}

/// The place, or what is in it but for `kept`.
void add_without(std::vector<fs::path>& places, const fs::path& place, const fs::path& kept) {
    if (is_within(place, kept)) return;
    if (!is_within(kept, place)) return places.push_back(place);
    for (const auto& entry : entries_of(place)) add_without(places, entry, kept);
}

}  // namespace

process::Command allowed_command(const std::string& shell_command, const fs::path& folder, const Allowance& allowance) {
    return {.arguments = {"/bin/sh", "-c", shell_command},
            .folder = folder,
            .environment = process::harmless_environment_with(allowance.environment),
            .writable = allowance.writable};
}

std::vector<fs::path> usual_writable_places(const fs::path& home, const fs::path& kept) {
    std::vector<fs::path> places(of_the_machine.begin(), of_the_machine.end());
    std::error_code problem;
    if (const auto temporary = fs::temp_directory_path(problem); !problem) places.push_back(temporary);
    for (const auto& entry : entries_of(home)) {
        const auto name = entry.filename().string();
        if (!name.starts_with('.') || std::ranges::find(not_of_the_home, name) != not_of_the_home.end()) continue;
        add_without(places, entry, kept);
    }
    return places;
}

}  // namespace gsdb::engine
