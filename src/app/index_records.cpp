#include "app/index_records.hpp"

#include <fmt/format.h>

#include "app/index_report.hpp"
#include "app/version.hpp"
#include "base/run_task.hpp"
#include "modules/analytics/api.hpp"
#include "modules/events/api.hpp"

namespace gsdb::app {

namespace {

analytics::CodebaseRun figures_of(const codebase::IndexSummary& summary, Timestamp finished_at) {
    const auto figure = [](auto number) { return static_cast<double>(number); };
    analytics::CodebaseRun run{.codebase = summary.codebase,
                               .finished_at = finished_at,
                               .seconds = summary.seconds,
                               .files_parsed = summary.files_parsed,
                               .program_version = std::string(program_version),
                               .figures = {{"codebase.files", figure(summary.files_seen - summary.files_skipped)},
                                           {"codebase.lines", figure(summary.lines_seen)},
                                           {"codebase.symbols", figure(summary.elements_seen)}}};
    if (summary.links) run.figures.emplace_back("codebase.calls", figure(summary.links->calls));
    if (summary.checks) run.figures.emplace_back("codebase.open_issues", figure(summary.checks->open));
    if (summary.quality) {
        run.figures.emplace_back("codebase.quality_score", summary.quality->score);
        run.figures.emplace_back("codebase.debt_minutes", summary.quality->debt_minutes);
    }
    return run;
}

void record_event(const Program& program, const DatabaseServer& server, OrganizationId organization,
                  events::ProgramEvent event) {
    try {
        run_task(events::record_program_event(pg::Database<events::Database>(server.pool("events", 1)), organization,
                                              std::move(event)));
    } catch (const std::exception& problem) {
        program.note(fmt::format("there is no event of the run: {}", problem.what()));
    }
}

}  // namespace

void record_run(const Program& program, const DatabaseServer& server, OrganizationId organization,
                const codebase::IndexSummary& summary, Timestamp finished_at) {
    try {
        run_task(analytics::record_codebase_run(pg::Database<analytics::Database>(server.pool("analytics", 1)),
                                                organization, figures_of(summary, finished_at)));
    } catch (const std::exception& problem) {
        program.note(fmt::format("the run is complete, but trends and alerts do not know of it: {}", problem.what()));
    }
    record_event(program, server, organization,
                 {.key = to_string(summary.run),
                  .type = "codebase.indexed",
                  .occurred_at = finished_at,
                  .target = "codebase:" + summary.name,
                  .payload = json::serialize(summary_json(summary))});
}

void record_failed_run(const Program& program, const DatabaseServer& server, OrganizationId organization,
                       const codebase::source::Identity& identity, const Error& error, Timestamp failed_at) {
    SystemClock clock;
    record_event(program, server, organization,
                 {.key = to_string(Uuid::v7(clock)),
                  .type = "codebase.index_failed",
                  .occurred_at = failed_at,
                  .target = "codebase:" + identity.name,
                  .payload = json::serialize(to_json(error).as_object().at("error"))});
}

}  // namespace gsdb::app
