#pragma once
// The part of an index run that stores which packages the codebase needs.

#include <cstdint>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/packages/packages.hpp"
#include "modules/codebase/source/classify.hpp"
#include "modules/codebase/source/tree.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Raised whenever the same files would give other rows: then the next run reads them anew.
constexpr std::uint32_t package_reader_version = 1;

/// Larger manifests and lock files are a problem of the run and not read, in bytes.
constexpr std::uint64_t package_file_bytes_max = 32U << 20U;

struct PackageRequest {
    OrganizationId organization;
    CodebaseId codebase;
    int run_number = 0;
};

struct PackageSummary {
    std::int64_t manifests = 0, lock_files = 0;
    std::int64_t packages = 0;  ///< rows that hold now
    std::int64_t rows_new = 0;  ///< stored by this run
    std::vector<packages::Problem> problems;
};

/// Reads the manifests and lock files in the listing, those of vendored packages aside, and brings
/// external_dependencies to what they say. What one file says depends on others (a workspace, a parent, a lock file),
/// so all are read when one has changed. To be called in the run's transaction; `tree`, `listing` and `classifier`
/// outlive the task.
Task<PackageSummary> store_packages(pg::TransactionOf<Database> tx, PackageRequest request,
                                    const source::SourceTree& tree, const source::Listing& listing,
                                    const source::Classifier& classifier);

}  // namespace gsdb::codebase
