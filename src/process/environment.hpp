#pragma once
// What a command may know of our environment.

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::process {

/// Where programs, the home folder and temporary files are, who we are, and how text and time are shown. No secrets.
inline constexpr std::array<std::string_view, 11> harmless_variables{
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM"};

/// Those of our variables that are named and set. Whatever else there is, tokens above all, stays here.
std::map<std::string, std::string> allowed_environment(std::span<const std::string_view> names = harmless_variables);

/// The harmless ones, and those that are named beside them.
std::map<std::string, std::string> harmless_environment_with(const std::vector<std::string>& names);

}  // namespace gsdb::process
