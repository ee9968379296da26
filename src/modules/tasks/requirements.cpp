#include "modules/tasks/requirements.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

Failure moved_meanwhile(std::string_view what) {
    return Failure({.code = "tasks.changed_meanwhile",
                    .message = fmt::format("{} was changed by somebody else at the same time", what),
                    .detail = "",
                    .hint = "try again",
                    .exit_code = ExitCode::conflict});
}

Task<SavedRequirement> save_requirement_in(pg::Transaction tx, OrganizationId organization, RepositoryId repository,
                                           ProjectId project, std::string content) {
    co_await tx.query<sql::AddGithubProject>(
        {.organization_id = organization, .repository_id = repository, .project_id = project});
    const auto board =
        co_await tx.query<sql::FindGithubProject>({.organization_id = organization, .repository_id = repository});
    if (!board) throw moved_meanwhile("the repository's place on the dashboard");
    const auto same = co_await tx.query<sql::FindRequirement>(
        {.organization_id = organization, .github_project_id = board->id, .content = content});
    if (same) co_return SavedRequirement{.id = same->id, .version = same->version};
    const auto added = co_await tx.query<sql::AddRequirement>(
        {.organization_id = organization, .github_project_id = board->id, .content = content});
    if (!added) throw moved_meanwhile("the requirement");
    co_return SavedRequirement{.id = added->id, .version = added->version};
}

std::string json_of(const std::vector<std::string>& texts) {
    return json::serialize(json::array(texts.begin(), texts.end()));
}

sql::AddSteps::Params rows_of(OrganizationId organization, Uuid decomposition, const Plan& plan) {
    sql::AddSteps::Params rows{.organization_id = organization, .decomposition_id = decomposition};
    for (const auto& step : plan.steps) {
        rows.names.push_back(step.name);
        rows.descriptions.push_back(step.description);
        rows.criteria.push_back(json_of(step.acceptance_criteria));
        rows.approaches.push_back(step.approach);
        rows.technical_requirements.push_back(step.technical_requirements);
        rows.estimated_hours.push_back(step.estimated_hours.value_or(-1));
        rows.complexity_scores.push_back(step.complexity.value_or(-1));
    }
    return rows;
}

std::string findings_of(const PlanQuality& quality) {
    json::array findings;
    for (const auto& finding : quality.findings)
        findings.push_back(
            json::object{{"rule", finding.rule}, {"subject", finding.subject}, {"message", finding.message}});
    return json::serialize(findings);
}

/// A plan on its way into the database.
struct NewPlan {
    Uuid requirement;
    std::optional<Uuid> based_on;
    std::string method;
    Plan plan;
    PlanQuality quality;
    std::optional<UserId> by;
};

Task<Uuid> add_plan_in(pg::Transaction tx, OrganizationId organization, NewPlan made) {
    const auto& plan = made.plan;
    const auto decomposition = co_await tx.query<sql::AddDecomposition>(
        {.organization_id = organization,
         .requirement_id = made.requirement,
         .based_on_id = made.based_on,
         .method = std::move(made.method),
         .quality_score = pg::Numeric{fmt::format("{:.2f}", made.quality.score)},
         .quality_findings = pg::Json{findings_of(made.quality)},
         .title = plan.title,
         .acceptance_criteria = plan.acceptance_criteria,
         .created_by = made.by});
    const auto steps = co_await tx.query<sql::AddSteps>(rows_of(organization, decomposition.id, plan));
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (const auto before : plan.steps[i].depends_on)
            co_await tx.query<sql::AddStepDependency>({.step_id = steps[i].id, .depends_on_step_id = steps[before].id});
    co_return decomposition.id;
}

std::vector<PlanVersion> versions_of(std::vector<sql::ListPlanVersions::Row> rows) {
    std::vector<PlanVersion> versions;
    for (auto& row : rows)
        versions.push_back({.id = row.id,
                            .number = row.number,
                            .method = std::move(row.method),
                            .status = std::move(row.status),
                            .quality_score = row.quality_score,
                            .title = std::move(row.title),
                            .acceptance_criteria = std::move(row.acceptance_criteria),
                            .created_by = row.created_by,
                            .created_at = row.created_at});
    return versions;
}

Task<PlanVersion> last_version_in(pg::Transaction tx, OrganizationId organization, Uuid first) {
    auto versions =
        versions_of(co_await tx.query<sql::ListPlanVersions>({.organization_id = organization, .first_id = first}));
    if (versions.empty()) throw moved_meanwhile("the plan");
    co_return std::move(versions.back());
}

