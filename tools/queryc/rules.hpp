#pragma once
// What the text of a statement must and must not say, so that its scope tag is true and the same text runs on plain
// PostgreSQL and on Citus, where the tables are sharded by organization_id.
//
//   R1  a tenant statement names organization_id, as a column or as a parameter, unless it only calls routines
//   R2  no volatile function in UPDATE ... SET
//   R3  nothing but immutable expressions in ON CONFLICT DO UPDATE SET (so excluded.updated_at, not now())
//   R4  no MERGE, no GROUPING SETS, ROLLUP or CUBE
//   R5  FOR UPDATE and FOR SHARE only in tenant and local statements
//   R6  every table is named with its schema
//   R7  no set_config(): Citus does not carry it to the shards

#include <string>
#include <vector>

#include "queryc/statement.hpp"

namespace gsdb::queryc {

/// A finding for each rule that a statement breaks: file, line, rule, repair.
std::vector<std::string> broken_rules(const Statement& statement);
std::vector<std::string> broken_rules(const std::vector<Statement>& statements);

}  // namespace gsdb::queryc
