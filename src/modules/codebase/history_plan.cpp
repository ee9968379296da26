#include "modules/codebase/history_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <queue>

namespace gsdb::codebase {

using source::ObjectId;

namespace {

constexpr std::int64_t day_seconds = 86'400;
constexpr std::array<std::pair<char, std::int64_t>, 4> units{
    {{'d', day_seconds}, {'w', 7 * day_seconds}, {'m', 30 * day_seconds}, {'y', 365 * day_seconds}}};

}  // namespace

Result<HistoryDepth> parse_history_depth(std::string_view text) {
    if (text == "all") return HistoryDepth{.kind = HistoryDepth::Kind::all};
    if (text == "off") return HistoryDepth{.kind = HistoryDepth::Kind::off};
    constexpr std::int64_t count_max = 100'000;
    std::int64_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    for (const auto& [letter, seconds] : units)
        if (failed == std::errc() && text.substr(end - text.data()) == std::string_view(&letter, 1) && count > 0 &&
            count <= count_max)
            return HistoryDepth{.kind = HistoryDepth::Kind::since, .seconds = count * seconds};
    return std::unexpected(Error{.code = "usage.history",
                                 .message = fmt::format("'{}' says not how far back the history is to be read", text),
                                 .hint = "all, off, or a number of days, weeks, months or years: 90d, 26w, 18m, 2y",
                                 .exit_code = ExitCode::usage});
}

std::string to_string(const HistoryDepth& depth) {
    switch (depth.kind) {
        case HistoryDepth::Kind::off:
            return "off";
        case HistoryDepth::Kind::all:
            return "all";
        case HistoryDepth::Kind::since:
            break;
    }
    return fmt::format("{}d", depth.seconds / day_seconds);
}

void CommitGraph::add_tip(const ObjectId& id) {
    tips_.push_back(id);
    read(id);
    if (const auto found = nodes_.find(id); found != nodes_.end())
        newest_ = std::max(newest_, found->second.committed_at);
}

void CommitGraph::read(const ObjectId& id) {
    if (nodes_.contains(id) || missing_.contains(id)) return;
    auto node = history_.node(id);
    if (!node) {
        missing_.insert(id);
        node.error().path = "commit " + to_string(id);
        problems_.push_back(std::move(node.error()));
        return;
    }
    fresh_.push_back(id);
    unfollowed_.emplace_back(node->committed_at, id);
    std::ranges::push_heap(unfollowed_);
    nodes_.emplace(id, std::move(*node));
}

std::vector<ObjectId> CommitGraph::read_on(std::size_t count) {
    const auto enough = fresh_.size() + count;
    while (!unfollowed_.empty() && fresh_.size() < enough && !stop_.stop_requested()) {
        std::ranges::pop_heap(unfollowed_);
        const auto id = unfollowed_.back().second;
        unfollowed_.pop_back();
        const auto& node = nodes_.at(id);
        if (!is_open(id, node)) continue;
        const auto parents = node.parents;  // reading moves the nodes
        for (const auto& parent : parents) read(parent);
    }
    return std::exchange(fresh_, {});
}

std::unordered_set<ObjectId> CommitGraph::open_commits() const {
    std::unordered_set<ObjectId> open;
    auto todo = tips_;
    while (!todo.empty()) {
        const auto id = todo.back();
        todo.pop_back();
        const auto found = nodes_.find(id);
        if (found == nodes_.end() || !is_open(id, found->second) || !open.insert(id).second) continue;
        std::ranges::copy(found->second.parents, std::back_inserter(todo));
    }
    return open;
}

// Kahn 1962.
std::vector<ObjectId> CommitGraph::in_order() const {
    const auto open = open_commits();
    std::unordered_map<ObjectId, std::vector<ObjectId>> children;
    std::unordered_map<ObjectId, std::size_t> parents_left;
    using Ready = std::pair<std::int64_t, ObjectId>;
    std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
    for (const auto& id : open) {
        const auto& node = nodes_.at(id);
        std::size_t parents = 0;
        for (const auto& parent : node.parents)
            if (open.contains(parent)) children[parent].push_back(id), ++parents;
        if (parents == 0) ready.emplace(node.committed_at, id);
        parents_left.emplace(id, parents);
    }
    std::vector<ObjectId> order;
    order.reserve(open.size());
    while (!ready.empty()) {
        const auto id = ready.top().second;
        ready.pop();
        order.push_back(id);
        for (const auto& child : children[id])
            if (--parents_left[child] == 0) ready.emplace(nodes_.at(child).committed_at, child);
    }
    return order;
}

std::vector<PlannedCommit> number_commits(const std::vector<ObjectId>& order, const StoredCommits& stored,
                                          std::int32_t last_number) {
    std::vector<PlannedCommit> commits;
    for (const auto& id : order) {
        const auto found = stored.find(id);
        if (found == stored.end())
            commits.push_back({.id = id, .number = ++last_number});
        else
            commits.push_back(
                {.id = id, .number = found->second.number, .is_new = false, .reads_changes = found->second.is_unread});
    }
    return commits;
}

HistoryPlan plan_whole_history(const source::History& history, const std::vector<ObjectId>& tips,
                               const StoredCommits& stored, std::int32_t last_number, const HistoryDepth& depth,
                               std::stop_token stop) {
    CommitGraph graph(history, std::move(stop));
    for (const auto& tip : tips) graph.add_tip(tip);
    graph.read_on(SIZE_MAX / 2);
    if (depth.kind == HistoryDepth::Kind::since) graph.reach_back(depth.seconds);
    auto order = graph.in_order();
    HistoryPlan plan{.commits = {}, .lost = {}, .problems = graph.take_problems()};
    const std::unordered_set<ObjectId> ordered(order.begin(), order.end());
    for (const auto& [id, commit] : stored) {
        if (!graph.has(id) && !commit.is_lost) plan.lost.push_back(id);
        if (graph.has(id) && !ordered.contains(id)) order.push_back(id);  // stored when more was read
    }
    plan.commits = number_commits(order, stored, last_number);
    return plan;
}

}  // namespace gsdb::codebase
