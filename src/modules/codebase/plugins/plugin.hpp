#pragma once
// What a plug-in says of itself: a folder with language.yaml or check.yaml.

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"

namespace gsdb::codebase::plugins {

enum class PluginKind : std::uint8_t { language, check };
std::string_view to_label(PluginKind);

/// How comments look, to count the lines of a file that cannot be parsed.
struct Comments {
    std::string line, block_open, block_close, quotes;
};

/// A rule that a check reports.
struct PluginRule {
    std::string id;  ///< `plug-in's name/word`
    std::string name, description;
    std::string severity = "warning";  ///< note, warning or error
    std::int32_t effort_minutes = 5;
};

struct Plugin {
    PluginKind kind{};
    std::string name;  ///< of a language: its label
    std::filesystem::path folder, library;
    Uuid digest;  ///< of everything in the folder

    // Of a language:
    std::string symbol;  ///< the function of the library that gives the grammar
    std::vector<std::string> extensions, file_names;
    Comments comments;
    std::string symbols_query, metrics_query;

    // Of a check:
    std::vector<std::string> languages;  ///< it is for; all where it is empty
    std::vector<PluginRule> rules;
};

/// The plug-in in a folder, or what is wrong with it. The library is not loaded.
std::expected<Plugin, std::string> read_plugin(const std::filesystem::path& folder);

}  // namespace gsdb::codebase::plugins
