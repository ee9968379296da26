// gsdb index: one pass over a repository.

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/index_report.hpp"
#include "app/installation.hpp"
#include "app/repository_indexer.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

ExitCode run(const Program& program, const std::vector<IndexRequest>& requests) {
    Interruption interruption;
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    if (server->is_embedded() && !is_current(*server, "codebase")) install(program, *server, Thoroughness::in_hand);
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

}  // namespace

void add_index_command(CLI::App& app, Program& program) {
    auto* command = app.add_subcommand("index", "Index repositories: only what changed since the last run is parsed");
    auto locations = std::make_shared<std::vector<std::string>>();
    auto common = std::make_shared<IndexRequest>();
    command->add_option("repository", *locations, "Git work tree, bare repository, plain folder, or URL")->required();
    command->add_option("--revision", common->revision,
                        "Commit, branch or tag to index instead of the files in the work tree");
    command->add_flag("--submodules", common->submodules, "Index the files of submodules, too");
    add_setting_option(*command, program, settings::index_threads, "--threads");
    add_setting_option(*command, program, settings::index_file_bytes_max, "--file-bytes-max");
    add_setting_option(*command, program, settings::index_vendored, "--vendored");
    add_setting_option(*command, program, settings::index_generated, "--generated");
    add_setting_option(*command, program, settings::index_history, "--history");
    add_setting_option(*command, program, settings::index_plugins, "--plugins");
    command->callback([&program, locations, common] {
        program.action = [&program, locations, common] {
            std::vector<IndexRequest> requests;
            for (const auto& location : *locations) {
                requests.push_back(*common);
                requests.back().location = location;
            }
            return run(program, requests);
        };
    });
}

}  // namespace gsdb::app
