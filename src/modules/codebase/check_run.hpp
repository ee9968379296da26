#pragma once
// The part of an index run that checks: from findings, figures and the graph to the rows of codebase.issues.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/duplicate_run.hpp"
#include "modules/codebase/graph_summary.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

struct CheckRequest {
    OrganizationId organization;
    CodebaseId codebase;
    RunId run;
    int run_number = 0;
    bool has_changed = false;                     ///< something of the codebase did since the last complete run
    std::optional<GraphSummary> graph{};          ///< where linking has just found it
    std::optional<DuplicateSearch> duplicates{};  ///< where it has begun already
    Timestamp now{};
    std::stop_token stop{};
};

/// A rule that could not be checked, and is disabled since.
struct FailedRule {
    std::string id;
    std::string reason;
};

struct CheckSummary {
    std::int64_t open = 0, suppressed = 0;
    std::int64_t found = 0;  ///< that the run before did not have
    std::int64_t fixed = 0;
    std::vector<FailedRule> failed;
};

/// Begins to look for copies as the rules of the organization ask for.
Task<DuplicateSearch> begin_duplicates(pg::TransactionOf<Database> tx, OrganizationId organization, CodebaseId codebase,
                                       int run_number);

/// Checks a codebase, and brings its issues to what is found. Nothing when neither the codebase nor the rules changed
/// since the last complete run. To be called in the run's transaction, when its files are merged and linked.
Task<std::optional<CheckSummary>> check_codebase(pg::TransactionOf<Database> tx, CheckRequest request);

}  // namespace gsdb::codebase
