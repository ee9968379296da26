#pragma once
// What the stages of one run share.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/redaction.hpp"
#include "engine/agent.hpp"
#include "engine/checks.hpp"
#include "engine/news.hpp"
#include "engine/parameters.hpp"
#include "engine/services.hpp"
#include "integrations/git/workspace.hpp"
#include "modules/codebase/changed_code.hpp"
#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

/// What indexing a commit found, for people.
struct IndexedCommit {
    std::string codebase;
    int run = 0;
    std::string text;  ///< "31 files, 214 functions"
};

/// What changed in the code between two commits.
struct CodeChanges {
    struct Change {
        std::string kind, path, name;  ///< added, removed, changed, moved
        bool breaks_api = false;
    };
    std::vector<Change> changes;
};

/// What the engine needs of the rest of the program.
struct Surroundings {
    pg::Database<workflows::Database> workflows;
    pg::Database<tasks::Database> tasks;
    std::filesystem::path home;  ///< below it the run's folders are made
    /// Whose lease the steps are claimed under, as it is now.
    std::function<tasks::LeaseHolder()> worker;
    /// Whether the run is still this process's to carry on.
    std::function<bool()> is_ours;
    /// Indexes a commit of the repository; what its folder holds, when the commit is empty.
    std::function<IndexedCommit(const std::string& repository, const std::string& commit)> index;
    /// Compares two commits that were indexed.
    std::function<CodeChanges(const IndexedCommit& codebase, const std::string& before, const std::string& after)>
        compare;
    /// What the code graph says of the lines that a change has touched; both commits were indexed.
    std::function<codebase::ChangedCode(const IndexedCommit& before, const IndexedCommit& after,
                                        const std::vector<codebase::TouchedFile>& files)>
        changed_code;
    OnNews on_news;
    std::stop_token stop;
    Services services{};
};

/// The run goes on no further here: it was paused or cancelled, somebody else has it, or the program ends. Not an
/// error.
struct Stopped {
    std::string why;
};

/// Only a person can help: the run is paused with this reason.
struct NeedsPerson {
    std::string reason;
};

class CodeHost;
class IssueTracker;

class RunContext {
  public:
    RunContext(Surroundings& surroundings, workflows::Execution execution, OrganizationId organization);

    ~RunContext();
    RunContext(const RunContext&) = delete;
    RunContext& operator=(const RunContext&) = delete;

    /// As it was when it was taken in hand: threads read it.
    const workflows::Execution& execution() const { return execution_; }
    const Parameters& parameters() const { return parameters_; }
    const git::Workspace& workspace() const { return workspace_; }
    workflows::Progress& progress() { return progress_; }
    tasks::StepTasks& step_tasks() { return step_tasks_; }
    Surroundings& surroundings() { return surroundings_; }
    OrganizationId organization() const { return organization_; }

    /// The stage that the run is in, as the last look at it showed.
    const workflows::Stage& stage() const { return stage_; }
    bool is_in_last_stage() const { return stage_.position == stages_; }
    /// `stages` is how many the run has.
    void enter(workflows::Stage stage, int stages) {
        stage_ = std::move(stage);
        stages_ = stages;
    }

    /// Whom the run was started with; each is made when it is first asked for. Agents work on several threads.
    const Agent& agent();
    CodeHost& host();
    IssueTracker& tracker();

    /// From now on the run is over and cleaned up: look() stops for the end of the program only.
    void begin_clean_up() { is_cleaning_up_ = true; }

    /// Throws Stopped when the run is not to go on, a Failure workflows.timed_out behind the stage's deadline. Asks the
    /// database at most twice a second. For the thread that goes from stage to stage.
    void look();

    /// Does what takes long with a token that is asked to stop as soon as the run is not to go on; throws then what
    /// look() throws. For the same thread.
    void look_while(const std::function<void(std::stop_token)>& work);

    /// Does `work` unless the journal has its result; records it.
    std::string once(const std::string& step, const std::string& input, const std::function<std::string()>& work);
    std::optional<std::string> known(const std::string& step);

    /// May be called from any thread.
    void tell(News news);

    /// The plan as it is now; a person may still edit it before its steps are issues. Throws a Failure
    /// workflows.no_plan when there is none.
    tasks::PlanVersion plan_version();
    /// These are read once; call them before threads do. `steps` are of the plan once nobody can edit it any more.
    const std::vector<tasks::SavedStep>& steps();
    const tasks::SavedStep& step_of(Uuid id);
    std::string base_commit();
    std::string branch_of(int step_number) const;
    std::string branch_prefix() const;
    std::filesystem::path folder() const;

    /// What an agent or a check has said, for the database and for people: without the values of the variables that the
    /// run names, and without what looks like a credential.
    std::string without_secrets(std::string_view text) const { return redact_(text); }

    /// Of a command that works in a folder of the run.
    Allowance allowance(const std::filesystem::path& folder) const;

    /// Verifies what a folder holds by checks, each tree once. Runs on the calling thread; throws Stopped when `stop`
    /// ended a check.
    std::vector<CheckResult> verify(const std::filesystem::path& folder, const std::string& commit,
                                    const std::vector<std::string>& commands, std::stop_token stop);
    /// The same with the run being looked at meanwhile: for the thread that goes from stage to stage.
    std::vector<CheckResult> verify(const std::filesystem::path& folder, const std::string& commit,
                                    const std::vector<std::string>& commands);
    /// The checks of the repository: those given, or those found at the base.
    const std::vector<std::string>& checks();

    /// The run's id as people type it.
    std::string short_id() const { return workflows::short_id(execution_.id); }

  private:
    CheckResult verify_once(const std::filesystem::path& folder, const std::string& tree, const std::string& command,
                            std::stop_token stop);

    Surroundings& surroundings_;
    const workflows::Execution execution_;
    const OrganizationId organization_;
    const Parameters parameters_;
    const Redactor redact_;
    git::Workspace workspace_;
    workflows::Progress progress_;
    tasks::StepTasks step_tasks_;
    workflows::Stage stage_;
    int stages_ = 0;
    std::chrono::steady_clock::time_point next_look_{};
    bool is_cleaning_up_ = false;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<CodeHost> host_;
    std::unique_ptr<IssueTracker> tracker_;
    std::mutex making_;
    std::optional<std::vector<tasks::SavedStep>> steps_;
    std::optional<std::vector<std::string>> checks_;
    std::mutex telling_;
};

}  // namespace gsdb::engine
