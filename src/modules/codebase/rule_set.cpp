#include "modules/codebase/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "modules/codebase/digest.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"
#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

checks::Severity severity_from_label(std::string_view label) {
    using enum checks::Severity;
    return label == to_label(error) ? error : label == to_label(warning) ? warning : note;
}

const StoredRule* RuleSet::find(std::string_view id) const {
    const auto found = std::ranges::find(rules_, id, &StoredRule::id);
    return found == rules_.end() ? nullptr : &*found;
}

const StoredRule* RuleSet::enabled(checks::RuleKey key) const {
    const auto* const found = find(checks::rule(key).id);
    return found != nullptr && found->is_enabled() ? found : nullptr;
}

std::int32_t RuleSet::parameter(checks::RuleKey key) const {
    const auto& parameter = checks::rule(key).parameter.value();
    const auto* const stored = find(checks::rule(key).id);
    if (stored == nullptr) return parameter.value;
    const auto set = boost::json::parse(stored->parameters).as_object();
    const auto* const value = set.if_contains(parameter.name);
    return value != nullptr && value->is_int64() ? static_cast<std::int32_t>(value->as_int64()) : parameter.value;
}

bool RuleSet::has_queries() const {
    return std::ranges::any_of(rules_, [](const auto& rule) { return rule.source == "query" && rule.is_enabled(); });
}

std::string RuleSet::digest() const {
    Digest digest;
    digest.add(issues_version);
    digest.add(parameter(checks::RuleKey::duplicate_block));  // copies are stored whether they are issues or not
    for (const auto& rule : rules_) {
        if (!rule.is_enabled()) continue;
        for (const auto& text : {rule.id, rule.version, rule.query, rule.parameters}) digest.add_text(text);
        digest.add(rule.severity), digest.add(rule.effort_minutes);
    }
    return to_string(digest.finish());
}

namespace {

sql::RegisterRules::Params built_in_rules(OrganizationId organization) {
    sql::RegisterRules::Params rows;
    rows.organization_id = organization;
    rows.source = "built_in";
    for (const auto& rule : checks::rules()) {
        rows.ids.emplace_back(rule.id);
        rows.names.emplace_back(rule.name);
        rows.descriptions.emplace_back(rule.description);
        rows.categories.emplace_back(rule.category());
        rows.severities.emplace_back(to_label(rule.severity));
        rows.efforts.push_back(rule.effort_minutes);
        rows.versions.push_back(std::to_string(rule.version));
        rows.help_uris.push_back(rule.help_uri());
    }
    return rows;
}

/// The version is that of the plug-in: its digest.
sql::RegisterRules::Params plugin_rules(OrganizationId organization, const plugins::PluginSet& plugins) {
    sql::RegisterRules::Params rows;
    rows.organization_id = organization;
    rows.source = "plugin";
    for (const auto& plugin : plugins.plugins())
        for (const auto& rule : plugin.rules) {
            rows.ids.push_back(rule.id);
            rows.names.push_back(rule.name);
            rows.descriptions.push_back(rule.description);
            rows.categories.emplace_back("plugin");
            rows.severities.push_back(rule.severity);
            rows.efforts.push_back(rule.effort_minutes);
            rows.versions.push_back(to_string(plugin.digest).substr(0, 8));
            rows.help_uris.emplace_back();
        }
    return rows;
}

}  // namespace

Task<> register_rules(pg::Database<Database> database, OrganizationId organization, const plugins::PluginSet* plugins) {
    co_await database.query<sql::RegisterRules>({.organization = organization}, built_in_rules(organization));
    if (plugins == nullptr) co_return;
    auto rows = plugin_rules(organization, *plugins);
    if (!rows.ids.empty()) co_await database.query<sql::RegisterRules>({.organization = organization}, std::move(rows));
}

Task<RuleSet> load_rules(pg::TransactionOf<Database> tx, OrganizationId organization) {
    std::vector<StoredRule> rules;
    for (auto& row : co_await tx.query<sql::ListRules>({.organization_id = organization}))
        rules.push_back({.id = std::move(row.id),
                         .name = std::move(row.name),
                         .description = std::move(row.description),
                         .category = std::move(row.category),
                         .severity = severity_from_label(row.severity),
                         .effort_minutes = row.effort_minutes,
                         .source = std::move(row.source),
                         .version = std::move(row.version),
                         .query = std::move(row.query).value_or(""),
                         .help_uri = std::move(row.help_uri).value_or(""),
                         .parameters = std::move(row.parameters),
                         .disabled_at = row.disabled_at,
                         .disabled_reason = std::move(row.disabled_reason).value_or("")});
    co_return RuleSet(std::move(rules));
}

}  // namespace gsdb::codebase
