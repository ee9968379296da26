#include "engine/issue_tracker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/run_task.hpp"
#include "engine/code_host.hpp"
#include "engine/linear_tracker.hpp"

namespace gsdb::engine {

namespace {

/// The tasks are the issues.
class BuiltinTracker : public IssueTracker {
  public:
    void check() override {}
    std::vector<MadeIssue> make(const std::vector<tasks::StepTasks::Issue>& builtin) override {
        std::vector<MadeIssue> issues;
        for (const auto& issue : builtin) issues.push_back({.key = issue.key, .url = {}});
        return issues;
    }
    void follow(const std::map<int, IssueState>& /*states*/) override {}
    void look() override {}
};

IssueState state_of(RunContext& run, const tasks::StepTask& task, int step) {
    if (run.known(fmt::format("step/{}/merged", step))) return IssueState::done;
    if (task.status == "succeeded") return IssueState::in_review;
    if (task.status == "running") return IssueState::in_progress;
    if (task.status == "cancelled") return IssueState::cancelled;
    return task.attempts > 0 ? IssueState::in_progress : IssueState::todo;
}

}  // namespace

std::unique_ptr<IssueTracker> make_issue_tracker(RunContext& run) {
    if (run.parameters().issue_tracker == IssueTrackerKind::linear) return std::make_unique<LinearTracker>(run);
    return std::make_unique<BuiltinTracker>();
}

std::map<int, IssueState> issue_states(RunContext& run, bool is_over) {
    std::map<int, IssueState> states{{0, IssueState::todo}};
    for (const auto& task : run_task(run.step_tasks().list())) {
        const auto number = run.step_of(task.step).number;
        states[number] = is_over ? IssueState::done : state_of(run, task, number);
        if (states[number] != IssueState::todo) states[0] = IssueState::in_progress;
    }
    if (is_over) states[0] = IssueState::done;
    if (run.execution().status == "cancelled") states[0] = IssueState::cancelled;
    return states;
}

void follow_issues(RunContext& run, bool is_over) {
    if (run.parameters().issue_tracker == IssueTrackerKind::builtin) return;
    run.tracker().follow(issue_states(run, is_over));
}

void follow_work(RunContext& run) {
    if (run.parameters().code_host != CodeHostKind::local)
        for (const auto& [number, result] : results_of(run))
            if (result.has_change())
                run.host().show({.step = run.steps()[static_cast<std::size_t>(number - 1)], .result = result});
    follow_issues(run);
    run.tracker().look();
}

}  // namespace gsdb::engine