Task<PlanVersion> edit_plan_in(pg::Transaction tx, OrganizationId organization, Uuid first, Plan plan,
                               PlanQuality quality, std::optional<UserId> by) {
    const auto locked = co_await tx.query<sql::LockPlan>({.organization_id = organization, .first_id = first});
    const auto former = co_await last_version_in(tx, organization, first);
    if (!former.can_be_edited())
        throw Failure(
            {.code = "tasks.plan_is_worked_by",
             .message = "the plan cannot be edited any more",
             .detail = fmt::format("version {} is {}: its steps have become issues", former.number, former.status),
             .hint = "start another run with the edited plan as its requirement",
             .exit_code = ExitCode::conflict});
    co_await add_plan_in(tx, organization,
                         {.requirement = locked.value().requirement_id,
                          .based_on = former.id,
                          .method = "person",
                          .plan = std::move(plan),
                          .quality = std::move(quality),
                          .by = by});
    co_await tx.query<sql::SupersedePlan>({.organization_id = organization, .decomposition_id = former.id});
    co_return co_await last_version_in(tx, organization, first);
}

Task<PlanVersion> choose_plan_in(pg::Transaction tx, OrganizationId organization, Uuid first) {
    co_await tx.query<sql::LockPlan>({.organization_id = organization, .first_id = first});
    auto last = co_await last_version_in(tx, organization, first);
    if (!last.can_be_edited()) co_return last;
    co_await tx.query<sql::AcceptDecomposition>({.decomposition_id = last.id});
    co_return co_await last_version_in(tx, organization, first);
}

}  // namespace

Task<SavedRequirement> save_requirement(pg::Database<Database> database, OrganizationId organization,
                                        RepositoryId repository, ProjectId project, std::string content) {
    co_return co_await database.transaction({.organization = organization}, [&](auto& tx) {
        return save_requirement_in(tx, organization, repository, project, content);
    });
}

Task<Uuid> save_plan(pg::Database<Database> database, OrganizationId organization, Uuid requirement, std::string method,
                     Plan plan, PlanQuality quality) {
    co_return co_await database.transaction({.organization = organization}, [&](auto& tx) {
        return add_plan_in(tx, organization,
                           {.requirement = requirement,
                            .based_on = std::nullopt,
                            .method = method,
                            .plan = plan,
                            .quality = quality,
                            .by = std::nullopt});
    });
}

Task<std::vector<PlanVersion>> list_plan_versions(pg::Database<Database> database, OrganizationId organization,
                                                  Uuid first) {
    co_return versions_of(co_await database.query<sql::ListPlanVersions>(
        reading(organization), {.organization_id = organization, .first_id = first}));
}

Task<Plan> read_plan(pg::Database<Database> database, OrganizationId organization, PlanVersion version,
                     std::string title) {
    Plan plan{.title = version.title.value_or(std::move(title)),
              .steps = {},
              .acceptance_criteria = std::move(version.acceptance_criteria)};
    for (auto& saved : co_await list_steps(database, organization, version.id))
        plan.steps.push_back(std::move(saved.step));
    co_return plan;
}

Task<PlanVersion> edit_plan(pg::Database<Database> database, OrganizationId organization, Uuid first, Plan plan,
                            PlanQuality quality, std::optional<UserId> by) {
    co_return co_await database.transaction({.organization = organization}, [&](auto& tx) {
        return edit_plan_in(tx, organization, first, plan, quality, by);
    });
}

Task<PlanVersion> choose_plan(pg::Database<Database> database, OrganizationId organization, Uuid first) {
    co_return co_await database.transaction({.organization = organization},
                                            [&](auto& tx) { return choose_plan_in(tx, organization, first); });
}

Task<std::vector<SavedStep>> list_steps(pg::Database<Database> database, OrganizationId organization,
                                        Uuid decomposition) {
    std::vector<SavedStep> steps;
    for (auto& row : co_await database.query<sql::ListSteps>(
             reading(organization), {.organization_id = organization, .decomposition_id = decomposition})) {
        SavedStep saved{.id = row.id,
                        .number = row.step_number,
                        .step = {.name = std::move(row.name),
                                 .description = std::move(row.description),
                                 .acceptance_criteria = std::move(row.acceptance_criteria),
                                 .approach = std::move(row.implementation_approach),
                                 .technical_requirements = std::move(row.technical_requirements),
                                 .depends_on = {},
                                 .estimated_hours = row.estimated_hours,
                                 .complexity = row.complexity_score},
                        .issue_key = std::move(row.issue_key)};
        for (const auto number : row.depends_on) saved.step.depends_on.push_back(static_cast<std::size_t>(number - 1));
        steps.push_back(std::move(saved));
    }
    co_return steps;
}

}  // namespace gsdb::tasks
