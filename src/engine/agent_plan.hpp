#pragma once
// A plan made by the run's agent: asked for, held against the schema, asked for once more where it is wrong.

#include "engine/run_context.hpp"

namespace gsdb::engine {

/// Asks the run's agent. An answer that was journalled is not asked for again. Throws a Failure workflows.bad_plan with
/// all that is wrong with the second answer, workflows.no_plan_made where the agent failed, Stopped, NeedsPerson.
tasks::Plan plan_by_agent(RunContext& run);

}  // namespace gsdb::engine
