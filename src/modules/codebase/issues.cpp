#include "modules/codebase/issues.hpp"

#include <fmt/format.h>

#include "modules/codebase/queries.hpp"
#include "modules/codebase/query_rules.hpp"

namespace gsdb::codebase {

namespace {

namespace json = boost::json;
using Transaction = pg::TransactionOf<Database>;

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

Failure rule_not_found(const std::string& id) {
    return Failure({.code = "codebase.rule_not_found",
                    .message = fmt::format("there is no rule {}", id),
                    .hint = "gsdb code rule list shows all",
                    .exit_code = ExitCode::not_found});
}

std::vector<RelatedPlace> related_of(const std::string& text) {
    std::vector<RelatedPlace> places;
    for (const auto& place : json::parse(text).as_array()) {
        const auto& object = place.as_object();
        places.push_back({.path = std::string(object.at("path").as_string()),
                          .line = static_cast<std::int32_t>(object.at("line").to_number<std::int64_t>()),
                          .message = std::string(object.at("message").as_string())});
    }
    return places;
}

KnownIssue issue_of(sql::ListIssues::Row row) {
    KnownIssue issue;
    issue.rule = std::move(row.rule_id);
    issue.severity = severity_from_label(row.severity);
    issue.effort_minutes = row.effort_minutes;
    issue.message = std::move(row.message);
    issue.path = std::move(row.path);
    issue.symbol = row.symbol_id;
    issue.start_line = row.start_line, issue.start_column = row.start_column;
    issue.end_line = row.end_line, issue.end_column = row.end_column;
    issue.start_character = row.start_character, issue.end_character = row.end_character;
    issue.related = related_of(row.related);
    issue.fingerprint = row.fingerprint;
    issue.moved_fingerprint = row.moved_fingerprint.value_or(Uuid{});
    issue.justification = std::move(row.justification);
    issue.codebase = std::move(row.codebase);
    issue.category = std::move(row.category);
    issue.state = std::move(row.state);
    issue.first_run = row.first_run, issue.last_run = row.last_run;
    issue.suppression_kind = std::move(row.suppression_kind).value_or("");
    issue.suppression_reason = std::move(row.suppression_reason).value_or("");
    issue.expires_at = row.expires_at;
    return issue;
}

/// The rule of that id, in the transaction that is going to change it.
Task<StoredRule> require_rule(Transaction tx, OrganizationId organization, const std::string& id) {
    const auto rules = co_await load_rules(tx, organization);
    const auto* const found = rules.find(id);
    if (found == nullptr) throw rule_not_found(id);
    co_return *found;
}

}  // namespace

Task<std::vector<KnownIssue>> list_issues(pg::Database<Database> database, Scope scope, IssueFilter filter) {
    std::vector<KnownIssue> issues;
    while (filter.path.ends_with('/')) filter.path.pop_back();
    for (auto& row : co_await database.query<sql::ListIssues>(reading(scope.organization),
                                                              {.organization_id = scope.organization,
                                                               .codebase_id = scope.codebase,
                                                               .state = filter.state,
                                                               .rule_id = filter.rule,
                                                               .severity = std::string(to_label(filter.severity)),
                                                               .path = filter.path,
                                                               .run_number = filter.run,
                                                               .rows_max = filter.rows_max}))
        issues.push_back(issue_of(std::move(row)));
    co_return issues;
}

json::value to_json(const KnownIssue& issue) {
    json::array related;
    for (const auto& place : issue.related)
        related.push_back({{"path", place.path}, {"line", place.line}, {"message", place.message}});
    json::object object{{"fingerprint", to_string(issue.fingerprint)},
                        {"codebase", issue.codebase},
                        {"rule", issue.rule},
                        {"category", issue.category},
                        {"severity", to_label(issue.severity)},
                        {"state", issue.state},
                        {"message", issue.message},
                        {"path", issue.path},
                        {"start_line", issue.start_line},
                        {"start_column", issue.start_column},
                        {"end_line", issue.end_line},
                        {"end_column", issue.end_column},
                        {"effort_minutes", issue.effort_minutes},
                        {"first_run", issue.first_run},
                        {"related", std::move(related)}};
    if (issue.symbol) object["symbol"] = std::to_string(*issue.symbol);
    if (issue.last_run) object["last_run"] = *issue.last_run;
    if (!issue.suppression_kind.empty()) {
        json::object suppression{{"kind", issue.suppression_kind},
                                 {"reason", issue.suppression_reason},
                                 {"justification", issue.justification.value_or("")}};
        if (issue.expires_at) suppression["expires_at"] = to_rfc3339(*issue.expires_at);
        object["suppression"] = std::move(suppression);
    }
    return object;
}

Task<RuleSet> list_rules(pg::Database<Database> database, OrganizationId organization) {
    co_await register_rules(database, organization);
    co_return co_await database.transaction(reading(organization),
                                            [&](Transaction& tx) { return load_rules(tx, organization); });
}

json::value to_json(const StoredRule& rule) {
    json::object object{{"id", rule.id},
                        {"name", rule.name},
                        {"description", rule.description},
                        {"category", rule.category},
                        {"severity", to_label(rule.severity)},
                        {"effort_minutes", rule.effort_minutes},
                        {"source", rule.source},
                        {"version", rule.version},
                        {"parameters", json::parse(rule.parameters)},
                        {"is_enabled", rule.is_enabled()}};
    if (!rule.query.empty()) object["query"] = rule.query;
    if (!rule.help_uri.empty()) object["help_uri"] = rule.help_uri;
    if (rule.disabled_at)
        object["disabled_at"] = to_rfc3339(*rule.disabled_at), object["disabled_reason"] = rule.disabled_reason;
    return object;
}

Task<> suppress_issue(pg::Database<Database> database, Scope scope, Suppression suppression, Timestamp now) {
    co_await database.transaction({.organization = scope.organization}, [&](Transaction& tx) -> Task<> {
        co_await tx.query<sql::RevokeSuppressions>({.now = now,
                                                    .organization_id = scope.organization,
                                                    .fingerprint = suppression.fingerprint,
                                                    .codebase_id = scope.codebase,
                                                    .also_in_source = true});
        const auto suppressed = co_await tx.query<sql::SuppressIssue>({.organization_id = scope.organization,
                                                                       .reason = suppression.reason,
                                                                       .justification = suppression.justification,
                                                                       .suppressed_by = suppression.by,
                                                                       .now = now,
                                                                       .expires_at = suppression.expires_at,
                                                                       .fingerprint = suppression.fingerprint,
                                                                       .codebase_id = scope.codebase});
        if (suppressed.empty())
            throw Failure({.code = "codebase.issue_not_found",
                           .message = fmt::format("no issue with the fingerprint {} is found at present",
                                                  to_string(suppression.fingerprint)),
                           .hint = "gsdb code issues --json shows the fingerprints",
                           .exit_code = ExitCode::not_found});
    });
}

Task<> unsuppress_issue(pg::Database<Database> database, Scope scope, Uuid fingerprint, Timestamp now) {
    const auto revoked = co_await database.query<sql::RevokeSuppressions>({.organization = scope.organization},
                                                                          {.now = now,
                                                                           .organization_id = scope.organization,
                                                                           .fingerprint = fingerprint,
                                                                           .codebase_id = scope.codebase,
                                                                           .also_in_source = false});
    if (revoked == 0)
        throw Failure({.code = "codebase.not_suppressed",
                       .message = fmt::format("nobody suppressed the issue {}", to_string(fingerprint)),
                       .hint = "a comment in the source is removed there",
                       .exit_code = ExitCode::not_found});
}

Task<> add_rule(pg::Database<Database> database, OrganizationId organization, StoredRule rule) {
    co_await database.transaction({.organization = organization}, [&](Transaction& tx) -> Task<> {
        const auto answer = co_await run_query_rule(tx, {.rule = &rule, .codebase = {}});
        if (!answer)
            throw Failure({.code = "codebase.bad_rule",
                           .message = fmt::format("the query of {} is of no use: {}", rule.id, answer.error()),
                           .hint = "docs/reference/rules.md says how a rule is written",
                           .exit_code = ExitCode::usage});
        co_await tx.query<sql::AddQueryRule>(
            {.organization_id = organization,
             .id = rule.id,
             .name = rule.name,
             .description = rule.description,
             .category = rule.category,
             .severity = std::string(to_label(rule.severity)),
             .effort_minutes = rule.effort_minutes,
             .version = rule.version,
             .query = rule.query,
             .help_uri = rule.help_uri.empty() ? std::nullopt : std::optional(rule.help_uri)});
    });
}

Task<> remove_rule(pg::Database<Database> database, OrganizationId organization, std::string id) {
    co_await database.transaction({.organization = organization}, [&](Transaction& tx) -> Task<> {
        const auto rule = co_await require_rule(tx, organization, id);
        if (rule.source != "query")
            throw Failure({.code = "codebase.rule_is_built_in",
                           .message = fmt::format("{} is a rule of the product", id),
                           .hint = fmt::format("gsdb code rule disable {} --because TEXT leaves it out", id),
                           .exit_code = ExitCode::conflict});
        co_await tx.query<sql::RemoveIssuesOfRule>({.organization_id = organization, .id = id});
        co_await tx.query<sql::RemoveQueryRule>({.organization_id = organization, .id = id});
    });
}

Task<> set_rule_enabled(pg::Database<Database> database, OrganizationId organization, std::string id,
                        std::optional<std::string> disabled_reason, Timestamp now) {
    co_await register_rules(database, organization);
    co_await database.transaction({.organization = organization}, [&](Transaction& tx) -> Task<> {
        co_await require_rule(tx, organization, id);
        if (disabled_reason)
            co_await tx.query<sql::DisableRule>(
                {.now = now, .reason = *disabled_reason, .organization_id = organization, .id = id});
        else
            co_await tx.query<sql::EnableRule>({.organization_id = organization, .id = id});
    });
}

Task<> set_rule_parameter(pg::Database<Database> database, OrganizationId organization, std::string id,
                          std::string parameter, std::int32_t value) {
    co_await register_rules(database, organization);
    const auto* const rule = checks::find_rule(id);
    if (rule == nullptr) throw rule_not_found(id);
    if (!rule->parameter || rule->parameter->name != parameter || value < rule->parameter->least)
        throw Failure({.code = "codebase.bad_parameter",
                       .message = fmt::format("{} has no parameter {} that may be {}", id, parameter, value),
                       .hint = rule->parameter ? fmt::format("its parameter is {}: {}", rule->parameter->name,
                                                             rule->parameter->description)
                                               : "it has none",
                       .exit_code = ExitCode::usage});
    co_await database.query<sql::SetRuleParameter>(
        {.organization = organization}, {.name = parameter, .value = value, .organization_id = organization, .id = id});
}

}  // namespace gsdb::codebase
