#include "engine/run_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/or_null.hpp"
#include "engine/parameters.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr identity::Permission writing{.area = "workflows", .access = identity::Access::write};

std::unexpected<Error> bad_plan(const std::vector<std::string>& problems) {
    return std::unexpected(Error{.code = "workflows.bad_plan",
                                 .message = fmt::format("the plan cannot be worked by; {} {}", problems.size(),
                                                        problems.size() == 1 ? "problem" : "problems"),
                                 .detail = fmt::format("{}", fmt::join(problems, "\n")),
                                 .hint = "mend all of them; docs/reference/plan.schema.json has the fields",
                                 .exit_code = ExitCode::usage});
}

/// The id of the first version, as the journal has it.
Task<Result<Uuid>> first_version(PlanDatabases databases, OrganizationId organization, Uuid run) {
    const auto saved =
        co_await workflows::Progress(databases.workflows, {.organization = organization, .execution = run})
            .find_step("plan/saved");
    if (!saved)
        co_return std::unexpected(Error{.code = "workflows.no_plan",
                                        .message = fmt::format("run {} has no plan yet", workflows::short_id(run)),
                                        .detail = "",
                                        .hint = "it is made in the stage requirements_decomposition",
                                        .exit_code = ExitCode::not_found});
    co_return Uuid::parse(std::string(json::parse(*saved).at("decomposition").as_string())).value();
}

Task<RunPlan> plan_of(PlanDatabases databases, OrganizationId organization, workflows::Execution run, Uuid first) {
    RunPlan found{.run = run.id,
                  .versions = co_await tasks::list_plan_versions(databases.tasks, organization, first),
                  .plan = {}};
    found.plan = co_await tasks::read_plan(databases.tasks, organization, found.versions.back(), run.name);
    co_return found;
}

}  // namespace

Task<Result<RunPlan>> read_run_plan(PlanDatabases databases, identity::Actor actor, Uuid run) {
    auto execution = co_await workflows::Executions(databases.workflows).find(actor, run);
    if (!execution) co_return std::unexpected(execution.error());
    const auto first = co_await first_version(databases, actor.organization_id(), run);
    if (!first) co_return std::unexpected(first.error());
    co_return co_await plan_of(databases, actor.organization_id(), std::move(*execution), *first);
}

Task<Result<RunPlan>> edit_run_plan(PlanDatabases databases, identity::Actor actor, Uuid run, tasks::Plan plan) {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    auto execution = co_await workflows::Executions(databases.workflows).find(actor, run);
    if (!execution) co_return std::unexpected(execution.error());
    if (execution->is_over())
        co_return std::unexpected(
            Error{.code = "workflows.execution_is_over",
                  .message = fmt::format("run {} is {}", workflows::short_id(run), execution->status),
                  .detail = "",
                  .hint = "start another run with the edited plan as its requirement",
                  .exit_code = ExitCode::conflict});
    if (const auto problems = tasks::problems_of(plan); !problems.empty()) co_return bad_plan(problems);
    const auto first = co_await first_version(databases, actor.organization_id(), run);
    if (!first) co_return std::unexpected(first.error());
    const auto parameters = Parameters::parse(execution->parameters);
    if (!parameters) co_return std::unexpected(parameters.error());
    auto quality = tasks::assess(plan, parameters->requirement);
    try {
        co_await tasks::edit_plan(databases.tasks, actor.organization_id(), *first, std::move(plan), std::move(quality),
                                  actor.user_id());
    } catch (const Failure& refusal) {
        if (refusal.error().code != "tasks.plan_is_worked_by") throw;
        co_return std::unexpected(refusal.error());
    }
    co_return co_await plan_of(databases, actor.organization_id(), std::move(*execution), *first);
}

Result<tasks::Plan> read_plan_text(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start != std::string_view::npos && text[start] == '{') {
        auto plan = tasks::plan_from_json(text);
        return plan ? Result<tasks::Plan>(std::move(*plan)) : bad_plan(plan.error());
    }
    return tasks::plan_from_markdown(text);
}

json::object to_json(const tasks::PlanVersion& version) {
    return {{"version", version.number},
            {"id", to_string(version.id)},
            {"method", version.method},
            {"status", version.status},
            {"quality_score", or_null(version.quality_score)},
            {"created_by", version.created_by ? json::value(to_string(*version.created_by)) : json::value(nullptr)},
            {"created_at", to_rfc3339(version.created_at)}};
}

json::object RunPlan::to_json() const {
    json::array all;
    for (const auto& version : versions) all.push_back(engine::to_json(version));
    return {{"run", to_string(run)},
            {"version", last().number},
            {"can_be_edited", last().can_be_edited()},
            {"plan", json::parse(tasks::json_of(plan))},
            {"markdown", tasks::markdown_of(plan)},
            {"versions", std::move(all)}};
}

}  // namespace gsdb::engine
