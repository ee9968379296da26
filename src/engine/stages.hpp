#pragma once
// What the stages of the eight-stage template do. Each may be begun again after a crash: what is done is in the
// journal.

#include <string>
#include <string_view>

#include "engine/run_context.hpp"

namespace gsdb::engine {

/// Carries a stage out and makes its exit validations. Returns its output, a JSON object.
using StageWork = std::string (*)(RunContext& run);

/// Null for a stage that this program does not know.
StageWork stage_work(std::string_view key);

/// Waits, where the run asked for it, until a person has consented to the merge. Makes the entry validation
/// changes_are_approved; the other stages have none.
void validate_entry(RunContext& run);

std::string select_project(RunContext& run);
std::string save_requirements(RunContext& run);
std::string decompose(RunContext& run);
std::string make_issues(RunContext& run);
std::string execute_steps(RunContext& run);
std::string validate_changes(RunContext& run);
std::string merge_changes(RunContext& run);
std::string complete_run(RunContext& run);

/// Removes the run's folders and branches; the dev branch stays.
void remove_traces(RunContext& run);

}  // namespace gsdb::engine
