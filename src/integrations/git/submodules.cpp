#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "integrations/git/trees.hpp"
#include "modules/codebase/source/history.hpp"

namespace gsdb::git {

using codebase::source::Content;
using codebase::source::Entry;
using codebase::source::Identity;
using codebase::source::Listing;
using codebase::source::ListOptions;
using codebase::source::ProblemKind;
using codebase::source::SourceTree;

namespace {

// A repository can name itself as its submodule.
constexpr int depth_max = 16;

class TreeWithSubmodules final : public SourceTree {
  public:
    TreeWithSubmodules(SourceTreePointer tree, Layout layout, Shows shows, int depth)
        : tree_(std::move(tree)), layout_(std::move(layout)), shows_(shows), depth_(depth) {}

    const Identity& identity() const override { return tree_->identity(); }

    Result<Listing> list(const ListOptions& options) override {
        children_.clear();
        auto listing = tree_->list(options);
        if (!listing) return listing;
        std::vector<Entry> found;
        std::uint32_t parts = 1;  // part 0 is this tree itself
        for (const auto& entry : listing->entries) {
            if (entry.kind != EntryKind::submodule || depth_ == depth_max) continue;
            auto opened = open(entry);
            if (!opened) {
                listing->problems.push_back({entry.path, ProblemKind::unreadable_folder, opened.error().message});
                continue;
            }
            if (*opened == nullptr) continue;
            Child child{.prefix = entry.path + "/", .tree = std::move(*opened), .first_part = parts};
            auto inside = child.tree->list(options);
            if (!inside && inside.error().exit_code == ExitCode::interrupted) return inside;
            if (!inside) {
                listing->problems.push_back({entry.path, ProblemKind::unreadable_folder, inside.error().message});
                continue;
            }
            for (auto& inner : inside->entries) {
                inner.path.insert(0, child.prefix);
                inner.part += child.first_part;
                parts = std::max(parts, inner.part + 1);
                found.push_back(std::move(inner));
            }
            for (auto& problem : inside->problems) {
                problem.path.insert(0, child.prefix);
                listing->problems.push_back(std::move(problem));
            }
            for (const auto& path : inside->ignored) listing->ignored.push_back(child.prefix + path);
            listing->state.dirty |= inside->state.dirty;
            children_.push_back(std::move(child));
        }
        std::ranges::move(found, std::back_inserter(listing->entries));
        std::ranges::sort(listing->entries, {}, &Entry::path);
        std::ranges::sort(listing->ignored);
        return listing;
    }

    std::expected<Content, Problem> read(const Entry& entry, std::uint64_t bytes_max) const override {
        if (entry.part == 0) return tree_->read(entry, bytes_max);
        const auto after = std::ranges::upper_bound(children_, entry.part, {}, &Child::first_part);
        const auto& child = *std::prev(after);
        auto inner = entry;
        inner.path.erase(0, child.prefix.size());
        inner.part -= child.first_part;
        auto content = child.tree->read(inner, bytes_max);
        if (!content) content.error().path = entry.path;
        return content;
    }

    std::unique_ptr<codebase::source::History> history(const codebase::source::State& shown) const override {
        return tree_->history(shown);
    }

  private:
    struct Child {
        std::string prefix;
        SourceTreePointer tree;
        std::uint32_t first_part = 0;  ///< of this tree's parts; the child's own are numbered from here
    };

    // Null when the submodule was never fetched.
    Result<SourceTreePointer> open(const Entry& entry) const {
        const bool shows_commit = shows_ == Shows::commit;
        const auto checked_out = layout_.work_dir.empty() ? "" : layout_.work_dir + "/" + entry.path;
        for (const auto& place : {checked_out, layout_.common_dir + "/modules/" + entry.path}) {
            if (place.empty()) continue;
            const bool is_checked_out = place == checked_out;
            if (::access((place + (is_checked_out ? "/.git" : "/HEAD")).c_str(), F_OK) != 0) continue;
            if (!is_checked_out && !shows_commit) continue;
            auto repository = find_repository(place);
            if (!repository) return std::unexpected(repository.error());
            if (*repository == nullptr) continue;
            auto layout = (*repository)->layout();
            auto tree = shows_commit ? make_commit_tree(std::move(*repository), entry.id, "")
                                     : make_work_tree(std::move(*repository));
            if (!tree) return tree;
            return std::make_unique<TreeWithSubmodules>(std::move(*tree), std::move(layout), shows_, depth_ + 1);
        }
        return nullptr;
    }

    SourceTreePointer tree_;
    Layout layout_;
    Shows shows_;
    int depth_;
    std::vector<Child> children_;
};

}  // namespace

SourceTreePointer with_submodules(SourceTreePointer tree, const Layout& layout, Shows shows) {
    return std::make_unique<TreeWithSubmodules>(std::move(tree), layout, shows, 0);
}

}  // namespace gsdb::git
