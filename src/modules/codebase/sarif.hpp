#pragma once
// Issues as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), what CI systems read, and baselines,
// which are such files.

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "modules/codebase/issues.hpp"

namespace gsdb::codebase {

/// Issues that were there before.
struct Baseline {
    std::set<Uuid> fingerprints;
    std::map<Uuid, std::set<std::string>> moved_paths;  ///< the files of each fingerprint that leaves out the path

    void add(Uuid fingerprint, Uuid moved_fingerprint, std::string path);
    /// Whether the issue is one of them: by its fingerprint, or, when its file was renamed, by the one without the path
    /// of a file that is no longer there. `current_paths` are files of the codebase.
    bool has(const KnownIssue& issue, const std::set<std::string>& current_paths) const;
    /// The files whose presence has() asks for.
    std::vector<std::string> paths() const;
};

/// Reads a SARIF file of gsdb. Answers codebase.bad_baseline.
Result<Baseline> parse_baseline(std::string_view sarif);

/// The issues that a codebase had in a run. Throws a Failure codebase.run_not_found.
Task<Baseline> baseline_of_run(pg::Database<Database> database, Scope scope, std::int32_t run);

/// Of each issue of a codebase whether the baseline does not have it.
Task<std::vector<bool>> new_issues(pg::Database<Database> database, Scope scope, Baseline baseline,
                                   std::vector<KnownIssue> issues);

struct SarifOptions {
    std::string program_version;
    /// Whether each issue is new; empty without a baseline.
    std::vector<bool> is_new{};
};

/// The issues of one codebase as a SARIF log of one run.
boost::json::object to_sarif(std::span<const KnownIssue> issues, const RuleSet& rules, const SarifOptions& options);

}  // namespace gsdb::codebase
