#pragma once
// Rules that are SQL queries, written by the people of an organization. A query runs as the role that the run has,
// which sees the rows of the organization alone, in a subtransaction that is always taken back: it changes nothing, and
// when it fails or does not end nothing else does.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/codebase/issue_rows.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Reads a rule from a file: `-- id: ...`, `-- name: ...`, `-- description: ...`, `-- severity: ...` and, if wanted,
/// `-- effort: MINUTES` and `-- help: URI` before a SELECT. Answers codebase.bad_rule.
Result<StoredRule> parse_query_rule(std::string_view file);

struct QueryRuleRequest {
    const StoredRule* rule = nullptr;
    CodebaseId codebase;
    pg::Milliseconds deadline{10'000};
    int rows_max = 10'000;
};

/// The issues of a codebase that a rule's query gives, or in words why it is of no use: it does not run, does not end
/// before the deadline, gives too many rows, lacks a column, reads what is not of the codebase module, or calls what is
/// not only computed. Throws what is no fault of the query.
Task<std::expected<std::vector<Issue>, std::string>> run_query_rule(pg::TransactionOf<Database> tx,
                                                                    QueryRuleRequest request);

}  // namespace gsdb::codebase
