#include "app/repository_indexer.hpp"

#include <fmt/format.h>

#include "app/index_records.hpp"
#include "app/index_settings.hpp"
#include "app/progress.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"
#include "integrations/git/source.hpp"
#include "modules/identity/api.hpp"
#include "modules/projects/api.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

codebase::IndexOptions index_options(const Program& program, ProgressBar& bar, std::stop_token stop) {
    codebase::IndexOptions options{
        .analysis = analysis_options(program),
        .history = value_or_throw(codebase::parse_history_depth(program.settings.get(settings::index_history))),
        .stop = stop};
    options.on_progress = [&bar](const codebase::IndexProgress& progress) {
        auto detail = progress.files_total > 0
                          ? fmt::format("{} of {} files, {}", format_count(progress.files_done),
                                        format_count(progress.files_total), format_bytes(progress.bytes_done))
                          : std::string(progress.phase);
        bar.update(progress.bytes_done, progress.bytes_total, detail);
    };
    return options;
}

/// Makes the repository known to the projects module, in the default project when it is in none.
RepositoryId register_repository(const DatabaseServer& server, OrganizationId organization,
                                 const codebase::source::Identity& identity) {
    auto name = projects::parse_remote_url(identity.remote_url)
                    .value_or(projects::name_of_folder(codebase::source::display_path(identity.location)));
    projects::Projects known(pg::Database<projects::Database>(server.pool("projects", 1)));
    auto registered = run_task(known.register_repository(identity::Actor::system(organization),
                                                         {.name = std::move(name), .default_branch = std::nullopt}));
    return value_or_throw(std::move(registered)).repository_id;
}

}  // namespace

RepositoryIndexer::RepositoryIndexer(const Program& program, const DatabaseServer& server, IndexRequest request,
                                     const Interruption& interruption)
    : program_(program),
      server_(server),
      request_(std::move(request)),
      interruption_(interruption),
      tree_(open()),
      repository_(register_repository(server, request_.organization, tree_->identity())),
      database_(server.pool("codebase", 2)) {}

std::unique_ptr<codebase::source::SourceTree> RepositoryIndexer::open() const {
    ProgressBar bar("indexing " + request_.location, progress_output(program_));
    return value_or_throw(git::open_source(
        request_.location,
        {.rev = request_.revision,
         .include_submodules = request_.submodules,
         .repositories = server_.home().root() / "repositories",
         .on_progress = [&](const codebase::source::Progress& p) { bar.update(p.percent, 100, p.phase); },
         .stop = interruption_.token()}));
}

codebase::IndexSummary RepositoryIndexer::run() {
    ProgressBar bar("indexing " + request_.location, progress_output(program_));
    auto options = index_options(program_, bar, interruption_.token());
    options.repository = repository_;
    options.analysis.plugins = plugins_of(program_);
    const SystemClock clock;
    try {
        auto summary =
            run_task(codebase::run_index(database_, request_.organization, *tree_, clock, std::move(options)));
        if (summary.files_parsed > 0 || summary.files_removed > 0 || summary.checks)
            record_run(program_, server_, request_.organization, summary, clock.now());
        return summary;
    } catch (const Failure& failure) {
        if (!interruption_.requested())
            record_failed_run(program_, server_, request_.organization, tree_->identity(), failure.error(),
                              clock.now());
        throw;
    }
}

}  // namespace gsdb::app
