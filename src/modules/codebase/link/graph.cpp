#include "modules/codebase/link/graph.hpp"

#include <algorithm>

namespace gsdb::codebase::link {

namespace {

/// Up to here a set is searched from its beginning to its end.
constexpr std::size_t searched_max = 16;

std::size_t slot_of(ObjectId object, std::size_t table_size) {
    return (object * 0x9E3779B97F4A7C15ULL >> 32U) & (table_size - 1);
}

}  // namespace

/// False when it was there. `all` are those that the table must hold, without the new one.
bool Graph::HashIndex::insert(ObjectId object, std::span<const ObjectId> all) {
    const auto put = [&](ObjectId one) {
        auto slot = slot_of(one, table.size());
        for (; table[slot] != no_id; slot = (slot + 1) & (table.size() - 1))
            if (table[slot] == one) return false;
        table[slot] = one;
        return true;
    };
    if ((all.size() + 1) * 2 > table.size()) {
        table.assign(std::max<std::size_t>(64, table.size() * 4), no_id);
        for (const auto one : all) put(one);
    }
    return put(object);
}

void Graph::add(NodeId node, ObjectId object) {
    auto& n = nodes_[node];
    const auto group = static_cast<std::size_t>((*groups_)[object]);
    if (n.counts[group] == group_max[group]) return;
    if (n.objects.size() < searched_max) {
        if (std::ranges::find(n.objects, object) != n.objects.end()) return;
    } else {
        if (!n.index) n.index = std::make_unique<HashIndex>();
        if (!n.index->insert(object, n.objects)) return;
    }
    ++n.counts[group];
    n.objects.push_back(object);
    ++moves_;
    queue(node);
}

void Graph::add_edge(NodeId from, NodeId to) {
    if (from == to || from == no_id || to == no_id) return;
    edges_.push_back({to, nodes_[from].first_edge, 0});
    nodes_[from].first_edge = static_cast<std::uint32_t>(edges_.size() - 1);
    if (!nodes_[from].objects.empty()) queue(from);
}

void Graph::add_watch(NodeId node, Watch watch) {
    if (node == no_id) return;
    listeners_.push_back({watch, nodes_[node].first_listener, 0});
    nodes_[node].first_listener = static_cast<std::uint32_t>(listeners_.size() - 1);
    if (!nodes_[node].objects.empty()) queue(node);
}

}  // namespace gsdb::codebase::link
