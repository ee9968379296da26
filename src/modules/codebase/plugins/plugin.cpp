#include "modules/codebase/plugins/plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "modules/codebase/digest.hpp"
#include "modules/codebase/packages/document.hpp"

namespace gsdb::codebase::plugins {

namespace {

namespace fs = std::filesystem;
using packages::Value;

/// What a folder may hold: grammars are large, and nothing else is.
constexpr std::uintmax_t file_bytes_max = 128U << 20U;
constexpr std::size_t files_max = 100;

/// What a plug-in's author is told.
struct Fault {
    std::string text;
};

std::string read_file(const fs::path& path) {
    std::error_code problem;
    const auto size = fs::file_size(path, problem);
    if (problem) throw Fault{fmt::format("{} cannot be read: {}", path.filename().string(), problem.message())};
    if (size > file_bytes_max) throw Fault{fmt::format("{} is larger than 128 MiB", path.filename().string())};
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return std::move(text).str();
}

Uuid digest_of(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) paths.push_back(entry.path());
        if (paths.size() > files_max) throw Fault{"the folder holds more than 100 files"};
    }
    std::ranges::sort(paths);
    Digest digest;
    for (const auto& path : paths) {
        digest.add_text(fs::relative(path, folder).string());
        digest.add_text(read_file(path));
    }
    return digest.finish();
}

bool is_word(std::string_view text, std::string_view extra) {
    return !text.empty() && text.size() <= 60 && text[0] >= 'a' && text[0] <= 'z' &&
           std::ranges::all_of(text, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || extra.contains(c);
           });
}

/// One of the two files, read strictly: a key that is not known is a fault.
class Description {
  public:
    Description(std::string file, const std::string& text) : file_(std::move(file)) {
        auto document = packages::read_yaml(text);
        if (!document) throw Fault{fmt::format("{}:{}: {}", file_, document.error().line, document.error().cause)};
        root_ = *std::move(document);
        if (!root_.is_table()) throw Fault{fmt::format("{} is no list of names and values", file_)};
    }

    const Value& root() const { return root_; }
    [[noreturn]] void fail(std::uint32_t line, std::string_view what) const {
        throw Fault{fmt::format("{}:{}: {}", file_, line, what)};
    }

    void allow(const Value& table, const std::set<std::string_view>& keys) const {
        for (const auto& entry : table.entries)
            if (!keys.contains(entry.key)) fail(entry.line, fmt::format("there is no setting {}", entry.key));
    }
    std::string text(const Value& table, std::string_view key, std::string_view otherwise) const {
        const auto& value = table[key];
        if (!value) return std::string(otherwise);
        if (!value.is_scalar()) fail(value.line, fmt::format("{} is no text", key));
        return value.text;
    }
    std::string required(const Value& table, std::string_view key) const {
        auto found = text(table, key, {});
        if (found.empty()) fail(std::max(table.line, 1U), fmt::format("{} is missing", key));
        return found;
    }
    std::vector<std::string> list(std::string_view key) const {
        std::vector<std::string> items;
        const auto& value = root_[key];
        if (value && !value.is_list()) fail(value.line, fmt::format("{} is no list", key));
        for (const auto& entry : value.entries) {
            if (!entry.value.is_scalar()) fail(entry.value.line, fmt::format("{} holds what is no text", key));
            items.push_back(entry.value.text);
        }
        return items;
    }

  private:
    std::string file_;
    Value root_;
};

void read_common(const Description& description, Plugin& plugin) {
    plugin.name = description.required(description.root(), "name");
    if (!is_word(plugin.name, "")) description.fail(1, "name is a word of small letters, digits and underscores");
    const auto library = description.required(description.root(), "library");
    if (library.contains('/')) description.fail(1, "library is the name of a file in the folder");
    plugin.library = plugin.folder / library;
    if (!fs::is_regular_file(plugin.library)) throw Fault{fmt::format("there is no {} in the folder", library)};
}

