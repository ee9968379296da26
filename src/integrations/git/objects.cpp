#include "integrations/git/objects.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "integrations/git/libgit_repository.hpp"
#include "integrations/git/tree_entries.hpp"

namespace gsdb::git {

using codebase::source::id_bytes;
using codebase::source::ProblemKind;

namespace {

class TreeReader {
  public:
    TreeReader(const Repository& repository, std::vector<Problem>& problems)
        : repository_(repository), problems_(problems) {}

    void read(const ObjectId& id, const std::string& prefix, int depth) {
        auto tree = repository_.read(id, tree_bytes_max);
        if (!tree || tree->type != Object::Type::tree || depth > tree_depth_max) {
            auto problem = tree ? Problem{.cause = "no tree, or nested too deeply"} : std::move(tree.error());
            problem.path = prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
            problem.kind = ProblemKind::unreadable_folder;
            problems_.push_back(std::move(problem));
            return;
        }
        for (auto rest = as_text(tree->bytes); !rest.empty();) {
            const auto entry = next_tree_entry(rest, id.algorithm);
            if (!entry) {
                problems_.push_back({prefix, ProblemKind::unreadable_folder, "the tree is cut off"});
                return;
            }
            record(entry->mode, prefix + std::string(entry->name), entry->name, entry->id, depth);
        }
    }

    std::vector<TreeFile> files;

  private:
    void record(std::string_view mode, std::string path, std::string_view name, const ObjectId& target, int depth) {
        if (!is_possible_name(name)) {
            problems_.push_back({std::move(path), ProblemKind::unreadable, "no file can have this name"});
        } else if (mode == "40000") {
            read(target, path + "/", depth + 1);
        } else {
            const auto kind = mode == "120000"   ? EntryKind::symlink
                              : mode == "160000" ? EntryKind::submodule
                              : mode == "100755" ? EntryKind::executable
                                                 : EntryKind::regular;
            files.push_back({std::move(path), kind, target});
        }
    }

    const Repository& repository_;
    std::vector<Problem>& problems_;
};

}  // namespace

std::vector<TreeFile> files_of_tree(const Repository& repository, const ObjectId& tree,
                                    std::vector<Problem>& problems) {
    TreeReader reader(repository, problems);
    reader.read(tree, "", 0);
    // Git writes trees in this order; a damaged one may not be.
    std::ranges::sort(reader.files, {}, &TreeFile::path);
    const auto repeated = std::ranges::unique(reader.files, {}, &TreeFile::path);
    reader.files.erase(repeated.begin(), repeated.end());
    return std::move(reader.files);
}

Result<ObjectId> tree_of_commit(const Repository& repository, const ObjectId& commit) {
    auto object = repository.read(commit, tree_bytes_max);
    if (object && object->type == Object::Type::commit) {
        const auto text = as_text(object->bytes);
        if (text.starts_with("tree ")) {
            if (auto tree = ObjectId::parse(text.substr(5, 2 * id_bytes(commit.algorithm)))) return *tree;
        }
    }
    const auto cause = object ? "it is no commit" : object.error().cause;
    if (!object && repository.is_shallow()) {
        return std::unexpected(Error{.code = "source.shallow",
                                     .message = "commit " + to_string(commit) + " is not in this shallow clone",
                                     .detail = cause,
                                     .hint = "run `git fetch --unshallow` in the repository"});
    }
    return std::unexpected(
        corrupted_repository(repository.layout().git_dir, "commit " + to_string(commit) + ": " + cause));
}

}  // namespace gsdb::git
