#pragma once
// The change of a step held against the quality gates of its project, as the code graph sees it.

#include <string>
#include <vector>

#include "engine/quality_gates.hpp"
#include "engine/run_context.hpp"
#include "engine/step_attempt.hpp"

namespace gsdb::engine {

/// A commit of the run's repository in the code graph; indexed once in a run.
IndexedCommit index_once(RunContext& run, const std::string& commit);

/// Those of the run's project.
std::vector<Gate> gates_of(RunContext& run);

/// How the change of a step does by the gates whose metric is of changes; the others are left out.
std::vector<GateOutcome> hold_against(RunContext& run, int step, const StepResult& result,
                                      const std::vector<Gate>& gates);

/// The blocking ones that the change misses, as the agent is told; empty when it misses none. May be called from any
/// thread.
std::string missed_by_change(RunContext& run, int step, const StepResult& result);

}  // namespace gsdb::engine
