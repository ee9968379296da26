#pragma once
// Gathers how attempts ended and what they said, and writes it, many at once.

#include <cstdint>
#include <map>
#include <vector>

#include "modules/tasks/claims.hpp"
#include "modules/tasks/handler.hpp"

namespace gsdb::tasks {

struct EndedAttempt {
    AttemptKey key;
    HandlerResult result;
    bool is_handed_back = false;  ///< it did not end: `result` says nothing
    Timestamp started_at, finished_at;
};

/// What writing led to.
struct WrittenAttempts {
    std::int64_t ended = 0;     ///< attempts that the worker still held
    std::int64_t too_late = 0;  ///< attempts that it did not hold any more
    bool has_queued = false;    ///< something may have come into the queue by it
};

/// Of one thread. Bounded by who adds: see size().
class EndedAttempts {
  public:
    static constexpr std::size_t batch_max = 1000;

    explicit EndedAttempts(const pg::Database<Database>& database) : database_(database), claims_(database) {}

    void add(EndedAttempt attempt) { gathered_.push_back(std::move(attempt)); }
    /// Lines beyond what is kept while the database is away are left out, and counted in the log of observations.
    void add(const AttemptKey& key, LoggedLine line);

    std::size_t size() const { return gathered_.size(); }
    bool empty() const { return gathered_.empty() && lines_.empty(); }
    /// They are others' now.
    void forget_attempts() {
        gathered_.clear();
        ++times_forgotten_;
    }
    std::vector<AttemptKey> keys() const;

    /// Writes a batch: lines and usage first, so that they are there when the task is seen to have ended. What could
    /// not be written when it throws is written the next time; nothing is done twice. One call at a time.
    Task<WrittenAttempts> write(LeaseHolder holder);

  private:
    Task<> write_lines();
    Task<std::size_t> write_lines_of_one_organization();
    Task<> write_usage(WorkerId worker_id, std::vector<EndedAttempt> batch) const;
    Task<WrittenAttempts> write_ends(LeaseHolder holder, std::vector<EndedAttempt> batch) const;
    Task<WrittenAttempts> write_ends_one_by_one(LeaseHolder holder, std::vector<EndedAttempt> batch) const;

    pg::Database<Database> database_;
    Claims claims_;
    std::vector<EndedAttempt> gathered_;
    std::vector<std::pair<AttemptKey, LoggedLine>> lines_;
    std::int64_t lines_lost_ = 0;
    std::uint64_t times_forgotten_ = 0;
};

}  // namespace gsdb::tasks
