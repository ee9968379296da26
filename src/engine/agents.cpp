#include "engine/agents.hpp"

#include "engine/codegen_agent.hpp"
#include "engine/command_agent.hpp"
#include "engine/model_agent.hpp"
#include "engine/run_context.hpp"

namespace gsdb::engine {

std::unique_ptr<Agent> make_agent(RunContext& run) {
    switch (run.parameters().agent_kind) {
        case AgentKind::command:
            break;
        case AgentKind::codegen:
            return std::make_unique<CodegenAgent>(run);
        case AgentKind::openai:
            return std::make_unique<ModelAgent>(run, llm::Api::openai);
        case AgentKind::anthropic:
            return std::make_unique<ModelAgent>(run, llm::Api::anthropic);
    }
    return std::make_unique<CommandAgent>(run.parameters().agent);
}

}  // namespace gsdb::engine
