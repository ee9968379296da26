#include "modules/codebase/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.hpp"
#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

template <class Row>
RunPoint point_of(const Row& row) {
    return {.number = row.number,
            .commit = row.commit_id.value_or(""),
            .branch = row.branch.value_or(""),
            .finished_at = row.finished_at.value_or(Timestamp{})};
}

Failure not_found(std::string message) {
    return Failure(
        {.code = "codebase.run_not_found",
         .message = std::move(message),
         .detail = "a run is compared with another one that was completed",
         .hint = "gsdb index PATH [--revision NAME] makes one; gsdb sql 'select * from analysis_runs' lists them",
         .exit_code = ExitCode::not_found});
}

ElementChange change_of(const sql::CompareRuns::Row& row) {
    const auto kind = row.change == "added"     ? ChangeKind::added
                      : row.change == "removed" ? ChangeKind::removed
                                                : ChangeKind::changed;
    return {.kind = kind,
            .path = row.path,
            .old_path = {},
            .element_kind = row.kind,
            .name = row.qualified_name,
            .is_exported = row.is_exported,
            .old_line = row.old_line,
            .new_line = row.new_line,
            .old_signature = row.old_signature,
            .new_signature = row.new_signature,
            .old_complexity = row.old_complexity,
            .new_complexity = row.new_complexity};
}

/// What was removed in one file and added in another with the same kind, name and signature was moved, as far as there
/// is one of each.
void find_moves(std::vector<ElementChange>& changes) {
    struct Pair {
        std::vector<std::size_t> removed, added;
    };
    std::map<std::tuple<std::string, std::string, std::string>, Pair> pairs;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto& c = changes[i];
        if (c.kind == ChangeKind::changed) continue;
        const auto& signature = c.kind == ChangeKind::added ? c.new_signature : c.old_signature;
        auto& pair = pairs[{c.element_kind, c.name, signature.value_or("")}];
        (c.kind == ChangeKind::added ? pair.added : pair.removed).push_back(i);
    }
    std::vector<bool> is_merged(changes.size());
    for (const auto& [key, pair] : pairs) {
        if (pair.removed.size() != 1 || pair.added.size() != 1) continue;
        const auto& old = changes[pair.removed.front()];
        auto& now = changes[pair.added.front()];
        if (old.path == now.path) continue;
        now.kind = ChangeKind::moved;
        now.old_path = old.path;
        now.old_line = old.old_line, now.old_signature = old.old_signature, now.old_complexity = old.old_complexity;
        is_merged[pair.removed.front()] = true;
    }
    std::size_t place = 0;
    std::erase_if(changes, [&](const ElementChange&) { return is_merged[place++]; });
}

Task<RunPoint> find_run(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                        std::string name) {
    const auto row = co_await database.query<sql::CompletedRun>(
        {.organization = organization, .access = pg::Access::read_only},
        {.organization_id = organization, .codebase_id = codebase, .name = name});
    if (!row) throw not_found(fmt::format("no completed run is '{}'", name));
    co_return point_of(*row);
}

}  // namespace

Task<std::pair<RunPoint, RunPoint>> find_runs(pg::Database<Database> database, OrganizationId organization,
                                              CodebaseId codebase, std::string before, std::string after) {
    const auto newest = co_await database.query<sql::NewestRuns>(
        {.organization = organization, .access = pg::Access::read_only},
        {.organization_id = organization, .codebase_id = codebase, .rows_max = 2});
    if (newest.empty()) throw not_found("no run of the codebase is completed");
    RunPoint from, to = point_of(newest.front());
    if (!before.empty())
        from = co_await find_run(database, organization, codebase, before);
    else if (newest.size() > 1)
        from = point_of(newest.back());
    if (!after.empty()) to = co_await find_run(database, organization, codebase, after);
    co_return std::pair(std::move(from), std::move(to));
}

std::string_view to_label(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::added:
            return "added";
        case ChangeKind::removed:
            return "removed";
        case ChangeKind::changed:
            return "changed";
        case ChangeKind::moved:
            return "moved";
    }
    return "";
}

bool ElementChange::breaks_api() const {
    return is_exported && kind != ChangeKind::added &&
           (kind == ChangeKind::removed || kind == ChangeKind::moved || old_signature != new_signature);
}

Task<Comparison> compare(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                         std::string before, std::string after) {
    auto [from, to] = co_await find_runs(database, organization, codebase, before, after);
    Comparison comparison{.before = std::move(from), .after = std::move(to)};
    const pg::TransactionOptions reading{.organization = organization, .access = pg::Access::read_only};
    for (const auto& row : co_await database.query<sql::CompareRuns>(
             reading, {.codebase_id = codebase, .before = comparison.before.number, .after = comparison.after.number}))
        comparison.elements.push_back(change_of(row));
    find_moves(comparison.elements);
    for (const auto& row : co_await database.query<sql::CompareLinks>(
             reading, {.codebase_id = codebase, .before = comparison.before.number, .after = comparison.after.number}))
        comparison.links.push_back({row.kind, row.added, row.removed});
    co_return comparison;
}

}  // namespace gsdb::codebase
