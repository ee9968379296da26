#pragma once
// All that is known of one run, and its JSON: what `gsdb workflow show --json` prints and GET /api/v1/workflows/{id}
// answers.

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

struct RunDocument {
    workflows::Execution execution;
    std::vector<workflows::Stage> stages;
    std::vector<tasks::StepTask> steps;  ///< in the order of their numbers
    std::vector<workflows::Validation> validations;
    std::vector<workflows::Merge> merges;
    std::vector<workflows::Operation> operations;
    std::vector<workflows::Transition> transitions;
    std::vector<workflows::Wait> waits;

    boost::json::object to_json() const;
};

/// Needs workflows:read. "workflows.execution_unknown" for none.
Task<Result<RunDocument>> read_run(workflows::Executions executions, pg::Database<tasks::Database> tasks,
                                   identity::Actor actor, Uuid id);

/// What came of a stage, in a line; empty while nothing has.
std::string summary_of(const workflows::Stage& stage);

boost::json::object to_json(const workflows::ExecutionLine& line);
boost::json::object to_json(const workflows::Stage& stage);
boost::json::object to_json(const workflows::Transition& transition);
boost::json::object to_json(int number, const tasks::StepTask& step);
boost::json::object to_json(const tasks::SaidByStep& line);

}  // namespace gsdb::engine
