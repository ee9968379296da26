#include "integrations/git/tree_changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "integrations/git/line_changes.hpp"
#include "integrations/git/renames.hpp"
#include "integrations/git/tree_entries.hpp"

namespace gsdb::git {

using codebase::source::ChangeKind;
using codebase::source::FileChange;
using codebase::source::ProblemKind;

namespace {

/// Larger files are renamed only as they are.
constexpr std::uint64_t similar_bytes_max = 4U << 20U;

constexpr std::string_view tree_mode = "40000";

struct File {
    ObjectId id;
    EntryKind kind{};
};

/// A path that differs.
struct Difference {
    std::string path;
    std::optional<File> before, after;
};

EntryKind kind_of(std::string_view mode) {
    return mode == "120000"   ? EntryKind::symlink
           : mode == "160000" ? EntryKind::submodule
           : mode == "100755" ? EntryKind::executable
                              : EntryKind::regular;
}

/// The entries of a tree ordered by name, and the bytes that they point into.
struct Tree {
    Bytes bytes;
    std::vector<TreeEntry> entries;
};

/// Walks two trees side by side, down to where they differ.
class TreeComparison {
  public:
    TreeComparison(const Repository& repository, const std::stop_token& stop) : repository_(repository), stop_(stop) {}

    std::expected<void, Problem> compare(const std::optional<ObjectId>& before, const std::optional<ObjectId>& after,
                                         const std::string& prefix, int depth) {
        if (depth > tree_depth_max)
            return std::unexpected(Problem{prefix, ProblemKind::unreadable, "nested too deeply"});
        if (stop_.stop_requested()) return {};
        auto old_tree = read(before), new_tree = read(after);
        if (!old_tree) return std::unexpected(old_tree.error());
        if (!new_tree) return std::unexpected(new_tree.error());
        auto a = old_tree->entries.begin(), b = new_tree->entries.begin();
        while (a != old_tree->entries.end() || b != new_tree->entries.end()) {
            const bool takes_old = b == new_tree->entries.end() || (a != old_tree->entries.end() && a->name <= b->name);
            const bool takes_new = a == old_tree->entries.end() || (b != new_tree->entries.end() && b->name <= a->name);
            auto compared = compare_entries(takes_old ? &*a : nullptr, takes_new ? &*b : nullptr, prefix, depth);
            if (!compared) return compared;
            if (takes_old) ++a;
            if (takes_new) ++b;
        }
        return {};
    }

    std::vector<Difference> differences;

  private:
    std::expected<Tree, Problem> read(const std::optional<ObjectId>& id) const {
        Tree tree;
        if (!id) return tree;
        auto object = repository_.read(*id, tree_bytes_max);
        if (!object) return std::unexpected(object.error());
        tree.bytes = std::move(object->bytes);
        for (auto rest = as_text(tree.bytes); !rest.empty();) {
            const auto entry = next_tree_entry(rest, id->algorithm);
            if (!entry) return std::unexpected(Problem{{}, ProblemKind::unreadable, "a tree is cut off"});
            if (is_possible_name(entry->name)) tree.entries.push_back(*entry);
        }
        std::ranges::sort(tree.entries, {}, [](const TreeEntry& e) { return std::pair(e.name, e.id); });
        const auto repeated = std::ranges::unique(tree.entries, {}, &TreeEntry::name);
        tree.entries.erase(repeated.begin(), repeated.end());
        return tree;
    }

    /// Two entries of one name, or one of which the other tree has nothing.
    std::expected<void, Problem> compare_entries(const TreeEntry* before, const TreeEntry* after,
                                                 const std::string& prefix, int depth) {
        const bool is_same = before != nullptr && after != nullptr && before->id == after->id &&
                             (before->mode == tree_mode) == (after->mode == tree_mode) &&
                             kind_of(before->mode) == kind_of(after->mode);
        if (is_same) return {};
        const auto path = prefix + std::string((before != nullptr ? before : after)->name);
        const auto tree_of = [](const TreeEntry* entry) {
            return entry != nullptr && entry->mode == tree_mode ? std::optional(entry->id) : std::nullopt;
        };
        const auto file_of = [](const TreeEntry* entry) {
            return entry != nullptr && entry->mode != tree_mode ? std::optional(File{entry->id, kind_of(entry->mode)})
                                                                : std::nullopt;
        };
        if (file_of(before) || file_of(after)) differences.push_back({path, file_of(before), file_of(after)});
        if (tree_of(before) || tree_of(after)) return compare(tree_of(before), tree_of(after), path + "/", depth + 1);
        return {};
    }

