#pragma once
// The part of an index run that looks for copies: from the tokens that are kept to the rows of codebase.duplicates.

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

struct DuplicatesRequest {
    OrganizationId organization;
    CodebaseId codebase;
    int run_number = 0;
    std::int32_t tokens_min = 0;  ///< of a block; duplicates::guaranteed_tokens stand for fewer
};

struct DuplicatePlace {
    std::string path;
    std::int32_t start_line = 0, end_line = 0;

    auto operator<=>(const DuplicatePlace&) const = default;
};

/// Code that stands in several places (duplicates/find.hpp).
struct DuplicateBlock {
    Uuid digest;  ///< of what is the same in all of them
    std::int32_t tokens = 0;
    std::int16_t clone_type = 2;
    std::vector<DuplicatePlace> places;  ///< by path and line
};

/// Looks for copies in all current files of a codebase, on a thread of its own, while the run does something else.
class DuplicateSearch {
  public:
    /// Begins to look. To be called in the run's transaction, when its files are merged.
    static Task<DuplicateSearch> begin(pg::TransactionOf<Database> tx, DuplicatesRequest request);

    /// Waits for what is found, the longest first, and brings the rows of the codebase to it. Once.
    Task<std::vector<DuplicateBlock>> store(pg::TransactionOf<Database> tx);

  private:
    DuplicateSearch(const DuplicatesRequest& request, std::future<std::vector<DuplicateBlock>> found)
        : request_(request), found_(std::move(found)) {}

    DuplicatesRequest request_;
    std::future<std::vector<DuplicateBlock>> found_;
};

}  // namespace gsdb::codebase
