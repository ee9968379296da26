// gsdb index: one pass over repositories, or one whenever something changes.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/index_report.hpp"
#include "app/installation.hpp"
#include "app/repository_indexer.hpp"
#include "modules/codebase/source/watch.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

ExitCode run(const Program& program, const std::vector<IndexRequest>& requests) {
    Interruption interruption;
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    install_unless_current(program, *server, "codebase");
    json::array summaries;
    std::string text;
    for (const auto& request : requests) {
        auto summary = RepositoryIndexer(program, *server, request, interruption).run();
        summaries.push_back(summary_json(summary));
        text += summary_text(summary);
    }
    program.answer({{"codebases", std::move(summaries)}}, text);
    return ExitCode::ok;
}

/// One run after another until Ctrl-C. A line of text, or with --json a document, for each that found something.
class Watching {
  public:
    Watching(const Program& program, const DatabaseServer& server, const IndexRequest& request,
             const Interruption& interruption)
        : program_(program), interruption_(interruption), indexer_(program, server, request, interruption) {
        const auto& identity = indexer_.tree().identity();
        if (!request.revision.empty() || identity.kind == codebase::source::TreeKind::bare)
            throw Failure({.code = "usage",
                           .message = fmt::format("{} has no files that could be watched", request.location),
                           .detail = "a revision and a bare or remote repository change by commits alone",
                           .hint = "watch a work tree, or run gsdb index whenever something is pushed",
                           .exit_code = ExitCode::usage});
        watch_.emplace(identity.location);
    }

    ExitCode run() {
        while (!interruption_.requested()) {
            watch_->cover(ignored());
            if (!run_once()) continue;
            // What happened in a folder before it was watched is seen by the next run.
            if (watch_->cover(ignored()) == 0 && !watch_->wait(interruption_.token())) break;
        }
        return ExitCode::ok;
    }

  private:
    std::vector<std::string> ignored() {
        auto listing = indexer_.tree().list({.stop = interruption_.token()});
        if (!listing && interruption_.requested()) return {};
        return value_or_throw(std::move(listing)).ignored;
    }

    /// False where another run should be tried, after a while: somebody else is indexing, the server starts anew.
    bool run_once() {
        try {
            show(indexer_.run());
            return true;
        } catch (const Failure& failure) {
            if (is_first_) throw;
            if (interruption_.requested()) return true;
            constexpr std::chrono::seconds pause{5};
            program_.note(fmt::format("{}; trying again in {} s", failure.error().message, pause.count()));
            interruption_.sleep(pause);
            return false;
        }
    }

    void show(const codebase::IndexSummary& summary) {
        const bool is_first = std::exchange(is_first_, false);
        const bool has_changed = summary.files_parsed > 0 || summary.files_removed > 0 || summary.checks;
        if (!is_first && !has_changed) return;
        program_.answer(summary_json(summary), is_first ? summary_text(summary) : change_text(summary));
        if (is_first) program_.note("watching; press Ctrl-C to stop");
    }

    const Program& program_;
    const Interruption& interruption_;
    RepositoryIndexer indexer_;
    std::optional<codebase::source::FolderWatch> watch_;
    bool is_first_ = true;
};

ExitCode watch(const Program& program, const std::vector<IndexRequest>& requests) {
    if (requests.size() != 1)
        throw Failure({.code = "usage",
                       .message = "--watch takes one repository",
                       .hint = "run one gsdb index --watch for each",
                       .exit_code = ExitCode::usage});
    Interruption interruption;
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    install_unless_current(program, *server, "codebase");
    return Watching(program, *server, requests[0], interruption).run();
}

}  // namespace

void add_index_command(CLI::App& app, Program& program) {
    auto* command = app.add_subcommand("index", "Index repositories: only what changed since the last run is parsed");
    auto locations = std::make_shared<std::vector<std::string>>();
    auto common = std::make_shared<IndexRequest>();
    command->add_option("repository", *locations, "Git work tree, bare repository, plain folder, or URL")->required();
    command->add_option("--revision", common->revision,
                        "Commit, branch or tag to index instead of the files in the work tree");
    command->add_flag("--submodules", common->submodules, "Index the files of submodules, too");
    auto watches = std::make_shared<bool>(false);
    command->add_flag("--watch", *watches, "Stay, and run again whenever files change or something is committed");
    add_setting_option(*command, program, settings::index_threads, "--threads");
    add_setting_option(*command, program, settings::index_file_bytes_max, "--file-bytes-max");
    add_setting_option(*command, program, settings::index_vendored, "--vendored");
    add_setting_option(*command, program, settings::index_generated, "--generated");
    add_setting_option(*command, program, settings::index_history, "--history");
    add_setting_option(*command, program, settings::index_plugins, "--plugins");
    command->callback([&program, locations, common, watches] {
        program.action = [&program, locations, common, watches] {
            std::vector<IndexRequest> requests;
            for (const auto& location : *locations) {
                requests.push_back(*common);
                requests.back().location = location;
            }
            return *watches ? watch(program, requests) : run(program, requests);
        };
    });
}

}  // namespace gsdb::app
