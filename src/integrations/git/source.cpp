#include "integrations/git/source.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "integrations/git/index.hpp"
#include "integrations/git/libgit_repository.hpp"
#include "integrations/git/mirror.hpp"
#include "integrations/git/trees.hpp"
#include "integrations/git/url.hpp"
#include "modules/codebase/source/folder.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/root_folder.hpp"

namespace gsdb::git {

using codebase::source::canonical_path;
using codebase::source::display_path;
using codebase::source::open_folder;
using codebase::source::OpenOptions;

namespace {

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

Result<SourceTreePointer> open_commit(std::unique_ptr<Repository> repository, const std::string& revision) {
    const auto& layout = repository->layout();
    const auto shown = display_path(layout.work_dir.empty() ? layout.git_dir : layout.work_dir);
    if (!revision.empty()) {
        const auto commit = repository->find_commit(revision);
        if (commit) {
            const bool is_branch = repository->find_commit("refs/heads/" + revision) == commit;
            return make_commit_tree(std::move(repository), *commit, is_branch ? revision : "");
        }
        const bool shallow = repository->is_shallow();
        return std::unexpected(Error{.code = shallow ? "source.shallow" : "source.no_such_revision",
                                     .message = fmt::format("{} has no commit {}", shown, display_path(revision)),
                                     .detail = shallow ? "the clone is shallow: older commits were left out" : "",
                                     .hint = shallow ? "run `git fetch --unshallow` in the repository"
                                                     : "`git branch -a` and `git tag` list what there is",
                                     .exit_code = ExitCode::not_found});
    }
    auto head = repository->head();
    if (!head) return std::unexpected(head.error());
    if (head->commit) return make_commit_tree(std::move(repository), *head->commit, head->branch);
    if (repository->has_branches()) {
        return std::unexpected(
            Error{.code = "source.no_such_revision",
                  .message = fmt::format("HEAD of {} names the branch {}, which has no commit", shown, head->branch),
                  .hint = "choose another branch with --rev",
                  .exit_code = ExitCode::not_found});
    }
    return std::unexpected(Error{.code = "source.empty_repository",
                                 .message = fmt::format("the repository {} is empty", shown),
                                 .detail = "it has no commit",
                                 .hint = "push a commit to it, or name another repository",
                                 .exit_code = ExitCode::usage});
}

Result<SourceTreePointer> open_repository(std::unique_ptr<Repository> repository, const OpenOptions& options) {
    const auto layout = repository->layout();
    const bool commit = layout.work_dir.empty() || !options.rev.empty();
    auto tree = commit ? open_commit(std::move(repository), options.rev) : make_work_tree(std::move(repository));
    if (!tree || !options.include_submodules) return tree;
    return with_submodules(std::move(*tree), layout, commit ? Shows::commit : Shows::work_tree);
}

// Whether the folder belongs to the repository that was found around it.
Result<bool> is_tracked(const Repository& repository, const std::string& folder) {
    const auto& layout = repository.layout();
    const bool is_top = layout.work_dir.empty() || folder == layout.work_dir || folder == layout.git_dir ||
                        !folder.starts_with(layout.work_dir + "/");
    if (is_top) return true;
    const auto prefix = folder.substr(layout.work_dir.size() + 1) + "/";
    auto index = read_index(layout.git_dir, layout.algorithm);
    if (!index && index.error().code == "source.unsupported")
        index = read_index_by_git(layout.git_dir, layout.work_dir);
    if (!index) return std::unexpected(index.error());
    const auto first =
        std::ranges::lower_bound(index->files, std::string_view(prefix), {}, &codebase::source::KnownFile::path);
    return first != index->files.end() && first->path.starts_with(prefix);
}

Result<SourceTreePointer> open_path(const std::string& location, const OpenOptions& options) {
    auto path = canonical_path(location);
    if (!path) return std::unexpected(path.error());
    auto repository = find_repository(*path);
    if (!repository) return std::unexpected(repository.error());
    const bool claims_repository = exists(*path + "/.git");
    if (*repository != nullptr) {
        const auto& layout = (*repository)->layout();
        const bool is_own = !claims_repository || layout.work_dir == *path || layout.git_dir == *path + "/.git";
        if (!is_own) return std::unexpected(corrupted_repository(*path, ".git is there, but is no repository"));
        auto tracked = is_tracked(**repository, *path);
        if (!tracked) return std::unexpected(tracked.error());
        if (*tracked) return open_repository(std::move(*repository), options);
    } else if (claims_repository) {
        return std::unexpected(corrupted_repository(*path, ".git is there, but is no repository"));
    }
    if (!options.rev.empty()) {
        return std::unexpected(Error{.code = "source.not_a_repository",
                                     .message = fmt::format("{} is not a Git repository", display_path(location)),
                                     .detail = "only a repository has revisions",
                                     .hint = "leave the revision out to index the folder as it is",
                                     .exit_code = ExitCode::usage});
    }
    return open_folder(*path);
}

}  // namespace

Result<SourceTreePointer> open_source(const std::string& location, const OpenOptions& options) {
    if (exists(location) || !looks_like_url(location)) return open_path(location, options);
    auto mirror = update_mirror(location, options);
    if (!mirror) return std::unexpected(mirror.error());
    return open_path(*mirror, options);
}

}  // namespace gsdb::git
