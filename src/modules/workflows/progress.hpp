#pragma once
// How the engine moves one run: its stages, the journal of its steps, its validations, calls to the outside, and the
// merge queue. All of it may be called again after a crash.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modules/workflows/executions.hpp"

namespace gsdb::workflows {

struct MadeValidation {
    std::string key;  ///< of the template's entry_validations or exit_validations, or another one
    std::string checkpoint = "exit";
    bool is_blocking = true;
    std::string criteria = "{}";
    std::string status;           ///< passed, failed, skipped
    std::string findings = "[]";  ///< a JSON array; failed needs some, unless there is a threshold
    std::optional<std::string> skip_reason;
    struct Measured {
        std::string comparison;  ///< at_least, at_most
        double threshold = 0, value = 0;
    };
    std::optional<Measured> measured;
};

struct AgentCall {
    std::string provider;  ///< "command"
    std::string key;       ///< the same key is the same call
    std::string request = "{}";
    std::string type = "agent.run";
};
struct AgentAnswer {
    bool has_succeeded = false;
    std::string outcome;  ///< a label of workflows.operation_outcome
    std::optional<std::string> response, error_message, model;
    std::optional<std::string> run_id, run_url;  ///< of the provider, where it has runs
    std::chrono::milliseconds latency{0};
    double cost_usd = 0;
    std::int64_t input_tokens = 0, output_tokens = 0;
};

struct IssueCall {
    std::string provider, type, key;
    std::string request = "{}";
    std::string issue_id;  ///< as far as it is known
    std::optional<std::string> parent_issue_id;
    std::optional<Uuid> step;
    std::chrono::milliseconds latency{0};
};
struct CodeCall {
    std::string provider, type, key;
    std::string request = "{}";
    std::optional<std::string> branch, commit, error_message;
    std::string outcome = "done";
    std::chrono::milliseconds latency{0};
};

/// What came of a call to a service of others: how often it was tried, and what the last attempt was answered.
struct CallEnd {
    std::string outcome = "done";  ///< a label of workflows.operation_outcome
    std::optional<std::string> response, error_message;
    std::optional<std::int32_t> response_code;
    int attempts = 1;
    std::chrono::milliseconds latency{0};

    bool has_succeeded() const { return outcome == "done" || outcome == "already_done"; }
};
struct IssueFound {
    std::string id, key, url;
};
struct ChangeFound {
    std::optional<std::string> commit;
    std::optional<std::int32_t> pull_request;
    std::optional<std::string> pull_request_url;
};

/// Failures carry the code of workflows.error_codes().
class Progress {
  public:
    Progress(pg::Database<Database> database, ExecutionKey key) : database_(std::move(database)), key_(key) {}

    const ExecutionKey& key() const { return key_; }

    Task<> begin_stage(std::string stage);
    /// The key of the next stage.
    Task<std::string> advance_stage(std::string stage, std::string output);
    Task<> complete(std::string output);
    Task<> fail_stage(std::string stage, std::string error_message, bool has_timed_out);
    Task<> pause(std::string reason);
    /// Nothing is left of the cancelled run.
    Task<> note_clean_up();
    Task<> set_requirement(Uuid requirement);
    Task<> set_dev_branch(std::string branch);

    /// What a step has committed, JSON; nothing when it has not.
    Task<std::optional<std::string>> find_step(std::string step) const;
    /// Records that a step is done; returns the result that counts. Another input is workflows.step_input_differs.
    Task<std::string> commit_step(std::string step, std::string input, std::string result, Timestamp started_at);

    Task<> record(Uuid stage_execution, MadeValidation validation);

    Task<> begin_call(Uuid stage_execution, AgentCall call);
    Task<> end_call(std::string key, AgentAnswer answer);
    /// Calls that are over.
    Task<> record(std::optional<Uuid> stage_execution, IssueCall call);
    Task<> record(std::optional<Uuid> stage_execution, CodeCall call);
    /// Calls that begin now, and their ends. One whose end was never told is begun anew by the same key.
    Task<> begin_call(std::optional<Uuid> stage_execution, IssueCall call);
    Task<> begin_call(std::optional<Uuid> stage_execution, CodeCall call);
    Task<> end_issue_call(std::string key, CallEnd end, std::optional<IssueFound> found);
    Task<> end_code_call(std::string key, CallEnd end, ChangeFound found);

    /// Waits for a person's consent until then; the wait's id.
    Task<Uuid> await_approval(Uuid stage_execution, std::string step, Timestamp deadline);
    /// The wait's status, a label of workflows.wait_status, and the answer.
    struct WaitState {
        std::string status, answer;
    };
    Task<WaitState> wait_state(Uuid wait) const;
    /// Ends the organization's waits whose time has come.
    Task<> end_due_waits();

    Task<Uuid> enqueue_merge(RepositoryId repository, std::string source, std::string target, std::string head);
    /// Takes the change when it is its turn; whether it could.
    Task<bool> claim_merge(Uuid merge);
    /// Where it is then, which for a fourth conflict is needs_person.
    Task<std::string> move_merge(Uuid merge, std::string to, std::optional<std::string> commit,
                                 std::optional<std::string> reason);
    Task<std::vector<Merge>> merges() const;

    /// What the run's calls have cost so far, in US dollars.
    Task<double> cost() const;

    struct Gate {
        std::string metric, comparison, unit;
        double threshold = 0;
        bool is_blocking = true;
    };
    Task<std::vector<Gate>> gates(ProjectId project) const;

    /// An attempt at a stage that failed in another run on the repository in the last seven days.
    struct RecentFailure {
        Uuid execution;
        std::string stage, message;
    };
    /// The newest first.
    Task<std::vector<RecentFailure>> recent_failures() const;

  private:
    template <class Query>
    Task<pg::Answer<Query>> ask(typename Query::Params params) const;

    pg::Database<Database> database_;
    ExecutionKey key_;
};

}  // namespace gsdb::workflows
