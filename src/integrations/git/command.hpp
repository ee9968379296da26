#pragma once
// The git program, for what libgit2 does not do. It never asks anyone anything, never runs a hook, and sees none of our
// own environment.

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace gsdb::git {

struct CommandOptions {
    std::string folder;                      ///< to run in; empty for the present one
    std::string allowed_protocols = "none";  ///< for GIT_ALLOW_PROTOCOL; "none" keeps git off the network
    /// Configuration that only the environment of git holds, so that no list of processes shows it.
    std::vector<std::pair<std::string, std::string>> hidden_settings{};
    std::chrono::seconds time_max{120};
    std::stop_token stop;
    std::function<void(std::string_view line)>
        on_error_line;  ///< standard error, split at line ends and carriage returns
};

struct CommandResult {
    int exit_status = 0;
    std::string output;
    std::string errors;  ///< the last kilobytes of standard error
};

/// Runs `git ARGUMENTS` to its end. Errors: git.missing (no git program), git.timeout, git.interrupted; an exit status
/// other than 0 is no error here.
Result<CommandResult> run_git(std::vector<std::string> arguments, const CommandOptions& options);

/// A running `git cat-file --batch`. One thread at a time.
class CatFile {
  public:
    /// Errors: git.missing.
    static Result<std::unique_ptr<CatFile>> start(const std::string& git_dir);
    ~CatFile();
    CatFile(const CatFile&) = delete;
    CatFile& operator=(const CatFile&) = delete;

    struct Object {
        std::string type;  ///< "blob", "tree", "commit", "tag"; "missing" if there is none
        std::uint64_t size = 0;
        std::string bytes;  ///< empty unless asked for
    };
    /// Objects larger than `bytes_max` come without bytes. Errors: git.failed.
    Result<Object> read(const std::string& id, std::uint64_t bytes_max);

  private:
    struct Process;
    explicit CatFile(std::unique_ptr<Process> process);
    Result<std::string> read_line();
    Result<std::string> read_bytes(std::uint64_t count);
    Result<void> fill();

    std::unique_ptr<Process> contents_;
    std::string buffer_;
    std::size_t taken_ = 0;
};

}  // namespace gsdb::git
