#pragma once
// What a run is started with, as its row keeps it: no secrets.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::engine {

struct Parameters {
    std::string repository;   ///< the folder of the local repository
    std::string requirement;  ///< Markdown
    std::string agent;        ///< a shell command, run in the step's folder
    /// Names of variables that agents and checks may know beside the harmless ones.
    std::vector<std::string> environment;
    /// Agents and checks write to their folders, to what programs need, and to `writable`, where the kernel does it.
    bool is_confined = true;
    std::vector<std::string> writable;  ///< absolute paths
    std::vector<std::string> checks;    ///< shell commands that a change has to pass; empty: those that are found
    std::string dev_branch = "dev";
    int parallel = 2;                       ///< agents at a time
    int attempts_max = 3;                   ///< of an agent at a step
    std::chrono::seconds step_time{3600};   ///< of one attempt
    std::chrono::seconds check_time{1800};  ///< of one check
    bool needs_approval = false;            ///< a person consents before anything is merged

    bool operator==(const Parameters&) const = default;

    std::string to_json() const;
    /// Errors: workflows.bad_parameters.
    static Result<Parameters> parse(std::string_view json);
};

/// `command:WORDS` as the shell command that it means: a first word with a slash is found from `folder`, so that it can
/// be run from elsewhere; where that is empty, it has to begin with one. Errors: workflows.unknown_agent,
/// workflows.relative_path.
Result<std::string> agent_command(std::string_view agent, const std::string& folder);

/// A word for the shell, whatever is in it.
std::string shell_word(std::string_view text);

}  // namespace gsdb::engine
