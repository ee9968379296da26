#pragma once
// What the settings say of indexing.

#include <filesystem>
#include <memory>

#include "app/program.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

codebase::AnalysisOptions analysis_options(const Program& program);

/// The folder of plug-ins, what one may cost, and the plug-ins in it.
std::filesystem::path plugin_folder(const Program& program);
codebase::plugins::PluginLimits plugin_limits(const Program& program);
std::shared_ptr<codebase::plugins::PluginSet> plugins_of(const Program& program);

}  // namespace gsdb::app
