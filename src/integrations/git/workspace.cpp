#include "integrations/git/workspace.hpp"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

#include "integrations/git/command.hpp"

namespace gsdb::git {

namespace {

constexpr std::chrono::minutes time_max{10};

std::string branch_ref(const std::string& branch) {
    return "refs/heads/" + branch;
}

std::vector<std::string> lines_of(const std::string& text, char end = '\n') {
    std::vector<std::string> lines;
    for (std::size_t start = 0; start < text.size();) {
        const auto stop = std::min(text.find(end, start), text.size());
        if (stop > start) lines.push_back(text.substr(start, stop - start));
        start = stop + 1;
    }
    return lines;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string what_git_said(const CommandResult& result) {
    return fmt::format("it ended with status {}: {}", result.exit_status,
                       result.errors.empty() ? first_line(result.output) : result.errors);
}

bool has_conflict_marks(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) return true;
    return false;
}

/// Commits are the program's, whoever's configuration there is; nothing is signed, because a key may ask its owner.
const std::vector<std::string>& as_the_program() {
    static const std::vector<std::string> settings{"-c", "user.name=gsdb",       "-c", "user.email=gsdb@localhost",
                                                   "-c", "commit.gpgsign=false", "-c", "core.editor=true",
                                                   "-c", "rerere.enabled=false", "-c", "merge.conflictStyle=merge"};
    return settings;
}

std::vector<std::string> by_the_program(std::vector<std::string> arguments) {
    auto all = as_the_program();
    all.insert(all.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
    return all;
}

}  // namespace

// ---- asking -----------------------------------------------------------------------------------------------------

Workspace Workspace::open(std::string repository, std::filesystem::path folders, std::stop_token stop) {
    Workspace workspace(std::move(repository), std::move(folders), std::move(stop));
    std::error_code ignored;
    if (!std::filesystem::is_directory(workspace.repository_, ignored) || !workspace.find_commit("HEAD"))
        throw Failure({.code = "workflows.no_repository",
                       .message = fmt::format("{} is no Git repository with a commit", workspace.repository_),
                       .detail = "a workflow makes branches, which begin at a commit",
                       .hint = "name a repository, or run git init and commit what there is",
                       .exit_code = ExitCode::not_found});
    return workspace;
}

CommandResult Workspace::ask(std::vector<std::string> arguments, const std::string& folder) const {
    return value_or_throw(
        run_git(std::move(arguments), {.folder = folder, .time_max = time_max, .stop = stop_, .on_error_line = {}}));
}

std::string Workspace::run(std::vector<std::string> arguments, const std::string& folder) const {
    const auto settings = arguments[0] == "-c" ? as_the_program().size() : 0;
    const auto name = arguments[settings];
    auto result = ask(std::move(arguments), folder);
    if (result.exit_status != 0)
        throw Failure({.code = "git.failed",
                       .message = fmt::format("git {} failed in {}", name, folder),
                       .detail = what_git_said(result),
                       .hint = "look at the repository with git status"});
    return std::move(result.output);
}

std::string Workspace::head_of(const std::string& folder) const {
    return first_line(run({"rev-parse", "HEAD"}, folder));
}

std::string Workspace::present_branch() const {
    const auto result = ask({"symbolic-ref", "--quiet", "--short", "HEAD"}, repository_);
    return result.exit_status == 0 ? first_line(result.output) : "main";
}

std::optional<std::string> Workspace::find_commit(const std::string& revision) const {
    const auto result =
        ask({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"}, repository_);
    if (result.exit_status != 0) return std::nullopt;
    return first_line(result.output);
}

std::optional<std::string> Workspace::tip(const std::string& branch) const {
    return find_commit(branch_ref(branch));
}

std::vector<std::string> Workspace::branches(const std::string& prefix) const {
    std::vector<std::string> found;
    for (auto& name : lines_of(run({"for-each-ref", "--format=%(refname:strip=2)", "refs/heads"})))
        if (name.starts_with(prefix)) found.push_back(std::move(name));
    return found;
}

std::optional<std::string> Workspace::checked_out_in(const std::string& branch) const {
    std::string folder;
    for (const auto& line : lines_of(run({"worktree", "list", "--porcelain"}))) {
        if (line.starts_with("worktree ")) folder = line.substr(9);
        if (line == "branch " + branch_ref(branch)) return folder;
    }
    return std::nullopt;
}

std::vector<std::filesystem::path> Workspace::written_by_commits(const std::filesystem::path& folder,
                                                                 const std::string& branches) const {
    const auto answer = run({"rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"}, folder.string());
    const std::filesystem::path own = first_line(answer);
    const std::filesystem::path shared = first_line(answer.substr(own.native().size() + 1));
    std::vector<std::filesystem::path> written{own, shared / "objects"};
    for (const auto* kept_in : {"refs/heads", "logs/refs/heads"}) {
        auto place = shared / kept_in / branches;
        std::error_code ignored;  // a place that cannot be made is not written to
        std::filesystem::create_directories(place, ignored);
        written.push_back(std::move(place));
    }
    return written;
}

bool Workspace::is_ancestor(const std::string& commit, const std::string& of) const {
    return ask({"merge-base", "--is-ancestor", commit, of}, repository_).exit_status == 0;
}

std::vector<std::string> Workspace::changed_files(const std::string& from, const std::string& to) const {
    return lines_of(run({"diff", "--name-only", "-z", "--no-renames", from, to}), '\0');
}

std::vector<TouchedLines> Workspace::touched_lines(const std::string& from, const std::string& to) const {
    // Said here, because the user's configuration may say otherwise.
    return parse_touched_lines(run({"diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames",
                                    "--diff-algorithm=histogram", "--ignore-submodules", "--unified=0",
                                    "--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/", from, to}));
}

std::string Workspace::patch(const std::string& from, const std::string& to, std::size_t bytes_max) const {
    auto text = run({"diff", "--no-color", "--no-ext-diff", "--no-textconv", from, to});
    if (text.size() > bytes_max) text.resize(bytes_max);
    return text;
}

std::string Workspace::tree_of(const std::string& commit) const {
    return first_line(run({"rev-parse", "--verify", commit + "^{tree}"}));
}

std::string Workspace::message_of(const std::string& commit) const {
    return run({"log", "-1", "--format=%B", commit});
}

std::size_t Workspace::uncommitted_files() const {
    return lines_of(run({"status", "--porcelain", "-z", "--no-renames"}), '\0').size();
}

// ---- branches ---------------------------------------------------------------------------------------------------

void Workspace::add_branch(const std::string& branch, const std::string& commit) const {
    if (!tip(branch)) run({"branch", "--no-track", branch, commit});
}

bool Workspace::move_branch(const std::string& branch, const std::string& from, const std::string& to) const {
    const auto moved = ask({"update-ref", "-m", "gsdb: merge", branch_ref(branch), to, from}, repository_);
    if (moved.exit_status == 0) return true;
    if (tip(branch) != from) return false;
    throw Failure({.code = "git.failed",
                   .message = fmt::format("branch {} of {} could not be moved", branch, repository_),
                   .detail = what_git_said(moved),
                   .hint = "look for a lock file below the repository's refs folder, and for its rights"});
}

void Workspace::delete_branch(const std::string& branch) const {
    if (tip(branch)) run({"branch", "-D", branch});
}

// ---- folders ----------------------------------------------------------------------------------------------------

std::filesystem::path Workspace::folder_of(const std::string& branch) const {
    return folders_ / std::filesystem::path(branch).filename();
}

BranchFolder Workspace::add_folder(const std::string& branch, const std::string& commit) const {
    BranchFolder added{.folder = folder_of(branch), .branch = branch};
    add_branch(branch, commit);
    std::error_code ignored;
    if (checked_out_in(branch) && std::filesystem::exists(added.folder / ".git", ignored)) {
        reset(added, tip(branch).value_or(commit));
        return added;
    }
    remove_folder(branch);
    std::filesystem::create_directories(folders_);
    run({"worktree", "add", "--quiet", "--force", added.folder.string(), branch});
    return added;
}

void Workspace::remove_folder(const std::string& branch) const {
    std::error_code problem;
    std::filesystem::remove_all(folder_of(branch), problem);
    if (problem)
        throw Failure({.code = "git.failed",
                       .message = fmt::format("{} could not be removed", folder_of(branch).string()),
                       .detail = problem.message(),
                       .hint = "remove it by hand, and run git worktree prune in the repository"});
    run({"worktree", "prune"});
}

void Workspace::reset(const BranchFolder& folder, const std::string& commit) const {
    const auto path = folder.folder.string();
    // A merge or pick that was not ended is over with this; so is a lock that a killed git left.
    std::error_code ignored;
    const std::filesystem::path git_dir = first_line(run({"rev-parse", "--absolute-git-dir"}, path));
    std::filesystem::remove(git_dir / "index.lock", ignored);
    run({"checkout", "--quiet", "--force", "-B", folder.branch, commit}, path);
    run({"reset", "--quiet", "--hard", commit}, path);
    run({"clean", "-ffdq"}, path);
}

std::vector<std::string> Workspace::unmerged_files(const std::string& folder) const {
    return lines_of(run({"diff", "--name-only", "-z", "--diff-filter=U"}, folder), '\0');
}

/// What it is in conflict about. Any other reason why git ended like that is a Failure.
std::vector<std::string> Workspace::conflicts_of(const CommandResult& ended, const std::string& folder) const {
    auto conflicts = unmerged_files(folder);
    if (!conflicts.empty()) return conflicts;
    throw Failure({.code = "git.failed",
                   .message = fmt::format("changes could not be put together in {}", folder),
                   .detail = what_git_said(ended),
                   .hint = "try it by hand in a copy of the repository"});
}

std::vector<std::string> Workspace::merge(const BranchFolder& folder, const std::vector<std::string>& commits) const {
    const auto path = folder.folder.string();
    const auto before = head_of(path);
    for (const auto& commit : commits) {
        const auto merged = ask(by_the_program({"merge", "--quiet", "--no-edit", "--no-ff", commit}), path);
        if (merged.exit_status == 0) continue;
        auto conflicts = conflicts_of(merged, path);
        reset(folder, before);
        return conflicts;
    }
    return {};
}

// ---- changes ----------------------------------------------------------------------------------------------------

std::optional<std::string> Workspace::commit_change(const BranchFolder& folder, const std::string& base,
                                                    const std::string& message) const {
    const auto path = folder.folder.string();
    const auto head = ask({"symbolic-ref", "--quiet", "HEAD"}, path);
    if (first_line(head.output) != branch_ref(folder.branch))
        throw Failure({.code = "workflows.left_its_branch",
                       .message = fmt::format("{} is not on branch {} any more", path, folder.branch),
                       .detail = head.exit_status == 0 ? "it is on " + first_line(head.output) : "it is on no branch",
                       .hint = "an agent must stay on the branch that it is given"});
    run({"add", "--all"}, path);
    run({"reset", "--quiet", "--soft", base}, path);
    if (ask({"diff", "--cached", "--quiet"}, path).exit_status == 0) return std::nullopt;
    run(by_the_program({"commit", "--quiet", "--no-verify", "-m", message}), path);
    return tip(folder.branch);
}

Replayed Workspace::replay(const BranchFolder& folder, const std::string& commit, const std::string& onto) const {
    reset(folder, onto);
    const auto path = folder.folder.string();
    const auto picked = ask(by_the_program({"cherry-pick", "--allow-empty", "--keep-redundant-commits", commit}), path);
    if (picked.exit_status == 0) return {.commit = head_of(path), .conflicts = {}};
    return {.commit = {}, .conflicts = conflicts_of(picked, path)};
}

Replayed Workspace::end_replay(const BranchFolder& folder, const std::vector<std::string>& conflicts) const {
    const auto path = folder.folder.string();
    Replayed still;
    for (const auto& file : conflicts)
        if (has_conflict_marks(folder.folder / file)) still.conflicts.push_back(file);
    if (!still.conflicts.empty()) return still;
    run({"add", "--all"}, path);
    // An agent may have ended it itself.
    if (ask({"rev-parse", "--verify", "--quiet", "CHERRY_PICK_HEAD"}, path).exit_status == 0)
        run(by_the_program({"commit", "--quiet", "--no-verify", "--allow-empty", "--no-edit"}), path);
    return {.commit = head_of(path), .conflicts = {}};
}

}  // namespace gsdb::git
