#pragma once
// What changed in the code of a codebase between two of its runs.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "modules/codebase/questions.hpp"

namespace gsdb::codebase {

/// A completed run.
struct RunPoint {
    std::int32_t number = 0;
    std::string commit, branch;  ///< empty where there was none
    Timestamp finished_at;
};

enum class ChangeKind : std::uint8_t { added, removed, changed, moved };
std::string_view to_label(ChangeKind kind);

/// A function or type that two runs do not have alike.
struct ElementChange {
    ChangeKind kind{};
    std::string path;      ///< where it is now; where it was, when it was removed
    std::string old_path;  ///< of what was moved: a file that has one of the same kind, name and signature, and had not
    std::string element_kind, name;
    bool is_exported = false;  ///< others than its file may use it, or might
    std::optional<std::int32_t> old_line, new_line;
    std::optional<std::string> old_signature, new_signature;
    std::optional<std::int32_t> old_complexity, new_complexity;  ///< cognitive

    /// Whether code that uses it may have to change: it is exported, and was removed, moved, or has another signature.
    bool breaks_api() const;
};

struct LinkChange {
    std::string kind;  ///< of the relationship
    std::int64_t added = 0, removed = 0;
};

struct Comparison {
    RunPoint before, after;
    std::vector<ElementChange> elements;  ///< by path and line
    std::vector<LinkChange> links;
};

/// The runs that are meant, the earlier first; run 0 where there is none before. Throws a Failure:
/// codebase.run_not_found.
Task<std::pair<RunPoint, RunPoint>> find_runs(pg::Database<Database> database, OrganizationId organization,
                                              CodebaseId codebase, std::string before, std::string after);

/// Compares two runs, each named by its number, by a commit or the beginning of its id (seven digits and more), or by a
/// branch or tag. Left out, `after` is the newest run and `before` the one before that; before the first one, run 0,
/// was nothing. Throws a Failure: codebase.run_not_found.
Task<Comparison> compare(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                         std::string before, std::string after);

}  // namespace gsdb::codebase
