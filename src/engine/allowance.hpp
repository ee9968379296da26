#pragma once
// What agents and checks may know and where they may write: enough for programs to work, and nothing that is somebody
// else's.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "process/run.hpp"

namespace gsdb::engine {

struct Allowance {
    std::vector<std::string> environment;  ///< names of our variables that it may know beside the harmless ones
    std::optional<std::vector<std::filesystem::path>> writable{};  ///< none: wherever we may
};

/// A shell command in a folder, with what it is allowed; its limits are the caller's to set.
process::Command allowed_command(const std::string& shell_command, const std::filesystem::path& folder,
                                 const Allowance& allowance);

/// What any program needs: temporary files, devices that hold nothing, and the hidden entries of the home folder, where
/// programs keep their caches and settings. Not among those: what a login reads or runs, keys, and `kept`, a folder
/// that may lie in one of them.
std::vector<std::filesystem::path> usual_writable_places(const std::filesystem::path& home,
                                                         const std::filesystem::path& kept);

}  // namespace gsdb::engine
