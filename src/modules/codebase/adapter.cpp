#include "modules/codebase/adapter.hpp"

#include <fmt/format.h>

#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

AnalysisRequest request_of(sql::ListIndexRequests::Row row) {
    return {.id = row.id,
            .location = std::move(row.location),
            .revision = std::move(row.revision),
            .cause = std::move(row.cause),
            .state = std::move(row.state),
            .attempts = row.attempts,
            .requested_at = row.requested_at,
            .started_at = row.started_at,
            .finished_at = row.finished_at,
            .codebase = row.codebase_id,
            .run = row.run_number,
            .error_code = std::move(row.error_code),
            .error_message = std::move(row.error_message)};
}

}  // namespace

Task<std::vector<Uuid>> request_analysis(pg::Database<Database> database, OrganizationId organization,
                                         std::string location, std::vector<std::string> revisions, std::string cause) {
    if (revisions.empty()) revisions.emplace_back();
    std::vector<Uuid> ids;
    for (auto& revision : revisions) {
        const auto row = co_await database.query<sql::RequestIndex>({.organization = organization},
                                                                    {.organization_id = organization,
                                                                     .request_id = Uuid::v7(SystemClock()),
                                                                     .location = location,
                                                                     .revision = std::move(revision),
                                                                     .cause = cause});
        ids.push_back(row.id);
    }
    co_return ids;
}

Task<std::vector<AnalysisRequest>> list_analyses(pg::Database<Database> database, OrganizationId organization,
                                                 std::optional<CodebaseAt> codebase, int rows_max) {
    sql::ListIndexRequests::Params params{.organization_id = organization, .rows_max = rows_max};
    if (codebase) {
        params.codebase_id = codebase->id;
        params.location = std::move(codebase->location);
    }
    std::vector<AnalysisRequest> all;
    for (auto& row : co_await database.query<sql::ListIndexRequests>(reading(organization), std::move(params)))
        all.push_back(request_of(std::move(row)));
    co_return all;
}

Task<AnalysisRequest> find_analysis(pg::Database<Database> database, OrganizationId organization, Uuid id) {
    auto rows = co_await database.query<sql::ListIndexRequests>(
        reading(organization), {.organization_id = organization, .request_id = id, .rows_max = 1});
    if (rows.empty())
        throw Failure({.code = "codebase.no_such_analysis",
                       .message = fmt::format("nobody asked for an analysis {}", to_string(id)),
                       .detail = "",
                       .hint = "GET /api/v1/analyses lists them",
                       .exit_code = ExitCode::not_found});
    co_return request_of(std::move(rows[0]));
}

Task<std::optional<TakenAnalysis>> take_analysis(pg::Database<Database> database) {
    constexpr std::int32_t attempts_max = 3;
    auto row = co_await database.query<sql::TakeIndexRequest>(
        {}, {.taken_for = analysis_taken_for, .attempts_max = attempts_max});
    if (!row) co_return std::nullopt;
    co_return TakenAnalysis{.organization = row->organization_id,
                            .id = row->id,
                            .location = std::move(row->location),
                            .revision = std::move(row->revision)};
}

Task<> keep_analysis(pg::Database<Database> database, TakenAnalysis taken) {
    co_await database.query<sql::KeepIndexRequest>(
        {.organization = taken.organization},
        {.taken_for = analysis_taken_for, .organization_id = taken.organization, .request_id = taken.id});
}

Task<> complete_analysis(pg::Database<Database> database, TakenAnalysis taken, CodebaseId codebase, int run) {
    co_await database.query<sql::CompleteIndexRequest>(
        {.organization = taken.organization},
        {.codebase_id = codebase, .run_number = run, .organization_id = taken.organization, .request_id = taken.id});
}

Task<> fail_analysis(pg::Database<Database> database, TakenAnalysis taken, Error error) {
    auto message = error.detail.empty() ? error.message : fmt::format("{}: {}", error.message, error.detail);
    co_await database.query<sql::FailIndexRequest>({.organization = taken.organization},
                                                   {.error_code = std::move(error.code),
                                                    .error_message = std::move(message),
                                                    .organization_id = taken.organization,
                                                    .request_id = taken.id});
}

Task<> put_back_analysis(pg::Database<Database> database, TakenAnalysis taken) {
    co_await database.query<sql::PutBackIndexRequest>({.organization = taken.organization},
                                                      {.organization_id = taken.organization, .request_id = taken.id});
}

Task<std::vector<RemoteCodebase>> remote_codebases(pg::Database<Database> database) {
    std::vector<RemoteCodebase> all;
    for (auto& row : co_await database.query<sql::CodebasesWithUrls>({}, {}))
        all.push_back({.organization = row.organization_id, .location = std::move(row.location)});
    co_return all;
}

Task<std::vector<RunRecord>> run_history(pg::Database<Database> database, OrganizationId organization,
                                         CodebaseId codebase, std::optional<std::int32_t> before, int rows_max) {
    std::vector<RunRecord> all;
    for (auto& row : co_await database.query<sql::ListRuns>(
             reading(organization),
             {.organization_id = organization, .codebase_id = codebase, .before_number = before, .rows_max = rows_max}))
        all.push_back({.number = row.number,
                       .state = std::move(row.state),
                       .commit = std::move(row.commit_id),
                       .branch = std::move(row.branch),
                       .is_dirty = row.is_dirty,
                       .started_at = row.started_at,
                       .finished_at = row.finished_at,
                       .files_seen = row.files_seen,
                       .files_parsed = row.files_parsed,
                       .lines_seen = row.lines_seen,
                       .elements_seen = row.elements_seen,
                       .score = row.score,
                       .error_code = std::move(row.error_code),
                       .error_message = std::move(row.error_message)});
    co_return all;
}

Task<std::vector<Trend>> trends(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                                std::vector<std::string> metrics, int runs_max) {
    std::vector<Trend> all;
    for (auto& row :
         co_await database.query<sql::TrendPoints>(reading(organization), {.organization_id = organization,
                                                                           .codebase_id = codebase,
                                                                           .runs_max = runs_max,
                                                                           .metrics = std::move(metrics)})) {
        if (all.empty() || all.back().metric != row.metric) all.push_back({.metric = row.metric, .points = {}});
        all.back().points.push_back({.run = row.number,
                                     .finished_at = row.finished_at,
                                     .commit = std::move(row.commit_id),
                                     .value = row.value});
    }
    co_return all;
}

}  // namespace gsdb::codebase
