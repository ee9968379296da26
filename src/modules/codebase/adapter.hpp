#pragma once
// The adapter to a codebase's past and future: runs that are asked for and made by the server, the history of runs, and
// how figures went from run to run. Two runs are compared by comparison.hpp.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/index_run.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// A run that somebody asked for.
struct AnalysisRequest {
    Uuid id;
    std::string location;  ///< a path on the server, or a URL
    std::string revision;  ///< commit, branch or tag; empty: the state that the location has
    std::string cause;     ///< api, push
    std::string state;     ///< waiting, running, completed, failed
    std::int32_t attempts = 0;
    Timestamp requested_at;
    std::optional<Timestamp> started_at, finished_at;
    std::optional<CodebaseId> codebase;
    std::optional<std::int32_t> run;
    std::optional<std::string> error_code, error_message;
};

/// Asks for a run of each revision, in their order; of the present state where there is none. What is asked for already
/// is not asked for twice. Returns the ids.
Task<std::vector<Uuid>> request_analysis(pg::Database<Database> database, OrganizationId organization,
                                         std::string location, std::vector<std::string> revisions, std::string cause);

struct CodebaseAt {
    CodebaseId id;
    std::string location;
};

/// The newest first; of one codebase where it is given.
Task<std::vector<AnalysisRequest>> list_analyses(pg::Database<Database> database, OrganizationId organization,
                                                 std::optional<CodebaseAt> codebase, int rows_max);
/// Throws a Failure codebase.no_such_analysis.
Task<AnalysisRequest> find_analysis(pg::Database<Database> database, OrganizationId organization, Uuid id);

/// What a server works on.
struct TakenAnalysis {
    OrganizationId organization;
    Uuid id;
    std::string location, revision;
};

/// How long a request is one server's without a sign of life.
inline constexpr std::chrono::seconds analysis_taken_for{60};

/// The oldest request of any organization that nobody works on.
Task<std::optional<TakenAnalysis>> take_analysis(pg::Database<Database> database);
/// A sign of life.
Task<> keep_analysis(pg::Database<Database> database, TakenAnalysis taken);
Task<> complete_analysis(pg::Database<Database> database, TakenAnalysis taken, CodebaseId codebase, int run);
Task<> fail_analysis(pg::Database<Database> database, TakenAnalysis taken, Error error);
/// For the next one: this server stops.
Task<> put_back_analysis(pg::Database<Database> database, TakenAnalysis taken);

/// A codebase that is indexed from a URL.
struct RemoteCodebase {
    OrganizationId organization;
    std::string location;
};
/// Of all organizations.
Task<std::vector<RemoteCodebase>> remote_codebases(pg::Database<Database> database);

struct RunRecord {
    std::int32_t number = 0;
    std::string state;  ///< running, completed, failed, cancelled, abandoned
    std::optional<std::string> commit, branch;
    bool is_dirty = false;
    Timestamp started_at;
    std::optional<Timestamp> finished_at;
    std::optional<std::int32_t> files_seen, files_parsed;
    std::optional<std::int64_t> lines_seen, elements_seen;
    std::optional<double> score;
    std::optional<std::string> error_code, error_message;
};

/// The runs of a codebase, the newest first; those before a number where it is given.
Task<std::vector<RunRecord>> run_history(pg::Database<Database> database, OrganizationId organization,
                                         CodebaseId codebase, std::optional<std::int32_t> before, int rows_max);

struct TrendPoint {
    std::int32_t run = 0;
    Timestamp finished_at;
    std::optional<std::string> commit;
    double value = 0;
};
struct Trend {
    std::string metric;
    std::vector<TrendPoint> points;  ///< the oldest first
};

/// How figures went over the newest completed runs: those named (quality_score, and what docs/reference/quality.md
/// lists), or all.
Task<std::vector<Trend>> trends(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                                std::vector<std::string> metrics, int runs_max);

}  // namespace gsdb::codebase
