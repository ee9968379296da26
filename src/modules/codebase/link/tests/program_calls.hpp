#pragma once
// Links programs that tests write down.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/link/link.hpp"

namespace gsdb::codebase::link {

/// Path and text of each file.
using ProgramText = std::vector<std::pair<std::string, std::string>>;

inline std::vector<SourceFile> files_of(const ProgramText& program) {
    std::vector<SourceFile> files;
    extract::Extractor extractor;
    for (const auto& [path, text] : program) {
        const auto language = extract::detect_language(path, text);
        extractor.extract(text, language, [&](TSNode root, std::string_view parsed) {
            files.push_back({path, flow::make_flow(root, parsed, language)});
        });
    }
    return files;
}

/// `caller > callee`, ordered; of classes without a constructor the class.
inline std::vector<std::string> calls_of(const ProgramText& program) {
    Manifests manifests;
    for (const auto& [path, text] : program) manifests.add(path, text);
    const auto files = files_of(program);
    std::vector<std::string> calls;
    for (const auto& edge : link(files, manifests).edges)
        calls.push_back(qualified_name(files[edge.file], {edge.file, edge.caller}) + " > " +
                        qualified_name(files[edge.callee.file], edge.callee));
    std::ranges::sort(calls);
    const auto repeated = std::ranges::unique(calls);
    calls.erase(repeated.begin(), repeated.end());
    return calls;
}

}  // namespace gsdb::codebase::link
