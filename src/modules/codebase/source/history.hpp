#pragma once
// The history behind a tree of files: branches and tags, commits, and what each of them changed. integrations/git
// implements it.

#include <cstdint>
#include <expected>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/source/blob_id.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

enum class RefKind : std::uint8_t { branch, tag };
std::string_view to_label(RefKind kind);

/// A branch or tag.
struct Ref {
    RefKind kind{};
    std::string name;  ///< display form: main, v1.0; of a remote's branch origin/main
    ObjectId commit;   ///< of an annotated tag the commit behind it
    bool is_default = false;

    bool operator==(const Ref&) const = default;
};

/// Where the history begins and what decides how it is read.
struct HistoryOutline {
    std::vector<Ref> refs;  ///< each kind and name once, in order; those that lead to no commit are left out
    /// Another text when the same commits may have other parents or authors: names .mailmap, replacements, and the
    /// commits at which a shallow clone ends.
    std::string reading;
};

/// A commit's place in the graph.
struct CommitNode {
    std::vector<ObjectId> parents;  ///< those that are there
    std::int64_t committed_at = 0;  ///< seconds since 1970
};

struct Commit {
    ObjectId id, tree;
    std::vector<ObjectId> parents;  ///< as it names them
    bool has_parents = true;        ///< false where a shallow clone ends: what it changed cannot be told
    std::string author_name;        ///< as .mailmap has it, valid UTF-8 without NUL
    std::string author_email;       ///< as .mailmap has it, ASCII letters in lower case
    std::int64_t authored_at = 0, committed_at = 0;
    std::string subject;  ///< first line of the message, at most 512 bytes
};

enum class ChangeKind : std::uint8_t { added, modified, deleted, renamed, copied, mode_changed };
std::string_view to_label(ChangeKind kind);

struct FileChange {
    std::string path;  ///< bytes; of a deleted file the one that it had
    ChangeKind kind{};
    std::optional<std::uint32_t> lines_added, lines_removed;  ///< nothing of what is no text
    std::string old_path;                                     ///< of what was renamed or copied

    bool operator==(const FileChange&) const = default;
};

struct ChangeLimits {
    std::size_t files_max = 20'000;             ///< of a commit that changes more the number alone is told
    std::uint64_t file_bytes_max = 16U << 20U;  ///< of larger files no lines are counted
    std::stop_token stop{};
};

struct CommitChanges {
    std::size_t files = 0;
    std::vector<FileChange> list;  ///< ordered by path; empty when there are more than the limit
};

class History {
  public:
    virtual ~History() = default;

    /// Looks at the branches and tags now. Before the others, which read as of then; one thread at a time.
    virtual Result<HistoryOutline> outline() = 0;

    /// Safe from any number of threads, like the two below. Problems: missing_object, unreadable.
    virtual std::expected<CommitNode, Problem> node(const ObjectId& commit) const = 0;
    virtual std::expected<Commit, Problem> commit(const ObjectId& commit) const = 0;

    /// What a commit changed compared with its first parent, one without parents with nothing. Ends early, with
    /// whatever it has, when `limits.stop` is requested.
    virtual std::expected<CommitChanges, Problem> changes(const Commit& commit, const ChangeLimits& limits) const = 0;
};

}  // namespace gsdb::codebase::source
