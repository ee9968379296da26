#pragma once
// One attempt at a step: a folder, the agent, one commit, and the checks.

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/agent.hpp"
#include "engine/run_context.hpp"

namespace gsdb::engine {

/// What came of a step, as its task's output keeps it.
struct StepResult {
    std::string base;    ///< the commit that the step began from
    std::string commit;  ///< the change, on top of it; the base where there was nothing to do
    std::vector<std::string> files;
    std::string summary;
    std::vector<AgentReport::Claim> claims;

    bool has_change() const { return commit != base; }
    std::string to_json() const;
    static StepResult parse(std::string_view json);
};

/// What the steps of the run came to so far, by their numbers.
std::map<int, StepResult> results_of(RunContext& run);

/// Why an attempt failed.
struct AttemptFailure {
    std::string error_class;  ///< a word
    std::string message;      ///< for people, and for the next attempt
};

/// Throws AttemptFailure when it did not succeed, Stopped when `stop` ended it.
StepResult attempt_step(RunContext& run, const tasks::ClaimedStep& claimed, std::stop_token stop);

/// A step as people are shown it, in Markdown: what to do, and the acceptance criteria.
std::string text_of(const tasks::PlannedStep& step);

/// The checks that did not pass, as the agent and people are told.
std::string failures_text(const std::vector<CheckResult>& results);

/// The repository's checks and the commands of the step's criteria.
std::vector<std::string> commands_for(RunContext& run, const tasks::SavedStep& step);

}  // namespace gsdb::engine
