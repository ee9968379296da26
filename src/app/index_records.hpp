#pragma once
// What other modules learn of index runs: trends and alerts by metrics, subscriptions and patterns by events.

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

/// The run is complete whether this succeeds or not: a note says so.
void record_run(const Program& program, const DatabaseServer& server, OrganizationId organization,
                const codebase::IndexSummary& summary, Timestamp finished_at);
void record_failed_run(const Program& program, const DatabaseServer& server, OrganizationId organization,
                       const codebase::source::Identity& identity, const Error& error, Timestamp failed_at);

}  // namespace gsdb::app
