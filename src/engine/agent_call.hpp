#pragma once
// A call of the agent about a step, as the run records it: an operation, log lines, what it used.

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/agent.hpp"
#include "engine/run_context.hpp"

namespace gsdb::engine {

struct AgentCallAbout {
    const tasks::SavedStep& step;
    Uuid task;
    int attempt = 1;                     ///< of the task
    std::string key;                     ///< of the call within the run: the same key is the same call
    git::BranchFolder folder;            ///< to work in
    std::string feedback;                ///< what the last attempt was found wanting in; empty for none
    std::vector<std::string> conflicts;  ///< files with conflict marks that it is to mend; empty for none
};

/// Runs the agent and records the call. Throws Stopped when `stop` ended it.
AgentRun call_agent(RunContext& run, const AgentCallAbout& call, std::stop_token stop);

/// A call of the agent as an operation of the run: begun before `work`, and ended whatever comes of that. What the
/// agent says of itself is freed of secrets. Throws Stopped when it was stopped.
AgentRun record_call(RunContext& run, workflows::AgentCall call, const std::function<AgentRun()>& work);

/// What the agent is told, as Markdown.
std::string prompt_of(const AgentCallAbout& call, const std::string& requirement_title);

}  // namespace gsdb::engine
