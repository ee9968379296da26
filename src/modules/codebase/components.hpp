#pragma once
// Circles in a graph.

#include <cstdint>
#include <vector>

namespace gsdb::codebase {

/// The strongly connected components of a graph: node i has edges to `edges[i]`. Each node is in one; a component comes
/// after those that it has edges to. Without recursion (Tarjan, "Depth-first search and linear graph algorithms",
/// 1972).
std::vector<std::vector<std::uint32_t>> strongly_connected(const std::vector<std::vector<std::uint32_t>>& edges);

}  // namespace gsdb::codebase
