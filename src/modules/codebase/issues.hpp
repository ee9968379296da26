#pragma once
// What people and programs ask about issues, and what they decide.

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "modules/codebase/issue_rows.hpp"
#include "modules/codebase/questions.hpp"
#include "modules/codebase/rule_set.hpp"

namespace gsdb::codebase {

struct IssueFilter {
    std::string rule;                                    ///< id; empty: all
    checks::Severity severity = checks::Severity::note;  ///< and what is worse
    std::string path;                                    ///< a file or folder; empty: all
    std::string state = "open";                          ///< open, suppressed, fixed; empty: all
    std::optional<std::int32_t> run{};                   ///< those that this run had
    int rows_max = 1'000'000;
};

/// An issue as it stands in the database.
struct KnownIssue : Issue {
    std::string codebase, category;
    std::string state;  ///< open, suppressed or fixed
    std::int32_t first_run = 0;
    std::optional<std::int32_t> last_run{};
    std::string suppression_kind, suppression_reason;  ///< empty unless it is suppressed
    std::optional<Timestamp> expires_at{};
};

/// In the order of codebase, path and line.
Task<std::vector<KnownIssue>> list_issues(pg::Database<Database> database, Scope scope, IssueFilter filter);
boost::json::value to_json(const KnownIssue& issue);

/// The rules of an organization, those of the product as this program has them.
Task<RuleSet> list_rules(pg::Database<Database> database, OrganizationId organization);
boost::json::value to_json(const StoredRule& rule);

struct Suppression {
    Uuid fingerprint;
    std::string reason;  ///< label of codebase.suppression_reason
    std::string justification;
    std::optional<Timestamp> expires_at{};
    std::optional<UserId> by{};  ///< nobody: the operator of the command line
};

/// Leaves an issue as it is, in all codebases of the scope that have it. Throws a Failure codebase.issue_not_found.
Task<> suppress_issue(pg::Database<Database> database, Scope scope, Suppression suppression, Timestamp now);
/// Takes that back. Throws a Failure codebase.not_suppressed where nobody had decided it.
Task<> unsuppress_issue(pg::Database<Database> database, Scope scope, Uuid fingerprint, Timestamp now);

/// Adds a query rule, or puts it in the place of the one of its id, when its query runs. Throws a Failure
/// codebase.bad_rule.
Task<> add_rule(pg::Database<Database> database, OrganizationId organization, StoredRule rule);
/// Throws a Failure codebase.rule_not_found; of a built-in rule codebase.rule_is_built_in: it can be disabled.
Task<> remove_rule(pg::Database<Database> database, OrganizationId organization, std::string id);
/// Without `reason` it is checked again. Throws a Failure codebase.rule_not_found.
Task<> set_rule_enabled(pg::Database<Database> database, OrganizationId organization, std::string id,
                        std::optional<std::string> disabled_reason, Timestamp now);
/// Sets the parameter of a built-in rule. Throws a Failure codebase.rule_not_found, codebase.bad_parameter.
Task<> set_rule_parameter(pg::Database<Database> database, OrganizationId organization, std::string id,
                          std::string parameter, std::int32_t value);

}  // namespace gsdb::codebase
