#pragma once
// GitHub as the code host of a run: a branch and a pull request for each step, GitHub's own checks, reviews and rules,
// and its merges. The local dev branch follows the one there.

#include <map>

#include "engine/code_host.hpp"
#include "engine/github_access.hpp"
#include "engine/outside_call.hpp"
#include "integrations/github/repository.hpp"

namespace gsdb::engine {

class GithubHost : public CodeHost {
  public:
    /// Throws a Failure workflows.no_remote, github.remote_invalid.
    explicit GithubHost(RunContext& run);

    std::string_view provider() const override { return "github"; }
    void check() override;
    void prepare_dev_branch() override;
    void show(const ShownChange& change) override;
    std::vector<HostCheck> checks(const ShownChange& change) override;
    std::optional<std::string> merge(const ShownChange& change, const std::string& onto,
                                     const std::string& commit) override;
    std::optional<std::string> find_merged(const ShownChange& change, const std::string& commit) override;
    void clean_up() override;

  private:
    struct Shown {
        std::int64_t number = 0;
        std::string url;
    };

    /// A call that is recorded; `key` is its own within the run.
    template <class T>
    T call(std::string type, const std::string& key, const OutsideCall<T>& wanted,
           const std::function<workflows::ChangeFound(const T&)>& found = {}, std::optional<std::string> branch = {},
           std::optional<std::string> commit = {});
    /// Git over the network, with what its failures mean for the run.
    template <class Work>
    auto remotely(Work work);

    void push(const std::string& commit, const std::string& branch, const std::string& key);
    Shown pull_request_of(const ShownChange& change);
    std::string description_of(const ShownChange& change) const;
    github::PullRequest state_of(const ShownChange& change, const Shown& shown);
    github::MergeMethod merge_method();
    void ask_to_merge(const ShownChange& change, const Shown& shown, const std::string& commit);
    /// Waits until it may be asked again. Throws NeedsPerson when that is in vain.
    void go_on_after(const github::MergeRefused& refused, const ShownChange& change, const Shown& shown,
                     const std::string& commit);
    /// Waits for what the rules of the branch want. Throws NeedsPerson when people want something else.
    void wait_for_rules(const ShownChange& change, const Shown& shown, const std::string& commit);

    RunContext& run_;
    AttemptTally tally_;
    GithubAccess access_;
    github::Repository github_;
    git::Remote remote_;
    std::map<int, int> refusals_;       ///< to merge, by the steps
    std::map<int, std::string> shown_;  ///< the commits of the steps that are there as far as we know
};

}  // namespace gsdb::engine
