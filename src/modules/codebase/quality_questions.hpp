#pragma once
// What people ask of the quality of a codebase: which code stands in several places, and the report of a run.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modules/codebase/comparison.hpp"
#include "modules/codebase/duplicate_run.hpp"
#include "modules/codebase/history_questions.hpp"
#include "modules/codebase/questions.hpp"

namespace gsdb::codebase {

/// A block of the newest run, in all its places.
struct KnownDuplicate {
    std::string codebase;
    DuplicateBlock block;

    /// The lines of the first place.
    std::int32_t lines() const { return block.places[0].end_line - block.places[0].start_line + 1; }
};

struct DuplicateFilter {
    std::int32_t tokens_min = 0;  ///< of a block; those that are stored have as many as the rule asks for
    std::string path;             ///< a file or folder that one of the places is in; empty: any
    int rows_max = 100;           ///< blocks
};

/// What most tokens are copied of comes first: tokens times places but one.
Task<std::vector<KnownDuplicate>> list_duplicates(pg::Database<Database> database, Scope scope, DuplicateFilter filter);

/// A part of the score (docs/reference/quality.md).
struct QualityPart {
    std::string part;
    double measured = 0, points = 0, weight = 0;
    std::string formula;
    std::optional<double> points_before;
};

/// A figure of the run, and of the one that it is compared with.
struct QualityFigure {
    std::string metric;
    double value = 0;
    std::optional<double> before;
};

struct FolderScore {
    std::string folder;
    double score = 0;
};

struct FileDebt {
    std::string path;
    std::int64_t issues = 0, debt_minutes = 0;
    std::optional<std::int32_t> code_lines, cognitive_complexity;
    std::optional<double> maintainability_index;
};

struct HardFunction {
    std::string path, name;
    std::int32_t start_line = 0;
    std::int32_t cognitive_complexity = 0, cyclomatic_complexity = 0, code_lines = 0;
    double maintainability_index = 0;
};

struct QualityReport {
    std::string codebase;
    RunPoint run;
    std::optional<RunPoint> before;  ///< nothing where there is no run before
    std::optional<double> score, score_before;
    std::string debt_rating;  ///< SQALE's; empty where nothing can be rated
    std::vector<QualityPart> parts;
    std::vector<FolderScore> folders;
    std::vector<QualityFigure> figures;
    // Of the newest run:
    std::vector<FileDebt> files;
    std::vector<HardFunction> functions;
    std::vector<Hotspot> hotspots;
    std::vector<KnownDuplicate> duplicates;
    std::optional<Ownership> ownership;  ///< nothing where no history is stored
};

/// The quality of the newest run, compared with `against` (as compare() names runs) or the one before; so many rows of
/// each list. Throws a Failure: codebase.run_not_found.
Task<QualityReport> quality_report(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                                   std::string against, int rows_max);

}  // namespace gsdb::codebase
