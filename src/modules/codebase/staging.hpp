#pragma once
// Rows on their way into the staging tables of sql/routines/staging.sql.

#include <string>
#include <vector>

#include "modules/codebase/analysis.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/fact_rows.hpp"
#include "modules/codebase/graph_rows.hpp"
#include "pg/transaction.hpp"

namespace gsdb::codebase {

/// Copies facts; merge_facts() moves them on.
Task<> stage_facts(pg::Transaction tx, FactRows rows);

/// Copies the files that changed and the paths that are gone; merge_files() moves them on.
Task<> stage_files(pg::Transaction tx, std::vector<FileRow> changed, std::vector<std::string> removed);

/// Copies commits and what they changed; merge_commits() moves them on.
Task<> stage_history(pg::Transaction tx, pg::BinaryRowEncoder commits, pg::BinaryRowEncoder changes);

/// Copies branches and tags; merge_refs() moves them on.
Task<> stage_refs(pg::Transaction tx, pg::BinaryRowEncoder refs);

/// Copies the packages of a codebase; merge_dependencies() moves them on.
Task<> stage_packages(pg::Transaction tx, pg::BinaryRowEncoder dependencies);

/// Copies what the checks found; merge_issues() moves it on.
Task<> stage_issues(pg::Transaction tx, pg::BinaryRowEncoder issues);

/// Copies the copies that were found; merge_duplicates() moves them on.
Task<> stage_duplicates(pg::Transaction tx, pg::BinaryRowEncoder duplicates);

/// Copies what linking gave; merge_links() moves it on.
Task<> stage_graph(pg::Transaction tx, GraphRows rows);

}  // namespace gsdb::codebase
