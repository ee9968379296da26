#pragma once
// Indexing as a person sees it: with a bar while it runs, once or whenever something changes.

#include <memory>
#include <string>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

struct IndexRequest {
    std::string location;  ///< a path or a URL
    std::string revision;  ///< commit, branch or tag instead of the work tree; empty for that
    bool submodules = false;
    OrganizationId organization = default_organization();
};

/// Indexes one repository. What is given must outlive it.
class RepositoryIndexer {
  public:
    /// Finds the repository; one of a URL is fetched. Throws a Failure when it cannot.
    RepositoryIndexer(const Program& program, const DatabaseServer& server, IndexRequest request,
                      const Interruption& interruption);

    /// One run, with a progress bar on stderr. Throws a Failure when it cannot be completed.
    codebase::IndexSummary run();
    codebase::source::SourceTree& tree() { return *tree_; }

  private:
    std::unique_ptr<codebase::source::SourceTree> open() const;

    const Program& program_;
    const DatabaseServer& server_;
    const IndexRequest request_;
    const Interruption& interruption_;
    std::unique_ptr<codebase::source::SourceTree> tree_;
    RepositoryId repository_;
    pg::Database<codebase::Database> database_;
};

}  // namespace gsdb::app
