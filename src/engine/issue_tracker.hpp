#pragma once
// Where people follow a run as issues: the tasks of gsdb itself, which are always made, or a service as well.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/run_context.hpp"

namespace gsdb::engine {

/// How far the work on an issue is.
enum class IssueState { todo, in_progress, in_review, done, cancelled };

struct MadeIssue {
    std::string key;  ///< what people call it: "ENG-12"
    std::string url;  ///< empty for nowhere
};

/// For the thread that goes from stage to stage. Everything can be asked for again after a crash and is done once.
/// Throws Stopped, NeedsPerson, Failures.
class IssueTracker {
  public:
    virtual ~IssueTracker() = default;

    /// Before anything begins: it lets us in, and has the team.
    virtual void check() = 0;
    /// The main issue, and one below it for each step in order. `builtin` are the tasks that stand for them here.
    virtual std::vector<MadeIssue> make(const std::vector<tasks::StepTasks::Issue>& builtin) = 0;
    /// Brings the issues to where the work is: 0 is the main one, others are numbers of steps. Those that are there
    /// already are left alone.
    virtual void follow(const std::map<int, IssueState>& states) = 0;
    /// Pauses the run when people have cancelled its main issue. Asks seldom.
    virtual void look() = 0;
};

/// The one that the run was started with.
std::unique_ptr<IssueTracker> make_issue_tracker(RunContext& run);

/// Where the work on the steps is, by their numbers, and that of the run by 0. With `is_over` all of it is done.
std::map<int, IssueState> issue_states(RunContext& run, bool is_over);

/// Brings the issues of a service to where the work is. Does nothing for the tasks of gsdb itself.
void follow_issues(RunContext& run, bool is_over = false);

/// The same, and shows the changes of steps that are done on the code host. Looks whether people have cancelled the run
/// in the issue tracker.
void follow_work(RunContext& run);

}  // namespace gsdb::engine
