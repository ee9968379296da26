#pragma once
// A command as a coding agent. The prompt is on its standard input and in GSDB_PROMPT_FILE, the step as JSON in
// GSDB_STEP_FILE; what it writes to GSDB_REPORT_FILE is its report. Asked for a plan it has the
// requirement in GSDB_REQUIREMENT_FILE, and writes the plan to GSDB_PLAN_FILE by the schema in GSDB_PLAN_SCHEMA_FILE.

#include "engine/agent.hpp"

namespace gsdb::engine {

class CommandAgent : public Agent {
  public:
    /// `command` is for the shell.
    explicit CommandAgent(std::string command) : command_(std::move(command)) {}

    std::string_view provider() const override { return "command"; }
    AgentRun work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const override;
    AgentRun plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const override;

  private:
    std::string command_;
};

}  // namespace gsdb::engine
