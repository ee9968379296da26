#pragma once
// Runs over codebases as metrics, so that trends, dashboards and alerts know of them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/analytics/database.hpp"
#include "pg/database.hpp"

namespace gsdb::analytics {

struct CodebaseRun {
    CodebaseId codebase;
    Timestamp finished_at;
    double seconds = 0;
    std::int64_t files_parsed = 0;
    std::string program_version;
    /// Of the names that analytics.record_codebase_run() defines: codebase.files, codebase.lines, ...
    std::vector<std::pair<std::string, double>> figures;
};

/// The same run twice is one. Returns how many values were recorded.
Task<std::int64_t> record_codebase_run(pg::Database<Database> database, OrganizationId organization, CodebaseRun run);

}  // namespace gsdb::analytics
