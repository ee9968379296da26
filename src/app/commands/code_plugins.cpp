// gsdb code plugin: languages and checks that the program does not bring.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/index_settings.hpp"
#include "app/terminal.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

namespace {

namespace plugins = codebase::plugins;

/// What is wrong with a plug-in once its library is loaded; empty when nothing is.
std::string fault_of(const plugins::Plugin& plugin, const plugins::PluginLimits& limits) {
    const auto loaded = plugins::PluginProcess(plugin, limits).load();
    return loaded ? "" : loaded.error();
}

std::string what_it_is_for(const plugins::Plugin& plugin) {
    if (plugin.kind == plugins::PluginKind::check)
        return plugin.languages.empty() ? "all languages" : fmt::format("{}", fmt::join(plugin.languages, " "));
    auto files = plugin.file_names;
    for (const auto& extension : plugin.extensions) files.push_back("." + extension);
    return fmt::format("{}", fmt::join(files, " "));
}

json::object to_json(const plugins::Plugin& plugin, const std::string& fault) {
    json::array rules;
    for (const auto& rule : plugin.rules) rules.emplace_back(rule.id);
    return {{"name", plugin.name},
            {"kind", to_label(plugin.kind)},
            {"folder", plugin.folder.string()},
            {"for", what_it_is_for(plugin)},
            {"rules", std::move(rules)},
            {"digest", to_string(plugin.digest)},
            {"fault", fault.empty() ? json::value() : json::value(fault)}};
}

ExitCode list(const Program& program) {
    const auto found = plugins_of(program);
    Table table({"plug-in", "kind", "for", "state"});
    json::array items;
    for (const auto& plugin : found->plugins()) {
        const auto fault = fault_of(plugin, found->limits());
        table.add({plugin.name, std::string(to_label(plugin.kind)), what_it_is_for(plugin),
                   fault.empty() ? "ready" : "cannot be used: " + fault});
        items.push_back(to_json(plugin, fault));
    }
    for (const auto& [name, reason] : found->disabled()) {
        table.add({name, "", "", "cannot be used: " + reason});
        items.push_back({{"name", name}, {"fault", reason}});
    }
    program.answer(
        {{"folder", plugin_folder(program).string()}, {"items", std::move(items)}},
        table.empty() ? fmt::format("there is no plug-in in {}\n", plugin_folder(program).string()) : table.text());
    return ExitCode::ok;
}

ExitCode check(const Program& program, const std::string& folder) {
    const auto refuse = [&](const std::string& fault) {
        return Failure({.code = "codebase.faulty_plugin",
                        .message = fmt::format("the plug-in {} cannot be used", folder),
                        .detail = fault,
                        .hint = "docs/guides/code.md says what a plug-in is",
                        .exit_code = ExitCode::problems});
    };
    const auto plugin = plugins::read_plugin(folder);
    if (!plugin) throw refuse(plugin.error());
    if (const auto fault = fault_of(*plugin, plugin_limits(program)); !fault.empty()) throw refuse(fault);
    program.answer(to_json(*plugin, ""), fmt::format("{} is a {} plug-in for {}, and can be used\n", plugin->name,
                                                     to_label(plugin->kind), what_it_is_for(*plugin)));
    return ExitCode::ok;
}

}  // namespace

void add_code_plugins(CLI::App& code, Program& program) {
    auto* group = code.add_subcommand("plugin", "Languages and checks that the program does not bring");
    group->require_subcommand(1);
    auto* listing = group->add_subcommand("list", "The plug-ins of the folder index.plugins, each loaded once");
    listing->callback([&program] { program.action = [&program] { return list(program); }; });
    auto* checking = group->add_subcommand("check", "Whether a folder is a plug-in that can be used, and if not, why");
    auto folder = std::make_shared<std::string>();
    checking->add_option("folder", *folder, "Folder with language.yaml or check.yaml")->required();
    checking->callback([&program, folder] { program.action = [&program, folder] { return check(program, *folder); }; });
}

}  // namespace gsdb::app
