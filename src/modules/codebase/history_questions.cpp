#include "modules/codebase/history_questions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

std::string without_slashes(std::string path) {
    while (path.starts_with("./")) path.erase(0, 2);
    while (path.ends_with('/')) path.pop_back();
    return path == "." ? "" : path;
}

}  // namespace

Task<std::vector<Hotspot>> hotspots(pg::Database<Database> database, Scope scope, int rows_max) {
    std::vector<Hotspot> files;
    for (auto& row : co_await database.query<sql::Hotspots>(
             reading(scope.organization),
             {.organization_id = scope.organization, .codebase_id = scope.codebase, .rows_max = rows_max}))
        files.push_back({.codebase = std::move(row.codebase),
                         .path = std::move(row.path),
                         .commits = row.commits,
                         .authors = row.authors,
                         .last_changed_at = row.last_changed_at,
                         .code_lines = row.code_lines,
                         .cognitive_complexity = row.cognitive_complexity,
                         .score = row.score});
    co_return files;
}

Task<CodePath> find_path(pg::Database<Database> database, Scope scope, std::string path) {
    path = without_slashes(std::move(path));
    const auto found = co_await database.query<sql::CodebasesWithPath>(
        reading(scope.organization),
        {.organization_id = scope.organization, .codebase_id = scope.codebase, .path = path});
    if (found.empty())
        throw Failure({.code = "codebase.path_not_found",
                       .message = fmt::format("there is no file or folder '{}'", path),
                       .detail = "no codebase has it in its newest complete run",
                       .hint = "name it from the root of its codebase; gsdb sql 'select path from files' lists them",
                       .exit_code = ExitCode::not_found});
    if (found.size() > 1) {
        std::vector<std::string> names;
        for (const auto& row : found) names.push_back(row.name);
        throw Failure({.code = "codebase.path_is_ambiguous",
                       .message = fmt::format("'{}' is in {} codebases", path, found.size()),
                       .detail = fmt::format("{}", fmt::join(names, ", ")),
                       .hint = "name one with --codebase",
                       .exit_code = ExitCode::usage});
    }
    co_return CodePath{.codebase = found.front().codebase_id,
                       .codebase_name = found.front().name,
                       .path = std::move(path),
                       .has_history = found.front().has_history};
}

Task<Ownership> owners_of(pg::Database<Database> database, OrganizationId organization, CodePath path) {
    Ownership ownership;
    double covered = 0;
    for (auto& row : co_await database.query<sql::OwnersOf>(reading(organization),
                                                            {.codebase_id = path.codebase, .path = path.path})) {
        if (row.share && covered < 0.5) ++ownership.bus_factor;
        covered = row.cumulative_share.value_or(0);
        ownership.owners.push_back({.email = std::move(row.author_email),
                                    .name = std::move(row.author_name),
                                    .commits = row.commits,
                                    .lines_added = row.lines_added,
                                    .share = row.share,
                                    .cumulative_share = row.cumulative_share,
                                    .last_committed_at = row.last_committed_at});
    }
    co_return ownership;
}

Task<std::vector<CoChange>> co_changes_of(pg::Database<Database> database, OrganizationId organization, CodePath path,
                                          CoChangeOptions options) {
    std::vector<CoChange> files;
    for (auto& row : co_await database.query<sql::CoChangesOf>(reading(organization), {.organization_id = organization,
                                                                                       .codebase_id = path.codebase,
                                                                                       .path = path.path,
                                                                                       .files_max = options.files_max,
                                                                                       .rows_max = options.rows_max}))
        files.push_back({std::move(row.path), row.commits_together, row.commits_of_file, row.is_current});
    co_return files;
}

}  // namespace gsdb::codebase