    const Repository& repository_;
    const std::stop_token& stop_;
};

/// Counts lines and finds renames among the paths that differ.
class ChangeReader {
  public:
    ChangeReader(const Repository& repository, const ChangeLimits& limits) : repository_(repository), limits_(limits) {}

    std::vector<FileChange> read(std::vector<Difference> differences) {
        pair_renames(differences);
        std::vector<FileChange> changes;
        for (const auto& difference : differences) {
            if (limits_.stop.stop_requested()) break;
            changes.push_back(change_of(difference));
        }
        std::ranges::sort(changes, {}, &FileChange::path);
        return changes;
    }

  private:
    /// The text of a file; nothing when it is binary, too large, not there, or no file.
    std::optional<Bytes> text_of(const File& file) const {
        if (file.kind == EntryKind::submodule) return std::nullopt;
        auto object = repository_.read(file.id, limits_.file_bytes_max);
        if (!object || is_binary(as_text(object->bytes))) return std::nullopt;
        return std::move(object->bytes);
    }

    /// Makes one difference of the two that are a file going away and the same appearing elsewhere.
    void pair_renames(std::vector<Difference>& differences) {
        std::vector<std::size_t> gone, come;
        std::vector<RenameSide> deleted, added;
        for (std::size_t i = 0; i < differences.size(); ++i) {
            const auto& [path, before, after] = differences[i];
            const auto& file = before ? *before : *after;
            if ((before && after) || file.kind == EntryKind::submodule) continue;
            (before ? gone : come).push_back(i);
            (before ? deleted : added).push_back({.path = path, .id = file.id, .kind = file.kind});
        }
        const auto fingerprint_of = [&](const RenameSide& side) -> std::optional<Fingerprint> {
            if (side.kind == EntryKind::symlink || limits_.stop.stop_requested()) return std::nullopt;
            const auto object = repository_.read(side.id, similar_bytes_max);
            return object ? std::optional(Fingerprint(as_text(object->bytes))) : std::nullopt;
        };
        for (const auto& rename : find_renames(deleted, added, fingerprint_of)) {
            auto& from = differences[gone[rename.deleted]];
            auto& to = differences[come[rename.added]];
            to.before = std::exchange(from.before, std::nullopt);
            old_paths_.emplace(to.path, from.path);
        }
        std::erase_if(differences, [](const Difference& d) { return !d.before && !d.after; });
    }

    FileChange change_of(const Difference& difference) const {
        const auto& [path, before, after] = difference;
        const auto renamed = old_paths_.find(path);
        FileChange change{.path = path,
                          .kind = !before                       ? ChangeKind::added
                                  : !after                      ? ChangeKind::deleted
                                  : renamed != old_paths_.end() ? ChangeKind::renamed
                                  : before->id == after->id     ? ChangeKind::mode_changed
                                                                : ChangeKind::modified,
                          .lines_added = {},
                          .lines_removed = {},
                          .old_path = renamed != old_paths_.end() ? renamed->second : ""};
        const auto old_text = before ? text_of(*before) : Bytes();
        const auto new_text = !after ? Bytes() : before && before->id == after->id ? old_text : text_of(*after);
        if (!old_text || !new_text) return change;
        const auto lines = before && after && before->id == after->id
                               ? LineChanges{}
                               : compare_lines(as_text(*old_text), as_text(*new_text));
        change.lines_added = lines.added;
        change.lines_removed = lines.removed;
        return change;
    }

    const Repository& repository_;
    const ChangeLimits& limits_;
    std::map<std::string, std::string> old_paths_;  ///< by new path
};

}  // namespace

std::expected<CommitChanges, Problem> compare_trees(const Repository& repository, const std::optional<ObjectId>& before,
                                                    const ObjectId& after, const ChangeLimits& limits) {
    TreeComparison comparison(repository, limits.stop);
    if (auto compared = comparison.compare(before, after, "", 0); !compared) return std::unexpected(compared.error());
    CommitChanges changes{.files = comparison.differences.size(), .list = {}};
    if (changes.files > limits.files_max) return changes;
    changes.list = ChangeReader(repository, limits).read(std::move(comparison.differences));
    changes.files = changes.list.size();
    return changes;
}

}  // namespace gsdb::git
