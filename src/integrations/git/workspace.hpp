#pragma once
// What a workflow changes in a local repository: branches of its own, each in a work tree of its own. The user's work
// tree, index and branches stay as they are; only a branch that is asked for by name is moved.

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "integrations/git/command.hpp"
#include "integrations/git/touched_lines.hpp"

namespace gsdb::git {

/// A copy of one commit's files on disk, on a branch.
struct BranchFolder {
    std::filesystem::path folder;
    std::string branch;
};

/// How putting a change on top of another commit went.
struct Replayed {
    std::string commit;                  ///< what the branch is at; empty when there are conflicts
    std::vector<std::string> conflicts;  ///< files with conflict marks, which the folder holds now
};

/// Every change can be asked for again: what is there already is left, what a killed process began is begun anew. Hooks
/// are not run and the network is not used. Failures of all: git.missing, git.timeout, git.interrupted, git.failed
/// (with what git said).
class Workspace {
  public:
    /// `folders` is where work trees are made. Throws a Failure workflows.no_repository (no commit is there to begin
    /// from, or no repository).
    static Workspace open(std::string repository, std::filesystem::path folders, std::stop_token stop = {});

    /// The branch that the user has checked out, "main" when none is.
    std::string present_branch() const;
    /// The commit that a revision names; nothing for none.
    std::optional<std::string> find_commit(const std::string& revision) const;
    /// The tip of a branch; nothing when there is none of that name.
    std::optional<std::string> tip(const std::string& branch) const;
    /// Makes the branch unless it is there.
    void add_branch(const std::string& branch, const std::string& commit) const;
    /// Moves a branch from one commit to another. False when it is elsewhere by now.
    bool move_branch(const std::string& branch, const std::string& from, const std::string& to) const;
    void delete_branch(const std::string& branch) const;
    /// Branches whose names begin so.
    std::vector<std::string> branches(const std::string& prefix) const;
    /// The folder in which a branch is checked out, by the user or by us; nothing for none.
    std::optional<std::string> checked_out_in(const std::string& branch) const;

    /// A folder with the branch; both are made at `commit` unless the branch is there. What was not committed in it,
    /// and a merge that was not ended, is thrown away; ignored files stay.
    BranchFolder add_folder(const std::string& branch, const std::string& commit) const;
    /// Nothing when it is not there.
    void remove_folder(const std::string& branch) const;
    /// Puts the folder's branch to a commit, whatever it holds.
    void reset(const BranchFolder& folder, const std::string& commit) const;
    /// Merges commits into the folder's branch. Returns files in conflict; the branch is left as it was then.
    std::vector<std::string> merge(const BranchFolder& folder, const std::vector<std::string>& commits) const;

    /// All that the folder holds beyond `base` as one commit on top of it: what was committed by others, and what was
    /// not. Nothing when that is no change. Throws a Failure workflows.left_its_branch.
    std::optional<std::string> commit_change(const BranchFolder& folder, const std::string& base,
                                             const std::string& message) const;

    /// The change of one commit, on top of `onto`.
    Replayed replay(const BranchFolder& folder, const std::string& commit, const std::string& onto) const;
    /// Ends a replay whose conflicts were mended in the folder. What still has conflict marks is returned.
    Replayed end_replay(const BranchFolder& folder, const std::vector<std::string>& conflicts) const;

    /// What committing in a folder writes to beside the folder: objects, its own part of the repository's Git folder,
    /// and the branches whose names begin so ("gsdb/1f/"). Neither configuration nor hooks.
    std::vector<std::filesystem::path> written_by_commits(const std::filesystem::path& folder,
                                                          const std::string& branches) const;

    bool is_ancestor(const std::string& commit, const std::string& of) const;
    std::vector<std::string> changed_files(const std::string& from, const std::string& to) const;
    /// Files that were only renamed are not among them.
    std::vector<TouchedLines> touched_lines(const std::string& from, const std::string& to) const;
    /// The change as a patch, cut at `bytes_max`.
    std::string patch(const std::string& from, const std::string& to, std::size_t bytes_max) const;
    /// The id of the tree of files of a commit: the same for the same files.
    std::string tree_of(const std::string& commit) const;
    /// The message of a commit.
    std::string message_of(const std::string& commit) const;
    /// What the user has not committed: changed and untracked files.
    std::size_t uncommitted_files() const;

    const std::string& repository() const { return repository_; }

  private:
    Workspace(std::string repository, std::filesystem::path folders, std::stop_token stop)
        : repository_(std::move(repository)), folders_(std::move(folders)), stop_(std::move(stop)) {}

    std::filesystem::path folder_of(const std::string& branch) const;
    CommandResult ask(std::vector<std::string> arguments, const std::string& folder) const;
    /// The output of git, which has to succeed.
    std::string run(std::vector<std::string> arguments, const std::string& folder) const;
    std::string run(std::vector<std::string> arguments) const { return run(std::move(arguments), repository_); }
    std::string head_of(const std::string& folder) const;
    std::vector<std::string> unmerged_files(const std::string& folder) const;
    std::vector<std::string> conflicts_of(const CommandResult& ended, const std::string& folder) const;

    std::string repository_;
    std::filesystem::path folders_;
    std::stop_token stop_;
};

}  // namespace gsdb::git
