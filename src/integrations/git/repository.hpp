#pragma once
// What listing a tree needs of a Git repository, read-only. libgit2 answers where it can; the git program where libgit2
// 1.5 cannot: SHA-256 object names and repository extensions that it does not know.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/source/root_folder.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::git {

using codebase::source::EntryKind;
using codebase::source::HashAlgorithm;
using codebase::source::ObjectId;
using codebase::source::Problem;
using codebase::source::RootFolder;

struct Layout {
    std::string git_dir;     ///< of this work tree: HEAD and index are here; no slash at the end
    std::string common_dir;  ///< objects, refs and configuration; differs from git_dir in linked work trees
    std::string work_dir;    ///< empty for a bare repository
    HashAlgorithm algorithm = HashAlgorithm::sha1;
};

/// The part of the configuration that decides how files on disk are understood.
struct Settings {
    bool file_mode = true;
    bool symlinks = true;
    bool ignore_case = false;
    bool converts_line_ends = false;  ///< core.autocrlf or core.eol is set
    std::string excludes_file;        ///< core.excludesFile or its default; may not exist
    std::string attributes_file;      ///< core.attributesFile or its default; may not exist
};

struct Head {
    std::optional<ObjectId> commit;
    std::string branch;  ///< without refs/heads/
    bool detached = false;
    bool unborn = false;
};

/// A reference by its full name (refs/heads/main), and the object that it names, through others if need be.
struct Reference {
    std::string name;
    ObjectId target;
};

struct Object {
    enum class Type { blob, tree, commit, tag };
    Type type{};
    Bytes bytes;
};

class Repository {
  public:
    virtual ~Repository() = default;

    virtual const Layout& layout() const = 0;
    virtual Settings settings() const = 0;
    virtual Result<Head> head() const = 0;
    virtual std::string remote_url() const = 0;  ///< as configured, with whatever secrets it holds; may be empty
    virtual bool has_branches() const = 0;

    /// All but the symbolic ones, ordered by name. Errors: source.corrupted.
    virtual Result<std::vector<Reference>> references() const = 0;
    /// The name that a symbolic reference stands for; empty when there is none of this name.
    virtual std::string symbolic_target(const std::string& name) const = 0;

    /// The commit a revision names; nothing if there is none.
    virtual std::optional<ObjectId> find_commit(const std::string& revision) const = 0;

    /// Safe from any number of threads, like the two below. Problems: missing_object, too_large, unreadable.
    virtual std::expected<Object, Problem> read(const ObjectId& id, std::uint64_t bytes_max) const = 0;
    virtual std::expected<std::uint64_t, Problem> size(const ObjectId& id) const = 0;

    /// The content as `git add` would store it: line ends and `ident` converted as the attributes say, nothing where
    /// they ask for no conversion. External filters (LFS and the like) are never run.
    virtual std::optional<Bytes> converted(const std::string& path, ByteView content) const = 0;
    /// Whether `git add` would run a program or change the encoding, which converted() leaves out.
    virtual bool has_external_filter(const std::string& path) const = 0;

    bool is_shallow() const;
};

/// The repository that contains `path`; nothing if none does. Errors: source.corrupted, source.unsupported (needs the
/// git program, and there is none), source.not_readable.
Result<std::unique_ptr<Repository>> find_repository(const std::string& path);

}  // namespace gsdb::git
