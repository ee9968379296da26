#pragma once
// What people and agents ask of the history in the database: where is complicated code changed often, who knows a file,
// what changes with it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "modules/codebase/questions.hpp"

namespace gsdb::codebase {

/// A file by how often it is changed and how complicated it is.
struct Hotspot {
    std::string codebase, path;
    std::int64_t commits = 0, authors = 0;
    Timestamp last_changed_at;
    std::optional<std::int32_t> code_lines, cognitive_complexity;
    std::optional<std::int64_t> score;  ///< commits times cognitive complexity; nothing where that is not measured
};

/// The highest scores first (view codebase.hotspots), then those without one by commits times lines of code.
Task<std::vector<Hotspot>> hotspots(pg::Database<Database> database, Scope scope, int rows_max);

/// A file or folder of one codebase.
struct CodePath {
    CodebaseId codebase{};
    std::string codebase_name;
    std::string path;          ///< display form, without a slash at its end; empty: everything
    bool has_history = false;  ///< whether commits of the codebase are stored at all
};

/// What a path means: a current file or folder of exactly one codebase. Throws a Failure: codebase.path_not_found,
/// codebase.path_is_ambiguous with the codebases.
Task<CodePath> find_path(pg::Database<Database> database, Scope scope, std::string path);

/// Somebody who wrote lines.
struct Owner {
    std::string email, name;
    std::int64_t commits = 0, lines_added = 0;
    std::optional<double> share, cumulative_share;  ///< of all lines added, 0 to 1; nothing where none was
    Timestamp last_committed_at;
};

struct Ownership {
    std::vector<Owner> owners;  ///< who added most lines first; lines of earlier names of a renamed file count
    /// The least number of authors who wrote half of the lines: the Contributor Absence Factor of CHAOSS
    /// (https://chaoss.community/kb/metric-contributor-absence-factor/), of lines added. 0 where no line was.
    int bus_factor = 0;
};
Task<Ownership> owners_of(pg::Database<Database> database, OrganizationId organization, CodePath path);

/// A file that changed together with another.
struct CoChange {
    std::string path;
    std::int64_t commits_together = 0;
    std::int64_t commits_of_file = 0;  ///< of the file that is asked about
    bool is_current = false;           ///< whether it is still there

    double share() const { return static_cast<double>(commits_together) / static_cast<double>(commits_of_file); }
};

struct CoChangeOptions {
    int files_max = 50;  ///< commits of more files say nothing and are left out
    int rows_max = 20;
};

/// Most commits together first.
Task<std::vector<CoChange>> co_changes_of(pg::Database<Database> database, OrganizationId organization, CodePath path,
                                          CoChangeOptions options);

}  // namespace gsdb::codebase
