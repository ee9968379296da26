#pragma once
// Indexing as a person sees it: the bar while it runs, the summary after.

#include <filesystem>
#include <memory>
#include <string>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

struct IndexRequest {
    std::string location;  ///< a path or a URL
    std::string revision;  ///< commit, branch or tag instead of the work tree; empty for that
    bool submodules = false;
};

/// Indexes for the default organization, with a progress bar on stderr. Throws a Failure when it cannot.
codebase::IndexSummary index_repository(const Program& program, const DatabaseServer& server,
                                        const IndexRequest& request, const Interruption& interruption);

/// What the settings say of analysing files.
codebase::AnalysisOptions analysis_options(const Program& program);

/// The folder of plug-ins that the settings name, what one may cost, and the plug-ins in it.
std::filesystem::path plugin_folder(const Program& program);
codebase::plugins::PluginLimits plugin_limits(const Program& program);
std::shared_ptr<codebase::plugins::PluginSet> plugins_of(const Program& program);

std::string summary_text(const codebase::IndexSummary& summary);
json::value summary_json(const codebase::IndexSummary& summary);

}  // namespace gsdb::app
