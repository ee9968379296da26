#pragma once
// Linear as the issue tracker of a run: a main issue, a sub-issue for each step, states as the work goes.

#include <chrono>

#include "engine/issue_tracker.hpp"
#include "engine/outside_call.hpp"
#include "integrations/linear/client.hpp"

namespace gsdb::engine {

class LinearTracker : public IssueTracker {
  public:
    explicit LinearTracker(RunContext& run);

    void check() override;
    std::vector<MadeIssue> make(const std::vector<tasks::StepTasks::Issue>& builtin) override;
    void follow(const std::map<int, IssueState>& states) override;
    void look() override;

  private:
    struct Known {
        std::string id, key, url;
    };

    template <class T>
    T call(std::string type, const std::string& key, const OutsideCall<T>& wanted,
           const std::function<workflows::IssueFound(const T&)>& found, std::optional<Known> about = {},
           std::optional<std::string> parent = {}, std::optional<Uuid> step = {});
    /// The team that the issues are made in.
    std::string team();
    Known make_one(int number, std::string title, std::string description, const std::optional<Known>& parent,
                   std::optional<Uuid> step);
    /// Nothing before it was made.
    std::optional<Known> issue_of(int number);

    RunContext& run_;
    AttemptTally tally_;
    linear::Client client_;
    std::map<int, IssueState> told_;
    std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace gsdb::engine
