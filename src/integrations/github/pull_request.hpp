#pragma once
// What GitHub tells of a repository and its pull requests.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/web_service/outcome.hpp"

namespace gsdb::github {

enum class MergeMethod : std::uint8_t { merge, squash, rebase };

/// As GitHub calls it.
std::string_view name_of(MergeMethod method);

struct About {
    std::string url;  ///< the page for people
    std::string default_branch;
    bool is_private = false;
    bool is_archived = false;  ///< nothing can be changed
    bool may_push = false;
    bool may_administer = false;
    std::vector<MergeMethod> merge_methods;  ///< empty for who may not push: GitHub does not tell them
};

struct PullRequest {
    std::int64_t number = 0;
    std::string url;  ///< the page for people
    std::string title;
    std::string body;
    bool is_open = false;
    bool is_draft = false;
    bool is_merged = false;
    std::string head_branch;
    std::string head_sha;
    std::string base_branch;
    std::string base_sha;
    /// Once merged, the commit that the base branch got.
    std::optional<std::string> merge_commit_sha;
    /// Nothing while GitHub finds it out (ask again in some seconds), and in what a list tells.
    std::optional<bool> mergeable;
    /// "clean", "dirty", "blocked", "behind", "unstable", "draft", "has_hooks", "unknown"; empty in what a list tells.
    std::string mergeable_state;
};

struct NewPullRequest {
    std::string head;  ///< a branch of the repository, or OWNER:BRANCH of a fork
    std::string base;
    std::string title;
    std::string body{};
    bool is_draft = false;
};

struct OpenedPullRequest {
    PullRequest pull_request;
    bool was_there = false;  ///< it keeps the title and body that it has
};

/// What is left out stays.
struct PullRequestChange {
    std::optional<std::string> title{};
    std::optional<std::string> body{};
    std::optional<std::string> base{};
};

struct Comment {
    std::int64_t id = 0;
    std::string url;
    bool was_there = false;
};

enum class CheckState : std::uint8_t { pending, passed, failed, neutral };

/// A check run, or the latest commit status of a context.
struct Check {
    std::string name;
    CheckState state = CheckState::pending;
    std::string url;      ///< where people see more; may be empty
    std::string summary;  ///< what it says of its result, in Markdown; may be empty
};

struct Review {
    std::string reviewer;  ///< login; "ghost" for an account that is gone
    std::string body;
    std::string url;
    std::string commit_sha;  ///< what was looked at
    /// Owner, member or collaborator: anybody may review what is public.
    bool is_of_collaborator = false;
};

/// The latest decision of each reviewer. A comment is none and leaves the decision before it in place; who took theirs
/// back (dismissed) is not listed.
struct Reviews {
    std::vector<Review> approved;
    std::vector<Review> changes_requested;
};

struct MergeOrder {
    std::string expected_head;  ///< what was checked: nothing else is merged
    MergeMethod method = MergeMethod::squash;
    std::string title{};    ///< of the commit; empty: GitHub's own
    std::string message{};  ///< of the commit; empty: GitHub's own
};

struct Merged {
    std::string commit_sha;  ///< what the base branch got
    /// `done`, or `already_done`: an earlier call or somebody else merged just that head.
    web_service::Outcome outcome = web_service::Outcome::done;
};

enum class MergeRefusal : std::uint8_t {
    head_moved,          ///< the head is not the expected one (any more); also when another head was merged
    base_modified,       ///< somebody else merged at the same time: worth another try at once
    not_mergeable,       ///< conflicts
    checks_required,     ///< the rules of the base branch want checks, reviews or an up-to-date head
    not_open,            ///< closed, or a draft
    method_not_allowed,  ///< the repository does not merge in that way
    other
};

std::string_view name_of(MergeRefusal refusal);

/// GitHub does not merge it in its present state. Codes are "github.merge_" and the name of the refusal.
class MergeRefused : public web_service::CallFailed {
  public:
    MergeRefused(Error error, MergeRefusal refusal, int status)
        : CallFailed(std::move(error), web_service::Outcome::conflict, status, {}), refusal_(refusal) {}
    MergeRefusal refusal() const { return refusal_; }

  private:
    MergeRefusal refusal_;
};

}  // namespace gsdb::github
