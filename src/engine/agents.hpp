#pragma once
// Which agent a run has.

#include <memory>

#include "engine/agent.hpp"

namespace gsdb::engine {

class RunContext;

/// The one that the run was started with.
std::unique_ptr<Agent> make_agent(RunContext& run);

}  // namespace gsdb::engine