void read_language(Plugin& plugin) {
    const Description description("language.yaml", read_file(plugin.folder / "language.yaml"));
    description.allow(description.root(), {"name", "library", "symbol", "extensions", "file_names", "comments"});
    read_common(description, plugin);
    plugin.symbol = description.text(description.root(), "symbol", "tree_sitter_" + plugin.name);
    plugin.extensions = description.list("extensions");
    plugin.file_names = description.list("file_names");
    if (plugin.extensions.empty() && plugin.file_names.empty())
        description.fail(1, "extensions or file_names say which files it is for");
    for (const auto& extension : plugin.extensions)
        if (extension.contains('.')) description.fail(1, fmt::format("{}: an extension is without dots", extension));
    if (const auto& comments = description.root()["comments"]; comments) {
        description.allow(comments, {"line", "block_open", "block_close", "quotes"});
        plugin.comments = {description.text(comments, "line", {}), description.text(comments, "block_open", {}),
                           description.text(comments, "block_close", {}), description.text(comments, "quotes", {})};
        if (plugin.comments.block_open.empty() != plugin.comments.block_close.empty())
            description.fail(comments.line, "block_open and block_close go together");
    }
    plugin.symbols_query = read_file(plugin.folder / "symbols.scm");
    if (fs::exists(plugin.folder / "metrics.scm")) plugin.metrics_query = read_file(plugin.folder / "metrics.scm");
}

PluginRule read_rule(const Description& description, const Plugin& plugin, const Value& value) {
    if (!value.is_table()) description.fail(value.line, "a rule has an id, a name and a description");
    description.allow(value, {"id", "name", "description", "severity", "effort_minutes"});
    PluginRule rule;
    rule.id = description.required(value, "id");
    rule.name = description.required(value, "name");
    rule.description = description.required(value, "description");
    rule.severity = description.text(value, "severity", "warning");
    if (!rule.id.starts_with(plugin.name + "/") ||
        !is_word(std::string_view(rule.id).substr(plugin.name.size() + 1), "-"))
        description.fail(value.line, fmt::format("{}: a rule's id is {}/ and a word", rule.id, plugin.name));
    if (rule.severity != "note" && rule.severity != "warning" && rule.severity != "error")
        description.fail(value.line, fmt::format("{}: severity is note, warning or error", rule.id));
    const auto effort = description.text(value, "effort_minutes", "5");
    const auto [end, problem] = std::from_chars(effort.data(), effort.data() + effort.size(), rule.effort_minutes);
    if (problem != std::errc{} || end != effort.data() + effort.size() || rule.effort_minutes < 0)
        description.fail(value.line, fmt::format("{}: effort_minutes is a number", rule.id));
    return rule;
}

void read_check(Plugin& plugin) {
    const Description description("check.yaml", read_file(plugin.folder / "check.yaml"));
    description.allow(description.root(), {"name", "library", "languages", "rules"});
    read_common(description, plugin);
    plugin.languages = description.list("languages");
    const auto& rules = description.root()["rules"];
    if (!rules.is_list() || rules.entries.empty()) description.fail(1, "rules says what it may find");
    for (const auto& entry : rules.entries) plugin.rules.push_back(read_rule(description, plugin, entry.value));
}

}  // namespace

std::string_view to_label(PluginKind kind) {
    return kind == PluginKind::language ? "language" : "check";
}

std::expected<Plugin, std::string> read_plugin(const fs::path& folder) {
    try {
        Plugin plugin;
        plugin.folder = fs::absolute(folder);
        const bool is_language = fs::exists(folder / "language.yaml");
        const bool is_check = fs::exists(folder / "check.yaml");
        if (is_language == is_check)
            throw Fault{is_check ? "both language.yaml and check.yaml are there"
                                 : "neither language.yaml nor check.yaml is there"};
        plugin.kind = is_language ? PluginKind::language : PluginKind::check;
        plugin.digest = digest_of(plugin.folder);
        is_language ? read_language(plugin) : read_check(plugin);
        return plugin;
    } catch (const Fault& fault) {
        return std::unexpected(fault.text);
    } catch (const fs::filesystem_error& error) {
        return std::unexpected(error.code().message());
    }
}

}  // namespace gsdb::codebase::plugins
