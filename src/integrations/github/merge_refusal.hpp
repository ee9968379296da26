#pragma once
// Why GitHub did not merge: it says so with one status and a text for people.

#include "integrations/github/pull_request.hpp"

namespace gsdb::github {

/// `present` is the pull request as it was found after GitHub had refused with `cause`.
MergeRefused refusal_of(const PullRequest& present, const MergeOrder& order, const web_service::CallFailed& cause);

/// It is merged, with another head than the expected one.
MergeRefused other_head_merged(const PullRequest& present, const MergeOrder& order);

}  // namespace gsdb::github
