#pragma once
// The rules of an organization: those of the product as it set them, and its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/checks/rules.hpp"
#include "modules/codebase/database.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase::plugins {
class PluginSet;
}

namespace gsdb::codebase {

/// Raised whenever the same rules would find other issues, or say them otherwise: then the next run checks anew.
constexpr std::uint32_t issues_version = 1;

/// The severity of a label of codebase.issue_severity.
checks::Severity severity_from_label(std::string_view label);

struct StoredRule {
    std::string id, name, description, category;
    checks::Severity severity{};
    std::int32_t effort_minutes = 0;
    std::string source;  ///< built_in, query or plugin
    std::string version;
    std::string query;  ///< of a query rule
    std::string help_uri;
    std::string parameters;  ///< JSON object of what the organization set
    std::optional<Timestamp> disabled_at{};
    std::string disabled_reason{};

    bool is_enabled() const { return !disabled_at; }
};

class RuleSet {
  public:
    RuleSet() = default;
    explicit RuleSet(std::vector<StoredRule> rules) : rules_(std::move(rules)) {}

    const std::vector<StoredRule>& rules() const { return rules_; }
    /// The rule of that id, or null.
    const StoredRule* find(std::string_view id) const;
    /// A built-in rule that is to be checked, or null.
    const StoredRule* enabled(checks::RuleKey key) const;
    /// The limit of a rule as the organization set it.
    std::int32_t parameter(checks::RuleKey key) const;
    bool has_queries() const;
    /// Changes with everything that decides what is found besides the code.
    std::string digest() const;

  private:
    std::vector<StoredRule> rules_;  ///< by id
};

/// Brings the built-in rules of an organization to those of this program, and those of plug-ins to what they say, in a
/// transaction of its own. `plugins` may be null.
Task<> register_rules(pg::Database<Database> database, OrganizationId organization,
                      const plugins::PluginSet* plugins = nullptr);
Task<RuleSet> load_rules(pg::TransactionOf<Database> tx, OrganizationId organization);

}  // namespace gsdb::codebase
