#include "modules/codebase/link/graph.hpp"

#include <algorithm>

namespace gsdb::codebase::link {

namespace {

constexpr std::size_t block_objects = 1U << 16U;

constexpr std::size_t objects_max() {
    std::size_t sum = 0;
    for (const auto max : group_max) sum += max;
    return sum;
}
static_assert(objects_max() <= 64, "sizes are bytes, and a set is searched from its beginning to its end");

}  // namespace

/// Room for twice as many objects. The old place is not used again: a set grows five times at most.
void Graph::grow(Node& node) {
    const auto capacity = static_cast<std::uint8_t>(node.capacity * 2);
    if (block_left_ < capacity) {
        blocks_.push_back(std::make_unique_for_overwrite<ObjectId[]>(block_objects));
        block_left_ = block_objects;
    }
    auto* const place = blocks_.back().get() + (block_objects - block_left_);
    block_left_ -= capacity;
    std::ranges::copy(node.all(), place);
    node.there = place;
    node.capacity = capacity;
}

void Graph::add(NodeId id, ObjectId object) {
    auto& node = nodes_[id];
    const auto group = static_cast<std::size_t>((*groups_)[object]);
    if (node.counts[group] == group_max[group]) return;
    if (const auto all = node.all(); std::ranges::find(all, object) != all.end()) return;
    if (node.size == node.capacity) grow(node);
    (node.capacity == objects_here ? node.here : node.there)[node.size++] = object;
    ++node.counts[group];
    ++moves_;
    queue(id);
}

/// What came to a node since its last turn goes along its edges.
void Graph::move_on(NodeId id) {
    const auto& node = nodes_[id];
    const auto news = node.all().subspan(node.moved);
    nodes_[id].moved = node.size;
    for (auto e = node.first_edges; e != no_id; e = edges_[e].next)
        for (const auto to : edges_[e].to) {
            if (to == no_id) break;
            for (const auto object : news) add(to, object);
        }
}

void Graph::add_edge(NodeId from, NodeId to) {
    if (from == to || from == no_id || to == no_id) return;
    nodes_[to].has_edge_to = true;
    auto& node = nodes_[from];
    const auto is_full = [&] { return edges_[node.first_edges].to.back() != no_id; };
    if (node.first_edges == no_id || is_full()) {
        edges_.push_back({.next = node.first_edges});
        node.first_edges = static_cast<std::uint32_t>(edges_.size() - 1);
    }
    *std::ranges::find(edges_[node.first_edges].to, no_id) = to;
    // What has gone along the others already goes along this one, too.
    for (const auto object : node.all().first(node.moved)) add(to, object);
}

void Graph::add_watch(NodeId node, Watch watch) {
    if (node == no_id) return;
    listeners_.push_back({watch, nodes_[node].first_listener, 0});
    nodes_[node].first_listener = static_cast<std::uint32_t>(listeners_.size() - 1);
    if (nodes_[node].size > 0) queue(node);
}

}  // namespace gsdb::codebase::link
