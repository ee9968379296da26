#include "modules/codebase/file_plugins.hpp"

#include <algorithm>
#include <iterator>

namespace gsdb::codebase {

std::optional<std::size_t> FilePlugins::language_of(std::string_view path, extract::Language detected) const {
    if (set_ == nullptr || extract::is_parsed(detected)) return std::nullopt;
    const auto found = set_->language_of(path);
    return found && !set_->is_disabled(*found) ? found : std::nullopt;
}

bool FilePlugins::is_missed(const plugins::PluginSet& set, std::string_view path, std::string_view language) {
    if (const auto found = set.language_of(path); found && set.is_disabled(*found)) return true;
    for (std::size_t i = 0; i < set.plugins().size(); ++i) {
        const auto& plugin = set.plugins()[i];
        const bool is_for_it =
            plugin.languages.empty() || std::ranges::find(plugin.languages, language) != plugin.languages.end();
        if (plugin.kind == plugins::PluginKind::check && is_for_it && set.is_disabled(i)) return true;
    }
    return false;
}

std::vector<std::size_t> FilePlugins::checks_of(std::string_view language) const {
    return set_ == nullptr ? std::vector<std::size_t>{} : set_->checks_of(language);
}

std::string FilePlugins::key_of(std::optional<std::size_t> language, const std::vector<std::size_t>& checks) const {
    std::string key;
    const auto add = [&](std::size_t plugin) { key.append(1, '/').append(to_string(set_->plugins()[plugin].digest)); };
    if (language) add(*language);
    std::ranges::for_each(checks, add);
    return key;
}

plugins::PluginProcess& FilePlugins::process_of(std::size_t plugin) {
    return processes_.try_emplace(plugin, set_->plugins()[plugin], set_->limits()).first->second;
}

std::optional<plugins::MeasuredFacts> FilePlugins::extract(std::size_t plugin, std::string_view path,
                                                           std::string_view source) {
    auto found = process_of(plugin).extract(path, source);
    if (found) return *std::move(found);
    set_->disable(plugin, std::move(found.error()));
    return std::nullopt;
}

std::vector<plugins::PluginFinding> FilePlugins::check(std::string_view path, std::string_view language,
                                                       std::string_view source, std::vector<std::size_t>& checks) {
    std::vector<plugins::PluginFinding> all;
    std::erase_if(checks, [&](std::size_t plugin) {
        auto found = process_of(plugin).check(path, language, source);
        if (!found) {
            set_->disable(plugin, std::move(found.error()));
            return true;
        }
        std::ranges::move(*found, std::back_inserter(all));
        return false;
    });
    return all;
}

}  // namespace gsdb::codebase
