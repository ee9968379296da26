#include "modules/codebase/components.hpp"

#include <algorithm>

namespace gsdb::codebase {

namespace {

constexpr std::uint32_t unvisited = 0xFFFFFFFF;

class Search {
  public:
    explicit Search(const std::vector<std::vector<std::uint32_t>>& edges)
        : edges_(edges), index_(edges.size(), unvisited), low_(edges.size()), is_open_(edges.size()) {}

    std::vector<std::vector<std::uint32_t>> run() {
        for (std::uint32_t node = 0; node < edges_.size(); ++node)
            if (index_[node] == unvisited) search(node);
        return std::move(components_);
    }

  private:
    struct Visit {
        std::uint32_t node;
        std::size_t next_edge = 0;
    };

    void enter(std::uint32_t node) {
        index_[node] = low_[node] = visited_++;
        is_open_[node] = true;
        open_.push_back(node);
        visits_.push_back({node});
    }

    void search(std::uint32_t root) {
        enter(root);
        while (!visits_.empty()) {
            auto& [node, next_edge] = visits_.back();
            if (next_edge < edges_[node].size()) {
                const auto to = edges_[node][next_edge++];
                if (index_[to] == unvisited)
                    enter(to);
                else if (is_open_[to])
                    low_[node] = std::min(low_[node], index_[to]);
                continue;
            }
            const auto done = node;
            visits_.pop_back();
            if (!visits_.empty()) low_[visits_.back().node] = std::min(low_[visits_.back().node], low_[done]);
            if (low_[done] == index_[done]) close(done);
        }
    }

    /// All that was opened since `root` is one component.
    void close(std::uint32_t root) {
        auto& component = components_.emplace_back();
        for (auto node = unvisited; node != root;) {
            node = open_.back();
            open_.pop_back();
            is_open_[node] = false;
            component.push_back(node);
        }
    }

    const std::vector<std::vector<std::uint32_t>>& edges_;
    std::vector<std::uint32_t> index_, low_;
    std::vector<bool> is_open_;
    std::vector<std::uint32_t> open_;
    std::vector<Visit> visits_;
    std::uint32_t visited_ = 0;
    std::vector<std::vector<std::uint32_t>> components_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> strongly_connected(const std::vector<std::vector<std::uint32_t>>& edges) {
    return Search(edges).run();
}

}  // namespace gsdb::codebase
