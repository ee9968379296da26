#pragma once
// Symbols as lists, walks of the code graph as trees for people and as graphs for drawing programs.

#include <string>
#include <vector>

#include "modules/codebase/questions.hpp"

namespace gsdb::app {

/// Where each symbol is, with its signature and the first line of its documentation.
std::string symbol_list(const std::vector<codebase::Symbol>& symbols);

/// Each symbol under the one that it was reached by.
std::string graph_tree(const codebase::Symbol& root, const std::vector<codebase::Step>& steps);

/// The DOT language of Graphviz. Arrows point from what calls, inherits or imports; `leads_in` says that the steps go
/// against them.
std::string graph_dot(const codebase::Symbol& root, const std::vector<codebase::Step>& steps, bool leads_in);

/// A Mermaid flowchart of the same.
std::string graph_mermaid(const codebase::Symbol& root, const std::vector<codebase::Step>& steps, bool leads_in);

}  // namespace gsdb::app
