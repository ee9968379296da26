#include "modules/codebase/check_run.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "modules/codebase/issue_rows.hpp"
#include "modules/codebase/issue_sources.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/query_rules.hpp"
#include "modules/codebase/rule_set.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

namespace {

using checks::RuleKey;
using Transaction = pg::TransactionOf<Database>;

sql::FiguresAbove::Params limits(const CheckRequest& request, const RuleSet& rules) {
    return {.organization_id = request.organization,
            .codebase_id = request.codebase,
            .file_lines = rules.parameter(RuleKey::file_lines),
            .cognitive = rules.parameter(RuleKey::cognitive),
            .cyclomatic = rules.parameter(RuleKey::cyclomatic),
            .nesting = rules.parameter(RuleKey::nesting),
            .parameters = rules.parameter(RuleKey::parameters),
            .function_lines = rules.parameter(RuleKey::function_lines),
            .cohesion_groups = rules.parameter(RuleKey::cohesion)};
}

/// Leaves the imports that are needed to load a file.
Task<> keep_loaded_imports(Transaction tx, const CheckRequest& request, std::vector<FileImport>& imports) {
    std::set<std::pair<std::string, std::int32_t>> not_loaded;
    for (auto& row : co_await tx.query<sql::ImportsNotLoaded>(
             {.organization_id = request.organization, .codebase_id = request.codebase}))
        not_loaded.emplace(std::move(row.path), row.line);
    std::erase_if(imports, [&](const auto& one) { return not_loaded.contains({one.source_path, one.line}); });
}

/// What the built-in rules find.
Task<std::vector<Issue>> find_issues(Transaction tx, CheckRequest& request, const RuleSet& rules) {
    const auto organization = request.organization;
    const auto codebase = request.codebase;
    const auto findings =
        co_await tx.query<sql::CurrentFindings>({.organization_id = organization, .codebase_id = codebase});
    const auto figures = co_await tx.query<sql::FiguresAbove>(limits(request, rules));
    auto graph = co_await load_use_graph(tx, organization, codebase, std::exchange(request.graph, std::nullopt));
    co_await keep_loaded_imports(tx, request, graph.summary.imports);
    if (!request.duplicates)
        request.duplicates = co_await begin_duplicates(tx, organization, codebase, request.run_number);
    const auto duplicates = co_await request.duplicates->store(tx);
    co_return co_await run_aside([&] {
        IssueSources sources(codebase, rules);
        sources.add_findings(findings, graph);
        sources.add_figures(figures);
        sources.add_import_cycles(graph.summary.imports);
        sources.add_dead_code(graph);
        sources.add_call_cycles(graph);
        sources.add_inheritance_cycles(graph);
        sources.add_duplicates(duplicates);
        return sources.take();
    });
}

/// What the organization's own rules find; one that fails is disabled, and the others go on.
Task<std::vector<FailedRule>> ask_queries(Transaction tx, const CheckRequest& request, const RuleSet& rules,
                                          std::vector<Issue>& issues) {
    std::vector<FailedRule> failed;
    for (const auto& rule : rules.rules()) {
        if (rule.source != "query" || !rule.is_enabled()) continue;
        auto answer = co_await run_query_rule(tx, {.rule = &rule, .codebase = request.codebase});
        if (answer) {
            std::ranges::move(*answer, std::back_inserter(issues));
            continue;
        }
        co_await tx.query<sql::DisableRule>(
            {.now = request.now, .reason = answer.error(), .organization_id = request.organization, .id = rule.id});
        failed.push_back({rule.id, answer.error()});
    }
    co_return failed;
}

Task<std::vector<FileDirective>> load_directives(Transaction tx, const CheckRequest& request) {
    std::vector<FileDirective> directives;
    for (auto& row : co_await tx.query<sql::CurrentDirectives>(
             {.organization_id = request.organization, .codebase_id = request.codebase}))
        directives.push_back(
            {std::move(row.path), row.first_line, row.last_line, std::move(row.rules), std::move(row.justification)});
    co_return directives;
}

}  // namespace

Task<DuplicateSearch> begin_duplicates(pg::TransactionOf<Database> tx, OrganizationId organization, CodebaseId codebase,
                                       int run_number) {
    const auto rules = co_await load_rules(tx, organization);
    co_return co_await DuplicateSearch::begin(tx, {.organization = organization,
                                                   .codebase = codebase,
                                                   .run_number = run_number,
                                                   .tokens_min = rules.parameter(RuleKey::duplicate_block)});
}

Task<std::optional<CheckSummary>> check_codebase(pg::TransactionOf<Database> tx, CheckRequest request) {
    const auto rules = co_await load_rules(tx, request.organization);
    const auto version = rules.digest();
    const auto last = co_await tx.query<sql::LastChecksVersion>(
        {.organization_id = request.organization, .codebase_id = request.codebase});
    std::optional<CheckSummary> summary;
    if (request.has_changed || !last || last->checks_version != version) {
        summary.emplace();
        auto issues = co_await find_issues(tx, request, rules);
        summary->failed = co_await ask_queries(tx, request, rules, issues);
        const auto directives = co_await load_directives(tx, request);
        auto rows = co_await run_aside([&] {
            identify(issues);
            suppress(issues, directives);
            return encode(issues);
        });
        co_await tx.query<sql::BeginChecking>({});
        co_await stage_issues(tx, std::move(rows));
        const auto counts = co_await tx.query<sql::MergeIssues>({.organization_id = request.organization,
                                                                 .codebase_id = request.codebase,
                                                                 .run_number = request.run_number,
                                                                 .now = request.now});
        summary->open = counts.open_issues, summary->suppressed = counts.suppressed_issues;
        summary->found = counts.new_issues, summary->fixed = counts.fixed_issues;
    }
    const auto checked_with =
        summary && !summary->failed.empty() ? (co_await load_rules(tx, request.organization)).digest() : version;
    co_await tx.query<sql::RecordChecksVersion>(
        {.checks_version = checked_with, .organization_id = request.organization, .run_id = request.run});
    co_return summary;
}

}  // namespace gsdb::codebase
