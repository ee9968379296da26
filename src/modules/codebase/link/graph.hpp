#pragma once
// The graph that is solved: nodes with the objects that may be in them, edges along which objects move, and watches
// that are told of each object that comes to a node. Sets only grow, so the result does not depend on the order.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gsdb::codebase::link {

using NodeId = std::uint32_t;
using ObjectId = std::uint32_t;
constexpr std::uint32_t no_id = 0xFFFFFFFF;

/// What is to be done for each object that comes to a node; the meaning of the operands is up to the role.
struct Watch {
    std::uint8_t role = 0;
    std::uint32_t a = no_id;
    std::uint32_t b = no_id;
};

/// Objects of a group that says little once there are many of it: a node takes so many and no more. Without that, texts
/// and collections come together in the variables that everything passes through, and cost more than all the rest.
enum class Group : std::uint8_t { definition, bound, instance, literal, outside, collection, count_ };
constexpr std::array<std::uint8_t, static_cast<std::size_t>(Group::count_)> group_max{16, 16, 16, 4, 2, 8};

class Graph {
  public:
    /// `groups[object]` is the group of each object; it may grow.
    explicit Graph(const std::vector<Group>& groups) : groups_(&groups) {}

    NodeId add_node() { return add_nodes(1); }
    /// The first of `count` new nodes.
    NodeId add_nodes(std::size_t count) {
        nodes_.resize(nodes_.size() + count);
        return static_cast<NodeId>(nodes_.size() - count);
    }
    std::size_t node_count() const { return nodes_.size(); }

    void add(NodeId node, ObjectId object);
    /// What is in `from` now and later comes to `to`.
    void add_edge(NodeId from, NodeId to);
    /// Whether something may come to the node from elsewhere.
    bool has_edge_to(NodeId node) const { return nodes_[node].has_edge_to; }
    /// The watch is told of what is in the node already when the node's turn comes.
    void add_watch(NodeId node, Watch watch);
    /// The objects at a node, in the order in which they came. Valid until a node is added, or an object to this one.
    std::span<const ObjectId> objects(NodeId node) const { return nodes_[node].all(); }

    /// Until nothing moves any more: calls notify(watch, object), which may add nodes, edges, watches and objects.
    /// Calls pause() every some thousand nodes; it may throw.
    template <class Notify, class Pause>
    void run(Notify notify, Pause pause) {
        for (std::uint32_t turn = 0; next_ < queue_.size(); ++turn) {
            if (turn % 4096 == 0) pause();
            const auto node = queue_[next_++];
            nodes_[node].is_queued = false;
            move_on(node);
            tell(node, notify);
            if (next_ > 1U << 16U) {
                queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(next_));
                next_ = 0;
            }
        }
    }

    /// Work done, in objects moved: a measure that does not depend on the machine.
    std::uint64_t moves() const { return moves_; }

  private:
    // What a graph costs is the memory that it touches, so nodes are small, and most need nothing else.
    static constexpr std::uint8_t objects_here = 2;
    struct Node {
        /// The objects themselves, or where they are when there are more than fit.
        union {
            ObjectId here[objects_here];
            ObjectId* there;
        };
        std::uint32_t first_edges = no_id;
        std::uint32_t first_listener = no_id;
        std::uint8_t size = 0;
        std::uint8_t capacity = objects_here;
        std::uint8_t moved = 0;  ///< how many of the objects have gone along the edges
        bool is_queued = false;
        bool has_edge_to = false;
        std::array<std::uint8_t, static_cast<std::size_t>(Group::count_)> counts{};

        Node() : there(nullptr) {}
        std::span<const ObjectId> all() const { return {capacity == objects_here ? here : there, size}; }
    };
    static_assert(sizeof(Node) == 32);
    /// Some of the edges of a node.
    struct Edges {
        std::array<NodeId, 3> to{no_id, no_id, no_id};
        std::uint32_t next = no_id;
    };
    struct Listener {
        Watch watch;
        std::uint32_t next;
        std::uint32_t seen;
    };

    void queue(NodeId node) {
        if (nodes_[node].is_queued) return;
        nodes_[node].is_queued = true;
        queue_.push_back(node);
    }
    void grow(Node& node);
    void move_on(NodeId node);

    template <class Notify>
    void tell(NodeId node, Notify& notify) {
        for (auto l = nodes_[node].first_listener; l != no_id; l = listeners_[l].next) {
            while (listeners_[l].seen < nodes_[node].size) {
                const auto object = nodes_[node].all()[listeners_[l].seen++];
                notify(Watch(listeners_[l].watch), object);
            }
        }
    }

    const std::vector<Group>* groups_;
    std::vector<Node> nodes_;
    std::vector<Edges> edges_;
    std::vector<Listener> listeners_;
    std::vector<std::unique_ptr<ObjectId[]>> blocks_;  ///< memory for objects that do not fit into their nodes
    std::size_t block_left_ = 0;
    std::vector<NodeId> queue_;
    std::size_t next_ = 0;
    std::uint64_t moves_ = 0;
};

}  // namespace gsdb::codebase::link
