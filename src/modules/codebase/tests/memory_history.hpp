#pragma once
// A history in memory, for tests of what is stored of one.

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "modules/codebase/source/history.hpp"
#include "modules/codebase/tests/memory_tree.hpp"

namespace gsdb::codebase {

/// The id of the commit that tests call by this name.
inline source::ObjectId commit_id(std::string_view name) {
    return source::hash_blob(as_bytes(name));
}

/// Commits by the names that tests give them.
struct MemoryCommits {
    struct Commit {
        std::vector<std::string> parents{};
        std::int64_t at = 0;
        std::vector<source::FileChange> changes{};
        std::string author = "ada@example.org";
    };
    std::map<std::string, Commit> commits{};
    std::map<std::string, std::string> branches{}, tags{};  ///< names of commits
    std::string default_branch = "main";
    std::string head{};                  ///< name of the commit that the tree shows; empty: none
    std::set<std::string> edges{};       ///< where a shallow clone ends
    std::set<std::string> unreadable{};  ///< whose changes cannot be read
    std::string reading = "first";
    std::function<void()> before_reading{};  ///< called on the threads that read changes

    /// Adds a commit on top of a branch, an hour after the one before, that changes these files by one line each.
    void commit(const std::string& name, const std::string& branch, const std::vector<std::string>& paths) {
        Commit made{.at = 3600 * static_cast<std::int64_t>(commits.size() + 1)};
        if (const auto tip = branches.find(branch); tip != branches.end()) made.parents = {tip->second};
        for (const auto& path : paths)
            made.changes.push_back(
                {.path = path, .kind = source::ChangeKind::modified, .lines_added = 1, .lines_removed = 0});
        commits[name] = std::move(made);
        branches[branch] = head = name;
    }
};

class MemoryHistory final : public source::History {
  public:
    explicit MemoryHistory(const MemoryCommits& commits) : commits_(commits) {
        for (const auto& [name, commit] : commits.commits) names_.emplace(commit_id(name), name);
    }

    Result<source::HistoryOutline> outline() override {
        source::HistoryOutline outline{.refs = {}, .reading = commits_.reading};
        for (const auto& [name, commit] : commits_.branches)
            outline.refs.push_back({source::RefKind::branch, name, commit_id(commit), name == commits_.default_branch});
        for (const auto& [name, commit] : commits_.tags)
            outline.refs.push_back({source::RefKind::tag, name, commit_id(commit), false});
        return outline;
    }

    std::expected<source::CommitNode, source::Problem> node(const source::ObjectId& id) const override {
        {
            const std::lock_guard lock(mutex_);
            ++nodes_read;
        }
        const auto found = names_.find(id);
        if (found == names_.end())
            return std::unexpected(source::Problem{{}, source::ProblemKind::missing_object, "no object"});
        const auto& commit = commits_.commits.at(found->second);
        source::CommitNode node{.parents = {}, .committed_at = commit.at};
        if (!commits_.edges.contains(found->second))
            for (const auto& parent : commit.parents) node.parents.push_back(commit_id(parent));
        return node;
    }

    std::expected<source::Commit, source::Problem> commit(const source::ObjectId& id) const override {
        const auto& name = names_.at(id);
        const auto& commit = commits_.commits.at(name);
        source::Commit result{.id = id,
                              .tree = {},
                              .has_parents = !commits_.edges.contains(name),
                              .author_name = commit.author.substr(0, commit.author.find('@')),
                              .author_email = commit.author,
                              .authored_at = commit.at,
                              .committed_at = commit.at,
                              .subject = name};
        for (const auto& parent : commit.parents) result.parents.push_back(commit_id(parent));
        return result;
    }

    std::expected<source::CommitChanges, source::Problem> changes(const source::Commit& commit,
                                                                  const source::ChangeLimits&) const override {
        if (commits_.before_reading) commits_.before_reading();
        if (commits_.unreadable.contains(commit.subject))
            return std::unexpected(source::Problem{{}, source::ProblemKind::missing_object, "no tree"});
        const auto& list = commits_.commits.at(commit.subject).changes;
        return source::CommitChanges{.files = list.size(), .list = list};
    }

    static inline int nodes_read = 0;

  private:
    const MemoryCommits& commits_;
    std::map<source::ObjectId, std::string> names_;
    mutable std::mutex mutex_;
};

/// A tree with such a history behind it.
class MemoryRepository final : public source::SourceTree {
  public:
    MemoryTree tree{"/sample", {{"a.py", "def f(): pass\n"}}};
    MemoryCommits history_of{};

    const source::Identity& identity() const override { return tree.identity(); }
    Result<source::Listing> list(const source::ListOptions& options) override {
        auto listing = tree.list(options);
        if (!history_of.head.empty()) listing->state.commit = commit_id(history_of.head);
        return listing;
    }
    std::expected<source::Content, source::Problem> read(const source::Entry& entry,
                                                         std::uint64_t bytes_max) const override {
        return tree.read(entry, bytes_max);
    }
    std::unique_ptr<source::History> history(const source::State&) const override {
        return std::make_unique<MemoryHistory>(history_of);
    }
};

}  // namespace gsdb::codebase
