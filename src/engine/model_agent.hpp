#pragma once
// A language model as a coding agent: it is shown files, answers with edits, and is given no tools. What is wrong with
// its edits is told to it once.

#include "engine/agent.hpp"
#include "integrations/llm/edit_protocol.hpp"
#include "integrations/llm/model.hpp"

namespace gsdb::engine {

class RunContext;

class ModelAgent : public Agent {
  public:
    /// The run outlives it.
    ModelAgent(RunContext& run, llm::Api api) : run_(run), api_(api) {}

    std::string_view provider() const override;
    AgentRun work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const override;
    AgentRun plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const override;

  private:
    class Conversation;

    /// Carries a conversation to its end, whatever that is.
    AgentRun converse(Conversation& conversation, const std::function<void(AgentRun&)>& work) const;

    RunContext& run_;
    llm::Api api_;
};

}  // namespace gsdb::engine
