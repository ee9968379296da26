#pragma once
// The plan of a run as people read and edit it: what `gsdb workflow plan` and /api/v1/workflows/{id}/plan have.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

struct PlanDatabases {
    pg::Database<workflows::Database> workflows;
    pg::Database<tasks::Database> tasks;
};

struct RunPlan {
    Uuid run;
    std::vector<tasks::PlanVersion> versions;  ///< the last one is worked by; never empty
    tasks::Plan plan;                          ///< of the last one

    boost::json::object to_json() const;
    const tasks::PlanVersion& last() const { return versions.back(); }
};

/// Needs workflows:read. Errors: workflows.execution_unknown, workflows.no_plan.
Task<Result<RunPlan>> read_run_plan(PlanDatabases databases, identity::Actor actor, Uuid run);

/// Saves the plan as the run's next version, by the actor. Needs workflows:write. Errors: those of reading,
/// workflows.bad_plan with all that is wrong with it, tasks.plan_is_worked_by once its steps are issues,
/// workflows.execution_is_over.
Task<Result<RunPlan>> edit_run_plan(PlanDatabases databases, identity::Actor actor, Uuid run, tasks::Plan plan);

/// A plan that somebody wrote: as JSON, or as Markdown. Errors: workflows.bad_plan, and those of plan_from_markdown.
Result<tasks::Plan> read_plan_text(std::string_view text);

boost::json::object to_json(const tasks::PlanVersion& version);

}  // namespace gsdb::engine
