#pragma once
// What is asked of a repository, in versions, and the steps that a version is cut into.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/tasks/database.hpp"
#include "modules/tasks/plan.hpp"
#include "pg/database.hpp"

namespace gsdb::tasks {

struct SavedRequirement {
    Uuid id;
    std::int32_t version = 0;
};

/// Saves what is asked of a repository as its next version; the newest one, when that says the same.
Task<SavedRequirement> save_requirement(pg::Database<Database> database, OrganizationId organization,
                                        RepositoryId repository, ProjectId project, std::string content);

/// Saves a plan of a requirement as the decomposition that is worked by; returns its id. `method` is a label of
/// tasks.decomposition_method.
Task<Uuid> save_plan(pg::Database<Database> database, OrganizationId organization, Uuid requirement, std::string method,
                     Plan plan, PlanQuality quality);

struct SavedStep {
    Uuid id;
    std::int32_t number = 0;  ///< from 1
    PlannedStep step;         ///< depends_on: numbers of steps less one
    std::optional<std::string> issue_key;
};

/// In the order of their numbers.
Task<std::vector<SavedStep>> list_steps(pg::Database<Database> database, OrganizationId organization,
                                        Uuid decomposition);

}  // namespace gsdb::tasks
