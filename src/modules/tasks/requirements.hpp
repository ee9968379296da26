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

/// Saves a plan of a requirement as the first version of a decomposition, which is proposed; returns its id. `method`
/// is a label of tasks.decomposition_method.
Task<Uuid> save_plan(pg::Database<Database> database, OrganizationId organization, Uuid requirement, std::string method,
                     Plan plan, PlanQuality quality);

/// A version of a plan. The last one is the one to work by.
struct PlanVersion {
    Uuid id;
    std::int32_t number = 0;  ///< from 1
    std::string method;       ///< a label of tasks.decomposition_method
    std::string status;       ///< a label of tasks.decomposition_status
    std::optional<double> quality_score;
    std::optional<std::string> title;  ///< nothing in those of before titles were kept
    std::vector<std::string> acceptance_criteria;
    std::optional<UserId> created_by;  ///< nothing for the system
    Timestamp created_at;

    bool can_be_edited() const { return status == "proposed"; }
};

/// The first one and those that were edited from it, one after the other. Empty when there is no such plan.
Task<std::vector<PlanVersion>> list_plan_versions(pg::Database<Database> database, OrganizationId organization,
                                                  Uuid first);

/// What a version says. `title` is what it is called where none was kept.
Task<Plan> read_plan(pg::Database<Database> database, OrganizationId organization, PlanVersion version,
                     std::string title = {});

/// Saves a plan that a person has edited as the next version; the one before is superseded. Throws a Failure
/// tasks.plan_is_worked_by once choose_plan has ended its editing.
Task<PlanVersion> edit_plan(pg::Database<Database> database, OrganizationId organization, Uuid first, Plan plan,
                            PlanQuality quality, std::optional<UserId> by);

/// The last version is the one that is worked by from now on, and cannot be edited any more. May be called again.
Task<PlanVersion> choose_plan(pg::Database<Database> database, OrganizationId organization, Uuid first);

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
