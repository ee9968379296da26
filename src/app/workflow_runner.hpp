#pragma once
// The engine of workflows with this program's parts: its databases, its indexer, its home folder.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "app/repository_indexer.hpp"
#include "app/workflow_events.hpp"
#include "engine/run_plan.hpp"
#include "engine/workflow_engine.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

/// What is given must outlive it. Thread-safe.
class WorkflowRunner {
  public:
    WorkflowRunner(const Program& program, const DatabaseServer& server, const Interruption& interruption);

    const workflows::Executions& executions() const { return executions_; }
    const pg::Database<tasks::Database>& tasks() const { return tasks_; }
    engine::PlanDatabases plans() const { return {.workflows = workflows_, .tasks = tasks_}; }

    /// Carries a run on until it ends, pauses, or the program is interrupted; nothing when another process has it. A
    /// cancelled one is cleaned up.
    std::optional<workflows::Execution> carry_on(workflows::ExecutionKey key, engine::OnNews on_news);

  private:
    engine::Surroundings surroundings(std::function<bool()> is_ours, engine::OnNews on_news);
    engine::IndexedCommit index(const std::string& repository, const std::string& commit);
    /// Behind whoever else indexes the repository, another program for one.
    codebase::IndexSummary index_in_turn(const IndexRequest& wanted);
    /// The lease is taken for the first step that is claimed: who only looks needs none.
    tasks::LeaseHolder holder();
    engine::CodeChanges compare(const engine::IndexedCommit& codebase, const std::string& before,
                                const std::string& after);
    codebase::ChangedCode changed_code(const engine::IndexedCommit& before, const engine::IndexedCommit& after,
                                       const std::vector<codebase::TouchedFile>& files);

    const Program& program_;
    const DatabaseServer& server_;
    const Interruption& interruption_;
    pg::Database<workflows::Database> workflows_;
    pg::Database<tasks::Database> tasks_;
    pg::Database<codebase::Database> codebases_;
    workflows::Executions executions_;
    std::mutex leasing_;
    std::unique_ptr<tasks::WorkerLease> lease_;
    std::mutex indexing_;  ///< one run of the indexer at a time
};

/// The server's own carrying on: of runs that were started to be carried on by it, and of those whose process is gone;
/// its cleaning up of cancelled runs that nobody has in hand; and its telling events what is done to runs.
class WorkflowService {
  public:
    WorkflowService(const Program& program, const DatabaseServer& server, const Interruption& interruption);

  private:
    struct Run {
        explicit Run(workflows::ExecutionKey wanted) : key(wanted) {}
        workflows::ExecutionKey key;
        std::atomic<bool> has_ended = false;
        std::jthread thread;
    };

    void work();
    void tell_events();
    /// Begins what is running, or left by a cancelled run, and not in hand here.
    void begin_all();
    void carry_on(workflows::ExecutionKey key);

    Program program_;  ///< says nothing: there is no terminal
    const Interruption& interruption_;
    pg::Database<workflows::Database> workflows_;
    WorkflowRunner runner_;
    WorkflowEvents events_;
    bool has_told_ = true;                    ///< at the last attempt
    std::vector<std::unique_ptr<Run>> runs_;  ///< of the thread's own
    std::jthread thread_;
};

}  // namespace gsdb::app
