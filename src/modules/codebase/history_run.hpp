#pragma once
// The part of an index run that stores the history of Git: branches, tags, commits and what they changed.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/chunk_queue.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/history_plan.hpp"
#include "pg/copy.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Raised whenever the same commits would be stored otherwise: then the next run compares all of them.
constexpr std::uint32_t history_reader_version = 1;

struct HistoryRequest {
    OrganizationId organization;
    CodebaseId codebase;
    RunId run;
    std::optional<source::ObjectId> head;  ///< the commit that the tree shows or is based on
    HistoryDepth depth;
    source::ChangeLimits limits{};  ///< with the token that ends the reading early
    unsigned threads = 1;
    Timestamp now;
    std::size_t merge_bytes = 16U << 20U;      ///< staged rows are merged when they reach this
    std::size_t queue_bytes_max = 16U << 20U;  ///< of encoded rows that wait to be stored
};

struct HistorySummary {
    std::int64_t refs = 0;         ///< branches and tags that there are
    std::int64_t commits_new = 0;  ///< stored by this run
    std::int64_t commits_found_again = 0, commits_lost = 0;
    std::int64_t changes = 0;  ///< rows of file_changes stored by this run
    std::vector<source::Problem> problems;
};

/// Runs from begin() until it is drained with store() or destroyed, which stops the threads and waits for them.
class HistoryRun {
  public:
    /// Finds out what is new since the newest complete run and starts to read it on threads of its own. To be called in
    /// the run's transaction, under the lock of the codebase. Null when there is no history.
    static Task<std::unique_ptr<HistoryRun>> begin(pg::TransactionOf<Database> tx,
                                                   std::unique_ptr<source::History> history, HistoryRequest request);
    ~HistoryRun();

    /// Stores what the threads read, in the same transaction. Throws what a thread threw.
    Task<HistorySummary> store(pg::TransactionOf<Database> tx);

  private:
    struct Chunk {
        pg::BinaryRowEncoder commits{}, changes{};
        std::size_t commits_new = 0, commits_found_again = 0;
        std::vector<source::Problem> problems{};
        std::vector<source::ObjectId> lost{};

        std::size_t bytes() const { return commits.size_bytes() + changes.size_bytes(); }
    };

    HistoryRun(Executor consumer, std::unique_ptr<source::History> history, HistoryRequest request,
               source::HistoryOutline outline);

    Task<StoredCommits> load_stored(pg::TransactionOf<Database> tx) const;
    Task<HistoryPlan> plan_new(pg::TransactionOf<Database> tx, std::vector<source::ObjectId> gone,
                               std::int32_t last_number);
    Task<std::vector<source::ObjectId>> find_lost(pg::TransactionOf<Database> tx,
                                                  std::vector<source::ObjectId> gone) const;
    std::vector<source::ObjectId> tips() const;
    template <class MakePlan>
    void start(MakePlan make_plan);
    void read(const HistoryPlan& plan);
    void read_commit(const PlannedCommit& planned, Chunk& chunk) const;
    Task<> store_chunk(pg::TransactionOf<Database> tx, Chunk chunk);
    Task<> store_refs(pg::TransactionOf<Database> tx) const;

    const std::unique_ptr<source::History> history_;
    const HistoryRequest request_;
    const source::HistoryOutline outline_;
    const std::string version_;
    std::vector<source::Ref> stored_refs_;
    HistorySummary summary_;
    std::stop_source stop_;
    std::size_t staged_bytes_ = 0;
    ChunkQueue<Chunk> queue_;
    std::jthread thread_;
};

}  // namespace gsdb::codebase
