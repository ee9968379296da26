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
/// 4" are figures; items with a box are criteria. A line whose first character is escaped (a backslash before a mark,
/// or a reference such as &#68;) begins nothing of this, and is kept without the escape. Errors:
/// tasks.empty_requirement, tasks.unknown_step (a dependency on what is no step), tasks.ambiguous_step,
/// tasks.cyclic_plan.
Result<Plan> plan_from_markdown(std::string_view text);

/// What the requirement is called, whatever its steps are. Errors: tasks.empty_requirement.
Result<std::string> title_from_markdown(std::string_view text);

/// A plan as Markdown from which plan_from_markdown reads the same plan. The plan has no problems (problems_of).
std::string markdown_of(const Plan& plan);

}  // namespace gsdb::tasks
