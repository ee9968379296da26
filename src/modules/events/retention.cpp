#include "modules/events/retention.hpp"

#include <fmt/format.h>

#include "modules/events/administration.hpp"
#include "modules/events/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace {

Failure invalid(const Retention& rule, const std::string& constraint) {
    const auto wrong = constraint == "name_is_a_type_or_all" ? fmt::format("'{}' is no type", rule.name)
                       : constraint == "archived_at_an_end"
                           ? std::string("what is kept for ever is never written to files")
                           : std::string("events are kept for 1 to 36500 days");
    return Failure({.code = "events.retention_invalid",
                    .message = wrong,
                    .detail = "",
                    .hint = "name a type as pull_request.opened, a family as pull_request, or * for all of the kind",
                    .exit_code = ExitCode::usage});
}

}  // namespace

Task<std::vector<Retention>> list_retentions(pg::Database<Database> database, OrganizationId organization) {
    std::vector<Retention> rules;
    for (auto& row : co_await database.query<sql::Retentions>(
             {.organization = organization, .access = pg::Access::read_only}, {.organization_id = organization}))
        if (const auto kind = source_kind_from_label(row.source_kind))
            rules.push_back({.kind = *kind,
                             .name = std::move(row.name),
                             .days = row.has_no_end ? std::nullopt : row.retention_days,
                             .is_archived = row.is_archived,
                             .is_own = row.is_own});
    co_return rules;
}

Task<> set_retention(pg::Database<Database> database, identity::Actor actor, Retention rule) {
    authorize(actor);
    std::optional<std::string> constraint;
    try {
        co_await database.query<sql::SetRetention>(actor.transaction(),
                                                   {.organization_id = actor.organization_id(),
                                                    .source_kind = std::string(to_label(rule.kind)),
                                                    .name = rule.name,
                                                    .retention_days = rule.days,
                                                    .is_archived = rule.is_archived});
    } catch (const pg::SqlError& error) {
        if (error.constraint().empty()) throw;
        constraint = error.constraint();
    }
    if (constraint) throw invalid(rule, *constraint);
}

Task<> remove_retention(pg::Database<Database> database, identity::Actor actor, SourceKind kind, std::string name) {
    authorize(actor);
    const auto removed = co_await database.query<sql::RemoveRetention>(
        actor.transaction(),
        {.organization_id = actor.organization_id(), .source_kind = std::string(to_label(kind)), .name = name});
    if (!removed)
        throw Failure(
            {.code = "events.no_such_retention",
             .message = fmt::format("the organization has no rule of its own for {} of {}", name, to_label(kind)),
             .detail = "",
             .hint = "gsdb events retention list --own shows them",
             .exit_code = ExitCode::not_found});
}

}  // namespace gsdb::events
