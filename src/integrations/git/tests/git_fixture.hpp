#pragma once
// Repositories made by git itself, which is also the judge of what we say about them.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/source/tests/temporary_folder.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::git {

using codebase::source::TemporaryFolder;

inline std::string quoted(const std::string& text) {
    std::string result = "'";
    for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

struct ShellResult {
    int exit_status;
    std::string output;
};

inline ShellResult shell_result(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("popen failed");
    std::string output;
    std::array<char, 65536> buffer;
    for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        output.append(buffer.data(), got);
    return {WEXITSTATUS(::pclose(pipe)), output};
}

/// The output of a command that must succeed.
inline std::string shell(const std::string& command) {
    auto result = shell_result(command);
    if (result.exit_status != 0)
        throw std::runtime_error(command + ": exit status " + std::to_string(result.exit_status));
    return result.output;
}

/// What it failed with; an empty error when it did not.
template <class Action>
Error failure_of(Action action) {
    try {
        action();
    } catch (const Failure& failure) {
        return failure.error();
    }
    return {};
}

/// Every repository of these tests sees this configuration instead of the user's.
class GitHome {
  public:
    GitHome() {
        ::setenv("HOME", folder_.string().c_str(), 1);
        ::setenv("XDG_CONFIG_HOME", (folder_.string() + "/.config").c_str(), 1);
        ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
        ::unsetenv("GIT_DIR");
        folder_.write(".gitconfig",
                      "[user]\n\tname = Test\n\temail = test@example.org\n[init]\n\tdefaultBranch = main\n"
                      "[protocol \"file\"]\n\tallow = always\n[core]\n\texcludesFile = ~/global-excludes\n"
                      "[safe]\n\tdirectory = *\n[advice]\n\tdetachedHead = false\n");
        folder_.write("global-excludes", "*.globally-ignored\n");
    }

  private:
    TemporaryFolder folder_;
};

class GitFolder : public TemporaryFolder {
  public:
    /// Output of `git ARGUMENTS` in the folder; arguments are shell text.
    std::string git(const std::string& arguments, const std::string& below = "") const {
        return shell("cd " + quoted(string() + "/" + below) + " && git " + arguments + " 2>/dev/null");
    }
    void commit_all(const std::string& message = "change") const {
        git("add -A && git commit -q --allow-empty -m " + quoted(message));
    }
};

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (auto end = text.find(separator); end != std::string::npos; end = text.find(separator, start)) {
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    if (start < text.size()) parts.push_back(text.substr(start));
    return parts;
}

}  // namespace gsdb::git
