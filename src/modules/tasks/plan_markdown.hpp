#pragma once
// A requirement that is written as structured Markdown, as a plan. Deterministic: the same text gives the same plan.

#include <string_view>

#include "modules/tasks/plan.hpp"

namespace gsdb::tasks {

/// Steps are, whichever the text has first:
///   1. the items or headings below a heading "Steps", "Tasks", "Plan" or "Work";
///   2. headings of level 2 that are not background (notes, out of scope, ...);
///   3. the outermost items of lists;
///   4. the whole text.
/// Within a step, "Depends on: 1, Other step" names steps by number or by name; "Acceptance criteria", "Approach" and
/// "Technical requirements", as a heading or a line of their own, begin what they say; "Estimate: 3 h" and "Complexity:
/// 4" are figures; items with a box are criteria. Errors: tasks.empty_requirement, tasks.unknown_step (a dependency on
/// what is no step), tasks.ambiguous_step, tasks.cyclic_plan.
Result<Plan> plan_from_markdown(std::string_view text);

}  // namespace gsdb::tasks
