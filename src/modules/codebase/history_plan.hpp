#pragma once
// Which commits of a history are to be stored, and which are there no more.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/source/history.hpp"

namespace gsdb::codebase {

/// How far back a history is read.
struct HistoryDepth {
    enum class Kind : std::uint8_t { off, all, since };
    Kind kind = Kind::all;
    std::int64_t seconds = 0;  ///< since: this long before the newest commit that a branch or tag points to

    bool operator==(const HistoryDepth&) const = default;
};

/// "all", "off", or a number and a unit: "90d", "26w", "18m", "2y" (months of 30 days, years of 365). Errors: usage.
Result<HistoryDepth> parse_history_depth(std::string_view text);
std::string to_string(const HistoryDepth& depth);

/// What the database has of a commit.
struct StoredCommit {
    std::int32_t number = 0;
    bool is_lost = false;
    bool is_unread = false;  ///< what it changed is not known
};
using StoredCommits = std::unordered_map<source::ObjectId, StoredCommit>;

/// A commit to read.
struct PlannedCommit {
    source::ObjectId id;
    std::int32_t number = 0;
    bool is_new = true;
    bool reads_changes = true;
};

struct HistoryPlan {
    std::vector<PlannedCommit> commits;  ///< new ones with rising numbers, parents before their children
    std::vector<source::ObjectId> lost;  ///< stored, and no tip leads to them any more
    std::vector<source::Problem> problems;
};

/// The commits behind some tips, read as far as one asks. One thread at a time.
class CommitGraph {
  public:
    /// `history` outlives the graph.
    CommitGraph(const source::History& history, std::stop_token stop) : history_(history), stop_(std::move(stop)) {}

    void add_tip(const source::ObjectId& id);
    /// From now on commits committed longer than this before the newest one are not followed.
    void reach_back(std::int64_t seconds) { edge_ = newest_ > INT64_MIN + seconds ? newest_ - seconds : INT64_MIN; }
    /// Nothing behind this one is asked for.
    void end_at(const source::ObjectId& id) { ends_.insert(id); }

    /// Reads on, the newest commits first, until there are `count` more or no more. Returns those read since it was
    /// called last.
    std::vector<source::ObjectId> read_on(std::size_t count);
    bool has(const source::ObjectId& id) const { return nodes_.contains(id); }

    /// Those that tips lead to without passing an end, within the edge, parents before children: of those that are
    /// ready the one that was committed first, then by id.
    std::vector<source::ObjectId> in_order() const;

    std::vector<source::Problem> take_problems() { return std::move(problems_); }

  private:
    void read(const source::ObjectId& id);
    bool is_open(const source::ObjectId& id, const source::CommitNode& node) const {
        return node.committed_at >= edge_ && !ends_.contains(id);
    }
    std::unordered_set<source::ObjectId> open_commits() const;

    const source::History& history_;
    const std::stop_token stop_;
    std::int64_t edge_ = INT64_MIN, newest_ = INT64_MIN;
    std::unordered_map<source::ObjectId, source::CommitNode> nodes_;
    std::unordered_set<source::ObjectId> ends_, missing_;
    std::vector<source::ObjectId> tips_, fresh_;
    std::vector<std::pair<std::int64_t, source::ObjectId>> unfollowed_;  ///< a heap, the newest on top
    std::vector<source::Problem> problems_;
};

/// Everything behind the tips, compared with all that is stored.
HistoryPlan plan_whole_history(const source::History& history, const std::vector<source::ObjectId>& tips,
                               const StoredCommits& stored, std::int32_t last_number, const HistoryDepth& depth,
                               std::stop_token stop);

/// Gives what is new of `order` numbers from `last_number` on.
std::vector<PlannedCommit> number_commits(const std::vector<source::ObjectId>& order, const StoredCommits& stored,
                                          std::int32_t last_number);

}  // namespace gsdb::codebase
