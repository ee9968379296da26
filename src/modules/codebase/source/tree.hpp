#pragma once
// A tree of files to index, wherever it is: a Git work tree, a commit of a bare repository, a plain folder. The module
// declares what it needs; folder.hpp implements plain folders, integrations/git everything that needs Git.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "modules/codebase/source/blob_id.hpp"

namespace gsdb::codebase::source {

enum class TreeKind : std::uint8_t {
    work_tree,  ///< a Git repository with files checked out
    bare,       ///< a Git repository without; also the local mirror of a remote one
    folder,     ///< no Git
};
std::string_view to_label(TreeKind kind);

/// Which code base a tree belongs to. The same for all its branches and commits.
struct Identity {
    TreeKind kind{};
    std::string location;  ///< absolute, without symbolic links: top of the work tree, the bare repository, the folder
    std::string
        remote_url;    ///< of `origin`, or of the only remote; without password, over HTTP without user; empty if none
    std::string name;  ///< a proposal: the last part of the remote's URL, else of the location
};

/// What the tree shows.
struct State {
    std::optional<ObjectId> commit;  ///< the commit shown, or the one a work tree is based on
    std::string branch;              ///< without refs/heads/; empty when detached or no repository
    bool detached = false;           ///< HEAD names a commit, not a branch
    bool unborn = false;             ///< the branch has no commit yet
    bool shallow = false;            ///< history ends early; the tree itself is whole
    bool dirty = false;              ///< a work tree whose files differ from the commit's (what git status would list)
    std::uint32_t staged = 0;        ///< paths whose index entry differs from the commit; counts as git status does,
    std::uint32_t modified = 0;      ///< paths whose content or mode differs from the index
    std::uint32_t deleted = 0;       ///< paths in the index that are gone
    std::uint32_t conflicted = 0;    ///< paths with an unresolved merge
    std::uint32_t untracked = 0;     ///< files not in the index and not ignored

    bool operator==(const State&) const = default;
};

enum class EntryKind : std::uint8_t { regular, executable, symlink, submodule };
std::string_view to_label(EntryKind kind);

/// One path of the tree.
struct Entry {
    std::string path;  ///< bytes, relative to the top, '/' between parts; display_path() shows it
    EntryKind kind{};
    std::uint64_t size =
        0;        ///< bytes; what read() returns may differ where Git converts line endings; 0 for submodules
    ObjectId id;  ///< of the blob; for a submodule its commit; null when the content could not be hashed

    /// For the tree that listed it: which of its parts reads the content, and whether the work tree or the object
    /// database has it.
    std::uint32_t part = 0;
    bool tracked = false;
};

/// Why something in the tree is not, or not as listed, in the index. Never ends a run.
enum class ProblemKind : std::uint8_t {
    unreadable,         ///< permission denied, I/O error
    vanished,           ///< listed, then gone
    changing,           ///< was written to during every attempt to read it
    too_large,          ///< larger than the limit of the read
    missing_object,     ///< the repository does not have the object (partial clone, corruption)
    special_file,       ///< a FIFO, socket or device
    nested_repository,  ///< a Git repository inside the work tree that is no submodule: its files are not listed
    unreadable_folder,  ///< nothing below is listed
};
std::string_view to_label(ProblemKind kind);

struct Problem {
    std::string path;  ///< bytes, as in Entry
    ProblemKind kind{};
    std::string cause;  ///< "Permission denied"

    bool operator==(const Problem&) const = default;
};

struct Listing {
    State state;
    std::vector<Entry> entries;        ///< ordered by the bytes of path, each path once
    std::vector<Problem> problems;     ///< what could not be listed
    std::vector<std::string> ignored;  ///< ignored paths, a whole folder as one with a '/' at its end; ordered
};

/// What a file held when it was read: `id` is the id of exactly these `bytes`. It differs from the entry's when the
/// file changed after the listing.
struct Content {
    Bytes bytes;
    ObjectId id;
};

struct ListOptions {
    unsigned threads = 1;                    ///< that hash the files Git knows nothing about
    std::uint64_t hash_bytes_max = 1 << 28;  ///< larger files are listed with the null id: nobody will read them
    std::stop_token stop;                    ///< ends the listing with the error source.interrupted
};

class History;

class SourceTree {
  public:
    virtual ~SourceTree() = default;

    virtual const Identity& identity() const = 0;

    /// Looks at the tree now. May be called again; each call looks afresh. One thread at a time.
    /// A work tree lists what is on disk: tracked files, and untracked ones that are not ignored; a file that others
    /// change meanwhile appears in one of its states. Errors: source.corrupted, source.interrupted,
    /// source.not_readable.
    virtual Result<Listing> list(const ListOptions& options = {}) = 0;

    /// The content of an entry of the latest listing, at most `bytes_max` bytes. A symbolic link's content is its
    /// target. Safe from any number of threads at once.
    virtual std::expected<Content, Problem> read(const Entry& entry, std::uint64_t bytes_max) const = 0;

    /// The history behind a state of the tree, for as long as the tree is there; null where there is none. See
    /// history.hpp.
    virtual std::unique_ptr<History> history(const State& shown) const;
};

struct Progress {
    std::string_view phase;  ///< "Receiving objects"
    unsigned percent = 0;
};

struct OpenOptions {
    std::string rev;  ///< commit, branch or tag to show instead of the work tree or HEAD; empty for that
    bool include_submodules = false;      ///< list the files of submodules that are there, below their path
    std::string repositories;             ///< folder for the mirrors of remote repositories; needed for URLs only
    unsigned network_seconds_max = 3600;  ///< for cloning or fetching
    std::function<void(const Progress&)> on_progress;
    std::stop_token stop;
};

/// Finds what `location` names: a path, or a URL (https, http, ssh, git, file, or user@host:path).
/// integrations/git's open_source() is the one for users; open_folder() knows plain folders only. Errors:
/// source.not_found, source.not_readable, source.not_a_folder, source.not_a_repository (a revision was asked for),
/// source.empty_folder, source.empty_repository (no commit and no file), source.no_such_revision, source.shallow (the
/// revision is cut off), source.corrupted, source.unsupported, source.bad_url, source.fetch_failed, source.interrupted.
using Opener =
    std::function<Result<std::unique_ptr<SourceTree>>(const std::string& location, const OpenOptions& options)>;

}  // namespace gsdb::codebase::source
