#pragma once
// What base.data_integrity_checks() finds violated in the databases of a layout.

#include "migrate/connector.hpp"
#include "migrate/finding.hpp"
#include "migrate/layout.hpp"

namespace gsdb::migrate {

/// Warnings of code data.integrity, each once and under the database whose rows are meant. References into another
/// database are followed where analytics_db sees that database, see migrate/foreign_schemas.hpp. A database of a schema
/// from before these checks is passed over.
Task<Findings> check_integrity(Connector connect, Layout layout);

}  // namespace gsdb::migrate
