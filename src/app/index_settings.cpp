#include "app/index_settings.hpp"

#include <thread>

#include "app/database_server.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

int index_threads(const Program& program) {
    auto configured = static_cast<int>(program.settings.get(settings::index_threads));
    return configured > 0 ? configured : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

codebase::AnalysisOptions analysis_options(const Program& program) {
    codebase::AnalysisOptions options{.threads = index_threads(program)};
    options.classify.file_bytes_max = static_cast<std::uint64_t>(program.settings.get(settings::index_file_bytes_max));
    options.classify.include_vendored = program.settings.get(settings::index_vendored);
    options.classify.include_generated = program.settings.get(settings::index_generated);
    return options;
}

std::filesystem::path plugin_folder(const Program& program) {
    const std::string folder(program.settings.get(settings::index_plugins));
    return folder.empty() ? home_of(program).root() / "plugins" : std::filesystem::path(folder);
}

codebase::plugins::PluginLimits plugin_limits(const Program& program) {
    codebase::plugins::PluginLimits limits;
    limits.per_file = std::chrono::seconds(program.settings.get(settings::index_plugin_seconds));
    return limits;
}

std::shared_ptr<codebase::plugins::PluginSet> plugins_of(const Program& program) {
    return std::make_shared<codebase::plugins::PluginSet>(plugin_folder(program), plugin_limits(program));
}

}  // namespace gsdb::app
