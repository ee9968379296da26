#pragma once
// Runs of workflows: starting them, looking at them, and what a person may do to them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/identity/api.hpp"
#include "modules/workflows/database.hpp"
#include "pg/database.hpp"

namespace gsdb::workflows {

using identity::Actor;

struct NewExecution {
    ProjectId project;
    RepositoryId repository;
    std::string name;
    std::string template_slug;  ///< empty: the organization's default
    std::string base_branch = "main";
    std::string parameters = "{}";  ///< a JSON object; what the stages read
    std::string priority = "normal";
    std::optional<std::string> idempotency_key;  ///< the same key starts one run
};

struct Execution {
    Uuid id;
    std::string name;
    std::string status;  ///< a label of workflows.execution_status
    std::optional<std::string> status_reason;
    std::string priority;
    ProjectId project;
    RepositoryId repository;
    std::optional<Uuid> requirement;
    std::string base_branch;
    std::optional<std::string> dev_branch;
    std::string parameters;
    std::string template_slug;
    std::int32_t template_version = 0;
    Timestamp started_at;
    std::optional<Timestamp> paused_at, finished_at;

    bool is_over() const { return status == "completed" || status == "cancelled"; }
};

struct ExecutionLine {
    Uuid id;
    std::string name, status;
    std::optional<std::string> status_reason, repository, stage;
    std::int32_t place = 0;   ///< of the stage it came to
    std::int64_t stages = 0;  ///< how many there are
    Timestamp started_at;
    std::optional<Timestamp> finished_at;
};

/// A stage of a run with its last attempt, if there was any.
struct Stage {
    std::int32_t position = 0;
    std::string key, name;
    std::int32_t attempts_max = 0;
    std::optional<Uuid> execution_id;
    std::optional<std::int32_t> attempt;
    std::optional<std::string> status;  ///< a label of workflows.stage_status
    std::optional<std::string> error_message;
    std::optional<std::string> output;  ///< JSON
    std::optional<Timestamp> started_at, deadline_at, finished_at;

    bool is_open() const { return execution_id && !finished_at; }
};

struct Transition {
    Uuid id;  ///< those of one run are in the order in which they were made
    Timestamp occurred_at;
    std::string kind, status;
    std::optional<std::string> stage;
    std::string reason, actor;
};

struct Validation {
    std::string stage, checkpoint, key;
    std::int32_t attempt = 0;
    bool is_blocking = false;
    std::optional<std::string> comparison, threshold, measured;
    std::string status;
    std::string findings;  ///< a JSON array
    std::optional<std::string> skip_reason;
};

struct Operation {
    std::string kind, provider, type, status;
    std::optional<std::string> outcome, error_message;
    std::int32_t attempts = 0;
    std::optional<std::int32_t> latency_ms;
    std::string cost_usd;
    Timestamp created_at;
};

struct Wait {
    std::string step, kind, correlation_key, status;
    Timestamp deadline_at;
};

struct Merge {
    Uuid id;
    std::string source_branch, target_branch, head_commit;
    std::string status;  ///< a label of workflows.merge_status
    std::optional<std::string> status_reason;
    std::int32_t conflicts_returned = 0;
    std::optional<std::string> merged_commit;

    bool is_over() const { return status == "merged" || status == "rejected" || status == "cancelled"; }
};

/// Reading needs workflows:read, changing workflows:write. What the database refuses is one of
/// workflows.error_codes(), "workflows.taken", "workflows.bad_value".
class Executions {
  public:
    explicit Executions(pg::Database<Database> database) : database_(std::move(database)) {}

    /// "workflows.template_unknown" when there is no such template in use.
    Task<Result<Uuid>> start(Actor actor, NewExecution execution) const;
    /// "workflows.execution_unknown" for none.
    Task<Result<Execution>> find(Actor actor, Uuid id) const;
    /// By the end of its id, or by its whole id: what a person types. "workflows.execution_unknown" for none.
    Task<Result<Execution>> find(Actor actor, std::string id) const;
    /// The newest first, those before an id where one is given.
    Task<Result<std::vector<ExecutionLine>>> list(Actor actor, std::optional<Uuid> before,
                                                  std::int64_t page_size) const;
    Task<Result<std::vector<Stage>>> stages(Actor actor, Uuid id) const;
    /// The first thousand behind one, or from the start of the run.
    Task<Result<std::vector<Transition>>> transitions(Actor actor, Uuid id, std::optional<Uuid> after = {}) const;
    Task<Result<std::vector<Validation>>> validations(Actor actor, Uuid id) const;
    Task<Result<std::vector<Operation>>> operations(Actor actor, Uuid id) const;
    Task<Result<std::vector<Wait>>> waits(Actor actor, Uuid id) const;
    Task<Result<std::vector<Merge>>> merges(Actor actor, Uuid id) const;

    Task<Result<void>> pause(Actor actor, Uuid id, std::string reason) const;
    Task<Result<void>> resume(Actor actor, Uuid id, std::string reason) const;
    Task<Result<void>> cancel(Actor actor, Uuid id, std::string reason) const;
    /// The attempt that it is. Beyond the template's limit a person may try again, too.
    Task<Result<std::int32_t>> retry(Actor actor, Uuid id, std::string reason) const;
    /// Consents to what the run waits for. "workflows.nothing_to_approve" when it waits for nobody.
    Task<Result<void>> approve(Actor actor, Uuid id, std::string comment) const;

  private:
    pg::Database<Database> database_;
};

/// The last twelve digits of an id: they tell runs of one day apart, the first are the time. What a person types.
std::string short_id(Uuid execution);

/// What a run's approvals are answered by.
std::string approval_key(Uuid execution);

struct ExecutionKey {
    OrganizationId organization;
    Uuid execution;
    bool operator==(const ExecutionKey&) const = default;
};
/// Runs that are under way and not paused, of every organization, the most urgent first.
Task<std::vector<ExecutionKey>> running_executions(pg::Database<Database> database);
/// Cancelled ones that may have left something, of every organization.
Task<std::vector<ExecutionKey>> executions_to_clean_up(pg::Database<Database> database);

/// What was done to a run, for those who follow runs of all organizations.
struct ToldTransition {
    ExecutionKey run;
    std::string run_name;
    Transition transition;
};
/// What note_told was not called for yet, of every organization: the transitions of one run in their order.
Task<std::vector<ToldTransition>> untold_transitions(pg::Database<Database> database);
/// All that was done to the run up to this transition is told.
Task<> note_told(pg::Database<Database> database, ExecutionKey run, Uuid transition);

}  // namespace gsdb::workflows
