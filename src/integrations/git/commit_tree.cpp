#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "integrations/git/history.hpp"
#include "integrations/git/objects.hpp"
#include "integrations/git/trees.hpp"
#include "modules/codebase/source/listing.hpp"

namespace gsdb::git {

using codebase::source::Content;
using codebase::source::Entry;
using codebase::source::Identity;
using codebase::source::interrupted_error;
using codebase::source::Listing;
using codebase::source::ListOptions;
using codebase::source::SourceTree;
using codebase::source::State;

namespace {

class CommitTree final : public SourceTree {
  public:
    CommitTree(std::unique_ptr<Repository> repository, ObjectId tree, State state)
        : repository_(std::move(repository)),
          tree_(tree),
          state_(std::move(state)),
          identity_(identity_of(*repository_)) {}

    const Identity& identity() const override { return identity_; }

    Result<Listing> list(const ListOptions& options) override {
        Listing listing{.state = state_};
        for (auto& file : files_of_tree(*repository_, tree_, listing.problems)) {
            listing.entries.push_back(
                {.path = std::move(file.path), .kind = file.kind, .id = file.id, .tracked = true});
        }
        if (listing.entries.empty() && !listing.problems.empty()) {
            return std::unexpected(Error{.code = "source.corrupted",
                                         .message = "commit " + to_string(*state_.commit) + " cannot be read",
                                         .detail = listing.problems.front().cause,
                                         .hint = "run `git fsck` in " + identity_.location});
        }
        measure(listing, options);
        if (options.stop.stop_requested()) return std::unexpected(interrupted_error("listing the commit"));
        return listing;
    }

    std::expected<Content, Problem> read(const Entry& entry, std::uint64_t bytes_max) const override {
        auto object = repository_->read(entry.id, bytes_max);
        if (object) return Content{std::move(object->bytes), entry.id};
        object.error().path = entry.path;
        return std::unexpected(std::move(object.error()));
    }

    std::unique_ptr<codebase::source::History> history(const State& shown) const override {
        return make_history(*repository_, shown.commit);
    }

  private:
    // The sizes are in the headers of the objects, all over the pack: worth more than one thread.
    void measure(Listing& listing, const ListOptions& options) const {
        std::vector<Problem> problems(listing.entries.size());
        std::atomic<std::size_t> next = 0;
        const auto loop = [&] {
            for (std::size_t i = next++; i < listing.entries.size() && !options.stop.stop_requested(); i = next++) {
                auto& entry = listing.entries[i];
                if (entry.kind == EntryKind::submodule) continue;
                if (auto size = repository_->size(entry.id)) {
                    entry.size = *size;
                } else {
                    problems[i] = std::move(size.error());
                    problems[i].path = entry.path;
                }
            }
        };
        {
            constexpr std::size_t worth_a_thread = 500;
            const auto helpers =
                std::min<std::size_t>(std::max(options.threads, 1U) - 1, listing.entries.size() / worth_a_thread);
            std::vector<std::jthread> crew;
            for (std::size_t i = 0; i < helpers; ++i) crew.emplace_back(loop);
            loop();
        }
        std::ranges::copy_if(problems, std::back_inserter(listing.problems),
                             [](const Problem& problem) { return !problem.path.empty(); });
    }

    std::unique_ptr<Repository> repository_;
    ObjectId tree_;
    State state_;
    Identity identity_;
};

}  // namespace

Result<SourceTreePointer> make_commit_tree(std::unique_ptr<Repository> repository, const ObjectId& commit,
                                           std::string branch) {
    auto tree = tree_of_commit(*repository, commit);
    if (!tree) return std::unexpected(tree.error());
    const bool detached = branch.empty();
    State state{
        .commit = commit, .branch = std::move(branch), .detached = detached, .shallow = repository->is_shallow()};
    return std::make_unique<CommitTree>(std::move(repository), *tree, std::move(state));
}

}  // namespace gsdb::git
