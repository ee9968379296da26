#pragma once
// The calls of a tree of files, found in memory: no database is needed for a look at a folder.

#include <stop_token>
#include <string>
#include <vector>

#include "modules/codebase/analysis.hpp"
#include "modules/codebase/link/link.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase {

struct CallGraph {
    std::vector<link::SourceFile> files;  ///< in the order of their paths; those whose flow is known
    link::Manifests manifests;
    link::Links links;
};

/// Lists, parses and links `tree`. Throws a Failure: what the tree says, codebase.interrupted.
CallGraph find_calls(source::SourceTree& tree, const AnalysisOptions& options, const std::stop_token& stop);

struct NamedEdge {
    std::string caller, callee;
    auto operator<=>(const NamedEdge&) const = default;
};

/// The calls between functions of the graph, each pair once and in order, by qualified names (link::qualified_name).
/// Calling a class is a call of its constructor. A function written as an argument of a built-in that calls it then
/// and there (`list.map(x => f(x))`) is part of the function around it: its calls are counted there as well.
std::vector<NamedEdge> named_edges(const CallGraph& graph);

}  // namespace gsdb::codebase
