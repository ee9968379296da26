#pragma once
// A command as a coding agent. The prompt is on its standard input and in GSDB_PROMPT_FILE, the step as JSON in
// GSDB_STEP_FILE; what it writes to GSDB_REPORT_FILE is its report.

#include "engine/agent.hpp"

namespace gsdb::engine {

class CommandAgent : public Agent {
  public:
    /// `command` is for the shell.
    explicit CommandAgent(std::string command) : command_(std::move(command)) {}

    std::string_view provider() const override { return "command"; }
    AgentRun work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const override;

  private:
    std::string command_;
};

}  // namespace gsdb::engine
