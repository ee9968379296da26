#include "modules/analytics/codebase_runs.hpp"

#include "modules/analytics/queries.hpp"

namespace gsdb::analytics {

Task<std::int64_t> record_codebase_run(pg::Database<Database> database, OrganizationId organization, CodebaseRun run) {
    std::vector<std::string> metrics;
    std::vector<double> amounts;
    for (auto& [metric, amount] : run.figures) {
        metrics.push_back(std::move(metric));
        amounts.push_back(amount);
    }
    const auto answer = co_await database.query<sql::RecordCodebaseRun>({.organization = organization},
                                                                        {.codebase_id = run.codebase,
                                                                         .finished_at = run.finished_at,
                                                                         .seconds = run.seconds,
                                                                         .files_parsed = run.files_parsed,
                                                                         .program_version = run.program_version,
                                                                         .metrics = metrics,
                                                                         .amounts = amounts,
                                                                         .organization_id = organization});
    co_return answer.recorded;
}

}  // namespace gsdb::analytics
