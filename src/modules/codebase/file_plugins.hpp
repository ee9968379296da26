#pragma once
// What the plug-ins of a run say of one file after another.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/plugins/plugin_process.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"

namespace gsdb::codebase {

/// Has a process of its own for each plug-in that it meets. One per thread.
class FilePlugins {
  public:
    explicit FilePlugins(plugins::PluginSet* set) : set_(set) {}

    /// The language plug-in for a file that the program cannot parse itself.
    std::optional<std::size_t> language_of(std::string_view path, extract::Language detected) const;
    std::string_view name_of(std::size_t plugin) const { return set_->plugins()[plugin].name; }
    /// The checks for a language; both have plug-ins by their numbers.
    std::vector<std::size_t> checks_of(std::string_view language) const;
    /// What the facts of a content depend on besides the program.
    std::string key_of(std::optional<std::size_t> language, const std::vector<std::size_t>& checks) const;

    /// Nothing where the plug-in failed; it is disabled then.
    std::optional<plugins::MeasuredFacts> extract(std::size_t plugin, std::string_view path, std::string_view source);
    /// Those that failed are disabled and taken out of `checks`.
    std::vector<plugins::PluginFinding> check(std::string_view path, std::string_view language, std::string_view source,
                                              std::vector<std::size_t>& checks);

    /// Whether a file of that path and language would have been given to a plug-in that was disabled.
    static bool is_missed(const plugins::PluginSet& set, std::string_view path, std::string_view language);

  private:
    plugins::PluginProcess& process_of(std::size_t plugin);

    plugins::PluginSet* set_;
    std::map<std::size_t, plugins::PluginProcess> processes_;
};

}  // namespace gsdb::codebase
