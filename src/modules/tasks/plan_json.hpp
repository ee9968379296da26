#pragma once
// Plans as JSON: what agents and models answer with.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "modules/tasks/plan.hpp"

namespace gsdb::tasks {

/// docs/reference/plan.schema.json: the JSON Schema that answers are held against.
std::string_view plan_schema();

/// Reads a plan strictly by the schema. Fails with all that is wrong, each with its place: "step 2, depends_on 1: there
/// is no step \"Paint it\"".
std::expected<Plan, std::vector<std::string>> plan_from_json(std::string_view text);

/// Dependencies by the numbers of the steps.
std::string json_of(const Plan& plan);

}  // namespace gsdb::tasks
