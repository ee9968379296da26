#include "modules/codebase/plugins/plugin_set.hpp"

#include <algorithm>
#include <set>

#include "modules/codebase/digest.hpp"

namespace gsdb::codebase::plugins {

namespace {

namespace fs = std::filesystem;

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::ranges::find(list, text) != list.end();
}

}  // namespace

PluginSet::PluginSet(const fs::path& folder, PluginLimits limits) : limits_(std::move(limits)) {
    std::vector<fs::path> folders;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_directory(ignored)) folders.push_back(entry.path());
    std::ranges::sort(folders);
    std::set<std::string> names;
    for (const auto& path : folders) {
        auto plugin = read_plugin(path);
        if (!plugin)
            unreadable_.push_back({path.filename().string(), plugin.error()});
        else if (!names.insert(plugin->name).second)
            unreadable_.push_back({path.filename().string(), "another plug-in has the name " + plugin->name});
        else
            plugins_.push_back(*std::move(plugin));
    }
}

std::string PluginSet::digest() const {
    if (plugins_.empty()) return {};
    Digest digest;
    for (const auto& plugin : plugins_) digest.add_text(plugin.name), digest.add(plugin.digest);
    return to_string(digest.finish());
}

std::optional<std::size_t> PluginSet::language_of(std::string_view path) const {
    const auto name = path.substr(path.find_last_of('/') + 1);
    const auto dot = name.find_last_of('.');
    const auto extension = dot == std::string_view::npos ? std::string() : lower(name.substr(dot + 1));
    for (std::size_t i = 0; i < plugins_.size(); ++i) {
        const auto& plugin = plugins_[i];
        if (plugin.kind != PluginKind::language) continue;
        if (contains(plugin.file_names, name) || (!extension.empty() && contains(plugin.extensions, extension)))
            return i;
    }
    return std::nullopt;
}

std::vector<std::size_t> PluginSet::checks_of(std::string_view language) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < plugins_.size(); ++i) {
        const auto& plugin = plugins_[i];
        if (plugin.kind == PluginKind::check && !is_disabled(i) &&
            (plugin.languages.empty() || contains(plugin.languages, language)))
            found.push_back(i);
    }
    return found;
}

void PluginSet::disable(std::size_t plugin, std::string reason) {
    const std::lock_guard lock(mutex_);
    disabled_.try_emplace(plugin, std::move(reason));
}

bool PluginSet::is_disabled(std::size_t plugin) const {
    const std::lock_guard lock(mutex_);
    return disabled_.contains(plugin);
}

std::vector<DisabledPlugin> PluginSet::disabled() const {
    const std::lock_guard lock(mutex_);
    auto all = unreadable_;
    for (const auto& [number, reason] : disabled_) all.push_back({plugins_[number].name, reason});
    return all;
}

}  // namespace gsdb::codebase::plugins
