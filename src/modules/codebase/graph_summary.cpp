#include "modules/codebase/graph_summary.hpp"

#include <algorithm>
#include <array>

#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

constexpr std::array<std::string_view, 10> labels{"call",      "instantiate", "inherit", "decorate", "import",
                                                  "re_export", "override",    "pass",    "read",     "type_use"};

RelationshipKind kind_from_label(std::string_view label) {
    return static_cast<RelationshipKind>(std::ranges::find(labels, label) - labels.begin());
}

template <class T>
void sort_each_once(std::vector<T>& list) {
    std::ranges::sort(list);
    const auto repeated = std::ranges::unique(list);
    list.erase(repeated.begin(), repeated.end());
}

}  // namespace

std::string_view to_label(RelationshipKind kind) {
    return labels[static_cast<std::size_t>(kind)];
}

void normalise(GraphSummary& summary) {
    auto& uses = summary.uses;
    std::ranges::sort(uses, [](const GraphUse& a, const GraphUse& b) {
        return std::tuple(a.key(), b.confidence) < std::tuple(b.key(), a.confidence);
    });
    const auto repeated = std::ranges::unique(uses, {}, &GraphUse::key);
    uses.erase(repeated.begin(), repeated.end());
    sort_each_once(summary.imports);
    sort_each_once(summary.unresolved_names);
}

Task<GraphSummary> load_graph_summary(pg::TransactionOf<Database> tx, OrganizationId organization,
                                      CodebaseId codebase) {
    GraphSummary summary;
    for (const auto& row :
         co_await tx.query<sql::GraphUses>({.organization_id = organization, .codebase_id = codebase}))
        summary.uses.push_back({.source = row.source_id,
                                .target = row.target_id,
                                .kind = kind_from_label(row.kind),
                                .is_outside = row.is_outside,
                                .confidence = row.confidence});
    for (auto& row : co_await tx.query<sql::ImportEdges>({.organization_id = organization, .codebase_id = codebase}))
        summary.imports.push_back({std::move(row.source_path), std::move(row.target_path), row.line});
    for (auto& row :
         co_await tx.query<sql::UnresolvedNames>({.organization_id = organization, .codebase_id = codebase}))
        summary.unresolved_names.push_back(std::move(row.name));
    normalise(summary);
    co_return summary;
}

}  // namespace gsdb::codebase
