#pragma once
// One pass over a codebase: from a tree of files to rows that become visible at once.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/analysis.hpp"
#include "modules/codebase/check_run.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/history_run.hpp"
#include "modules/codebase/link_run.hpp"
#include "modules/codebase/package_run.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"
#include "modules/codebase/source/tree.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// How far a run has come, for progress bars. `phase` is a word for people: "listing", "analysing", "storing",
/// "linking", "checking".
struct IndexProgress {
    std::string_view phase;
    std::int64_t files_done = 0, files_total = 0;
    std::int64_t bytes_done = 0, bytes_total = 0;
};

struct LanguageSummary {
    std::string language;
    std::int64_t files, bytes, lines, code_lines, elements;
};

struct SkipSummary {
    std::string reason;
    std::int64_t files, bytes;
};

/// How good the code is (docs/reference/quality.md).
struct QualitySummary {
    double score = 0;         ///< 0 to 100
    double debt_minutes = 0;  ///< what repairing the open issues takes
};

/// What a completed run saw; the same figures as its row in codebase.analysis_runs.
struct IndexSummary {
    CodebaseId codebase;
    std::string name;
    RunId run;
    int run_number = 0;
    std::int64_t files_seen = 0, files_parsed = 0, files_reused = 0, files_skipped = 0, files_removed = 0;
    std::int64_t bytes_seen = 0, bytes_parsed = 0, lines_seen = 0, elements_seen = 0;
    std::optional<LinkSummary> links;        ///< nothing when no file changed, so that nothing had to be linked
    std::optional<PackageSummary> packages;  ///< nothing when no manifest or lock file changed
    std::optional<HistorySummary> history;   ///< nothing where there is none or it is off
    std::optional<CheckSummary> checks;      ///< nothing when neither the code nor the rules changed
    std::optional<QualitySummary> quality;   ///< nothing where nothing can be judged
    double seconds = 0;
    std::vector<LanguageSummary> languages;
    std::vector<SkipSummary> skipped;
    std::vector<plugins::DisabledPlugin> disabled_plugins;  ///< what the run went on without
    std::vector<source::Problem> problems;  ///< what could not be listed or read, of files and of the history
};

struct IndexOptions {
    AnalysisOptions analysis;
    HistoryDepth history{};                    ///< how much of the history of Git is stored
    std::optional<RepositoryId> repository{};  ///< the row of the projects module that the tree belongs to
    std::size_t merge_bytes = 16U << 20U;      ///< staged facts are merged when they reach this
    std::stop_token stop{};  ///< ends the run with the error codebase.interrupted, leaving the last one intact
    std::function<void(const IndexProgress&)> on_progress{};
};

/// Lists, analyses and stores `tree` as the next run of its codebase, which is registered when it is new. Until the run
/// is complete nobody sees it; whatever ends it early leaves the run before as it was. Throws a Failure: codebase.busy
/// when another run of this codebase is going on, codebase.interrupted, what the tree or the database says.
Task<IndexSummary> run_index(pg::Database<Database>& database, OrganizationId organization, source::SourceTree& tree,
                             const Clock& clock, IndexOptions options);

}  // namespace gsdb::codebase
