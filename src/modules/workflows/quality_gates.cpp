#include "modules/workflows/quality_gates.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/workflows/figures.hpp"
#include "modules/workflows/queries.hpp"
#include "modules/workflows/refusals.hpp"

namespace gsdb::workflows {

namespace json = boost::json;

namespace {

constexpr identity::Permission reading{.area = "workflows", .access = identity::Access::read};
constexpr identity::Permission administering{.area = "workflows", .access = identity::Access::admin};

Task<> note(pg::Transaction tx, std::string action, std::string metric, std::optional<ProjectId> project,
            json::object details) {
    details["metric"] = metric;
    if (project) details["project"] = to_string(*project);
    co_await tx.query<sql::NoteChange>({.action = std::move(action),
                                        .subject_kind = "workflows.quality_gates",
                                        .subject_id = std::move(metric),
                                        .details = {json::serialize(details)}});
}

Task<> set_in(pg::Transaction tx, identity::Actor actor, QualityGate gate) {
    const auto organization = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    if (gate.project)
        co_await tx.query<sql::SetProjectQualityGate>({.organization_id = organization,
                                                       .project_id = *gate.project,
                                                       .metric = gate.metric,
                                                       .description = gate.description,
                                                       .comparison = gate.comparison,
                                                       .threshold = decimal(gate.threshold),
                                                       .unit = gate.unit,
                                                       .is_blocking = gate.is_blocking});
    else
        co_await tx.query<sql::SetQualityGate>({.organization_id = organization,
                                                .metric = gate.metric,
                                                .description = gate.description,
                                                .comparison = gate.comparison,
                                                .threshold = decimal(gate.threshold),
                                                .unit = gate.unit,
                                                .is_blocking = gate.is_blocking});
    co_await note(tx, "set", gate.metric, gate.project,
                  {{"comparison", gate.comparison}, {"threshold", gate.threshold}, {"is_blocking", gate.is_blocking}});
}

Task<bool> remove_in(pg::Transaction tx, identity::Actor actor, std::optional<ProjectId> project, std::string metric) {
    const auto organization = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    const auto removed = co_await tx.query<sql::RemoveQualityGate>(
        {.organization_id = organization, .project_id = project, .metric = metric});
    if (!removed.empty()) co_await note(tx, "removed", metric, project, {});
    co_return !removed.empty();
}

}  // namespace

Task<Result<std::vector<QualityGate>>> QualityGates::list(identity::Actor actor,
                                                          std::optional<ProjectId> project) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<QualityGate> all;
    for (auto& row : co_await database_.query<sql::ListQualityGates>(
             {.organization = actor.organization_id(), .access = pg::Access::read_only},
             {.organization_id = actor.organization_id(), .project_id = project}))
        all.push_back({.project = row.project_id,
                       .metric = std::move(row.metric),
                       .comparison = std::move(row.comparison),
                       .threshold = number_of(row.threshold),
                       .unit = std::move(row.unit),
                       .is_blocking = row.is_blocking,
                       .description = std::move(row.description)});
    co_return all;
}

Task<Result<void>> QualityGates::set(identity::Actor actor, QualityGate gate) const {
    if (auto allowed = actor.authorize(administering); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return set_in(tx, actor, gate); }), refusals);
}

Task<Result<bool>> QualityGates::remove(identity::Actor actor, std::optional<ProjectId> project,
                                        std::string metric) const {
    if (auto allowed = actor.authorize(administering); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return remove_in(tx, actor, project, metric); }),
        refusals);
}

}  // namespace gsdb::workflows
