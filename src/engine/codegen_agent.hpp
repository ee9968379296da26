#pragma once
// Codegen's agents as coding agents of a run whose code is on GitHub: each works there on a branch of its own, which
// then becomes the change in the step's folder.

#include "engine/agent.hpp"
#include "engine/github_access.hpp"
#include "integrations/codegen/codegen.hpp"

namespace gsdb::engine {

class CodegenAgent : public Agent {
  public:
    /// The run outlives it. Throws what GithubAccess throws.
    explicit CodegenAgent(RunContext& run);

    std::string_view provider() const override { return "codegen"; }
    AgentRun work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const override;
    AgentRun plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const override;

  private:
    /// The id of the repository there. Throws a Failure workflows.unknown_repository.
    Task<codegen::RepositoryId> repository(const codegen::Codegen& client) const;
    codegen::Codegen client() const;
    /// Begins the run, or finds it, and follows it to its end.
    Task<codegen::Run> carry_out(const codegen::Codegen& client, const AgentTask& task, std::string prompt,
                                 const OnSaid& on_said) const;
    /// The same as a call of the agent; `take` is given the run that has ended.
    AgentRun call(const AgentTask& task, std::string prompt, const OnSaid& on_said, std::stop_token stop,
                  const std::function<void(const codegen::Run&, AgentRun&)>& take) const;
    /// Stopped it goes on there, and is found again when the workflow is resumed; cancelled it has to end.
    bool is_cancelled() const;
    static void ban(const codegen::Codegen& client, const AgentTask& task);
    /// Puts what the run has made into the step's folder.
    void take_change(const AgentTask& task, const codegen::Run& run, AgentRun& result) const;

    RunContext& run_;
    GithubAccess access_;
};

}  // namespace gsdb::engine
