#pragma once
// The tasks of a workflow's run: one for the requirement, and below it one for each step, which agents carry out. They
// are the built-in issues, too.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/tasks/claims.hpp"
#include "modules/tasks/queue.hpp"
#include "modules/tasks/requirements.hpp"

namespace gsdb::tasks {

struct StepTask {
    Uuid id;
    Uuid step;
    std::string title;
    std::string status;  ///< a label of tasks.task_status
    std::int32_t attempts = 0, attempts_max = 0;
    std::optional<std::string> error_class, error_message;
    std::string output;  ///< JSON
    Timestamp run_at;
    std::optional<Timestamp> started_at, finished_at;
};

/// An attempt at a step, in the hands of a worker.
struct ClaimedStep {
    LeaseHolder holder;
    AttemptKey key;
    Uuid step;

    Uuid task() const { return key.task_id.uuid; }
    std::int32_t attempt() const { return key.attempt; }
};

struct SaidLine {
    std::string level;   ///< a label of tasks.log_level
    std::string stream;  ///< stdout, stderr, engine
    std::string message;
};

/// A line of what agents said about the step of that number.
struct SaidByStep {
    std::int32_t step = 0;
    LogLine line;
};

/// A place in all that was said about a run: behind a line of a step. From the beginning by itself.
struct SaidPlace {
    std::int32_t step = 0;
    LogPosition line;
};

struct StepUsage {
    Timestamp started_at, finished_at;
    AttemptUsage measured{};
    std::string error_class{};  ///< empty when it succeeded
};

/// The tasks of one run, `execution`. Everything but claiming can be done again and is done once.
class StepTasks {
  public:
    StepTasks(pg::Database<Database> database, OrganizationId organization, Uuid execution)
        : database_(std::move(database)), organization_(organization), execution_(execution) {}

    struct Issue {
        std::string key;
        std::optional<std::int32_t> step_number;  ///< nothing for the main one
    };
    /// Makes the drafts, with what each waits for, and names them as the issues of the decomposition and its steps.
    /// Returns the main one first.
    Task<std::vector<Issue>> make(ProjectId project, Uuid decomposition, std::string title, std::string description,
                                  std::vector<SavedStep> steps, std::int32_t attempts_max,
                                  std::chrono::seconds timeout);
    /// Hands the drafts over to be done.
    Task<> submit();

    /// The next one that can be begun; nothing when there is none now.
    Task<std::optional<ClaimedStep>> claim(LeaseHolder holder);
    /// False when it is not this worker's any more. What waited for it can be begun.
    Task<bool> complete(ClaimedStep claimed, std::string output);
    /// What becomes of it: "scheduled" for another attempt after a pause ("queued" without one), "dead" when none is
    /// left; nothing when it is not this worker's any more.
    Task<std::optional<std::string>> fail(ClaimedStep claimed, std::string error_class, std::string message,
                                          std::chrono::microseconds pause);
    /// Those that are running can be begun again, which does not count as an attempt: for who carries the run on from
    /// now on, before it begins any.
    Task<> take_back();
    /// Dead letters can be begun again.
    Task<> replay();
    Task<std::vector<StepTask>> list() const;
    /// The main task is done.
    Task<> finish();
    Task<> cancel(std::string reason);

    /// Of an attempt, once.
    Task<> note_usage(Uuid worker, Uuid task, std::int32_t attempt, StepUsage usage);
    /// Behind what the attempt has said already.
    Task<> log(Uuid task, std::int32_t attempt, std::vector<SaidLine> lines);
    /// What was said, by step, attempt and line, behind a place; of one step only where its number is given.
    Task<std::vector<SaidByStep>> said(SaidPlace after, std::optional<std::int32_t> step, std::int64_t lines_max) const;

  private:
    std::string key_of(std::optional<std::int32_t> step_number) const;

    pg::Database<Database> database_;
    OrganizationId organization_;
    Uuid execution_;
};

}  // namespace gsdb::tasks
