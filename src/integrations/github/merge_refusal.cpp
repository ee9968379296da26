#include "integrations/github/merge_refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gsdb::github {

namespace {

constexpr int conflict_status = 409;

std::string_view remedy_of(MergeRefusal refusal) {
    switch (refusal) {
        case MergeRefusal::head_moved:
            return "look at the new head, and merge that";
        case MergeRefusal::base_modified:
            return "try again";
        case MergeRefusal::not_mergeable:
            return "put the change on top of the base branch and mend the conflicts";
        case MergeRefusal::checks_required:
            return "wait for the checks and reviews that the rules of the base branch want";
        case MergeRefusal::not_open:
            return "open it again, or mark it as ready for review";
        case MergeRefusal::method_not_allowed:
            return "merge in a way that the settings of the repository allow";
        case MergeRefusal::other:
            return "the page of the pull request shows what is missing";
    }
    std::unreachable();
}

MergeRefused refused(MergeRefusal refusal, const PullRequest& present, std::string detail, int status) {
    return {{.code = fmt::format("github.merge_{}", name_of(refusal)),
             .message = fmt::format("github does not merge pull request {}", present.number),
             .detail = std::move(detail),
             .hint = std::string(remedy_of(refusal)),
             .exit_code = ExitCode::conflict},
            refusal,
            status};
}

MergeRefusal reason(const PullRequest& present, const MergeOrder& order, std::string_view text) {
    const auto says = [&](std::string_view words) { return text.find(words) != std::string_view::npos; };
    if (present.head_sha != order.expected_head || says("Head branch was modified")) return MergeRefusal::head_moved;
    if (!present.is_open || present.is_draft) return MergeRefusal::not_open;
    if (says("Base branch was modified")) return MergeRefusal::base_modified;
    if (says("not allowed on this repository")) return MergeRefusal::method_not_allowed;
    if (present.mergeable == false || present.mergeable_state == "dirty" || says("not mergeable"))
        return MergeRefusal::not_mergeable;
    constexpr std::array words{"equired", "is expected", "review", "rule violations"};
    const bool is_blocked = present.mergeable_state == "blocked" || present.mergeable_state == "behind";
    if (is_blocked || std::ranges::any_of(words, says)) return MergeRefusal::checks_required;
    return MergeRefusal::other;
}

}  // namespace

std::string_view name_of(MergeMethod method) {
    static constexpr std::array<std::string_view, 3> names{"merge", "squash", "rebase"};
    return names.at(static_cast<std::size_t>(std::to_underlying(method)));
}

std::string_view name_of(MergeRefusal refusal) {
    static constexpr std::array<std::string_view, 7> names{
        "head_moved", "base_modified", "not_mergeable", "checks_required", "not_open", "method_not_allowed", "other"};
    return names.at(static_cast<std::size_t>(std::to_underlying(refusal)));
}

MergeRefused refusal_of(const PullRequest& present, const MergeOrder& order, const web_service::CallFailed& cause) {
    const auto& text = cause.error().detail;
    return refused(reason(present, order, text), present, text, cause.status());
}

MergeRefused other_head_merged(const PullRequest& present, const MergeOrder& order) {
    return refused(
        MergeRefusal::head_moved, present,
        fmt::format("it is merged already, with the head {} instead of {}", present.head_sha, order.expected_head),
        conflict_status);
}

}  // namespace gsdb::github
