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

Task<Uuid> save_plan_in(pg::Transaction tx, OrganizationId organization, Uuid requirement, std::string method,
                        Plan plan, PlanQuality quality) {
    const auto decomposition =
        co_await tx.query<sql::AddDecomposition>({.organization_id = organization,
                                                  .requirement_id = requirement,
                                                  .based_on_id = std::nullopt,
                                                  .method = std::move(method),
                                                  .quality_score = pg::Numeric{fmt::format("{:.2f}", quality.score)},
                                                  .quality_findings = pg::Json{findings_of(quality)}});
    const auto steps = co_await tx.query<sql::AddSteps>(rows_of(organization, decomposition.id, plan));
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (const auto before : plan.steps[i].depends_on)
            co_await tx.query<sql::AddStepDependency>({.step_id = steps[i].id, .depends_on_step_id = steps[before].id});
    co_await tx.query<sql::AcceptDecomposition>({.decomposition_id = decomposition.id});
    co_return decomposition.id;
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
        return save_plan_in(tx, organization, requirement, method, plan, quality);
    });
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
