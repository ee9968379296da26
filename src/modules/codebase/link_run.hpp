#pragma once
// The part of an index run that links: from the flows that are kept to the rows of the graph.

#include <cstdint>
#include <stop_token>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/graph_summary.hpp"
#include "modules/codebase/link/manifests.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Raised whenever the same flows would be linked otherwise, or written otherwise: then the next run links anew.
constexpr std::uint32_t linker_version = 3;

struct LinkRequest {
    OrganizationId organization;
    CodebaseId codebase;
    int run_number = 0;
    link::Manifests manifests;
    unsigned threads = 1;
    std::stop_token stop;
};

struct LinkSummary {
    std::int64_t files = 0;          ///< whose calls are followed
    std::int64_t files_changed = 0;  ///< whose rows came out other than in the run before
    std::int64_t calls = 0;  ///< calls of functions and classes of the codebase: a pair of call and meaning each
    std::int64_t calls_outside = 0;  ///< of packages and of the language
    std::int64_t calls_unknown = 0;
};

struct LinkResult {
    LinkSummary summary;
    GraphSummary graph;  ///< as it is now
};

/// Links all current files of a codebase and brings symbols, relationships and file_resolutions to what comes out. To
/// be called in the run's transaction, when its files are merged. Throws link::Stopped.
Task<LinkResult> link_codebase(pg::TransactionOf<Database> tx, LinkRequest request);

}  // namespace gsdb::codebase
