#pragma once
// Files and the packages that come of them, as lines of text.

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "modules/codebase/packages/imports.hpp"
#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

inline Packages packages_of(const std::map<std::string, std::string>& texts) {
    std::vector<File> files;
    for (const auto& [path, text] : texts) files.push_back(parse(path, text));
    return combine(std::move(files));
}

/// "path:line scope name range; what else there is". What only lock files have begins with "+".
inline std::string line_of(const Dependency& d) {
    auto line = d.is_direct ? fmt::format("{}:{} {} {} {}", d.manifest_path, d.manifest_line, to_label(d.scope), d.name,
                                          d.range.empty() ? "any" : d.range)
                            : fmt::format("+{} {} {}", d.manifest_path, to_label(d.scope), d.name);
    const auto add = [&](std::string_view label, const std::string& value) {
        if (!value.empty()) line += fmt::format("; {} {}", label, value);
    };
    add("locked", d.locked_version);
    add("in", d.lock_path);
    add("when", d.condition);
    add("from", d.source_url);
    add("licence", d.licence);
    if (d.import_names != import_names(d.ecosystem, d.name) && !d.import_names.empty())
        add("as", d.import_names.front());
    if (d.is_local) line += "; local";
    add("run by", d.run_by);
    return line;
}

inline std::vector<std::string> rows_of(const std::map<std::string, std::string>& texts) {
    std::vector<std::string> lines;
    for (const auto& dependency : packages_of(texts).dependencies) lines.push_back(line_of(dependency));
    return lines;
}

inline std::vector<std::string> problems_of(const std::map<std::string, std::string>& texts) {
    std::vector<std::string> lines;
    for (const auto& problem : packages_of(texts).problems)
        lines.push_back(fmt::format("{}:{} {}", problem.path, problem.line, problem.cause));
    return lines;
}

}  // namespace gsdb::codebase::packages
