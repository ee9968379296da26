#include "integrations/github/reading.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "base/utf8.hpp"
#include "integrations/github/service.hpp"

namespace gsdb::github {

namespace json = boost::json;

namespace {

CheckState state_of_conclusion(std::string_view conclusion) {
    if (conclusion == "success") return CheckState::passed;
    if (conclusion == "neutral" || conclusion == "skipped") return CheckState::neutral;
    return CheckState::failed;  // also for words that GitHub adds: nothing passes that is not known to pass
}

CheckState state_of_status(std::string_view state) {
    if (state == "success") return CheckState::passed;
    return state == "pending" ? CheckState::pending : CheckState::failed;
}

bool belongs(std::string_view association) {
    return association == "OWNER" || association == "MEMBER" || association == "COLLABORATOR";
}

}  // namespace

Document::Document(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) throw_unreadable("something that should be an object is none");
}

const json::value* Document::find(std::string_view name) const {
    const auto* value = object_->if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Document::text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || !value->is_string()) throw_unreadable(fmt::format("{} is no text", name));
    return printable_utf8(value->get_string());
}

std::string Document::text_or_empty(std::string_view name) const {
    return find(name) == nullptr ? std::string() : text(name);
}

std::int64_t Document::number(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || !value->is_int64()) throw_unreadable(fmt::format("{} is no number", name));
    return value->get_int64();
}

std::optional<bool> Document::optional_flag(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_bool()) throw_unreadable(fmt::format("{} is neither true nor false", name));
    return value->get_bool();
}

bool Document::flag(std::string_view name) const {
    return optional_flag(name).value_or(false);
}

Document Document::inner(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) throw_unreadable(fmt::format("{} is missing", name));
    return Document(*value);
}

std::optional<Document> Document::optional_inner(std::string_view name) const {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(Document(*value));
}

const json::array& Document::list(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) throw_unreadable(fmt::format("{} is missing", name));
    return list_of(*value);
}

const json::array& list_of(const json::value& value) {
    if (!value.is_array()) throw_unreadable("something that should be a list is none");
    return value.get_array();
}

About about_of(const json::value& answer) {
    const Document repository(answer);
    About about{.url = repository.text("html_url"),
                .default_branch = repository.text("default_branch"),
                .is_private = repository.flag("private"),
                .is_archived = repository.flag("archived")};
    if (const auto permissions = repository.optional_inner("permissions")) {
        about.may_push = permissions->flag("push");
        about.may_administer = permissions->flag("admin");
    }
    constexpr std::array<std::pair<const char*, MergeMethod>, 3> known{{{"allow_merge_commit", MergeMethod::merge},
                                                                        {"allow_squash_merge", MergeMethod::squash},
                                                                        {"allow_rebase_merge", MergeMethod::rebase}}};
    for (const auto& [name, method] : known)
        if (repository.flag(name)) about.merge_methods.push_back(method);
    return about;
}

PullRequest pull_request_of(const json::value& answer) {
    const Document document(answer);
    const auto head = document.inner("head"), base = document.inner("base");
    PullRequest pull{.number = document.number("number"),
                     .url = document.text("html_url"),
                     .title = document.text("title"),
                     .body = document.text_or_empty("body"),
                     .is_open = document.text("state") == "open",
                     .is_draft = document.flag("draft"),
                     .is_merged = !document.text_or_empty("merged_at").empty(),
                     .head_branch = head.text("ref"),
                     .head_sha = head.text("sha"),
                     .base_branch = base.text("ref"),
                     .base_sha = base.text("sha"),
                     .mergeable = document.optional_flag("mergeable"),
                     .mergeable_state = document.text_or_empty("mergeable_state")};
    // Before, it names a trial merge that no branch holds.
    if (pull.is_merged) pull.merge_commit_sha = document.text("merge_commit_sha");
    return pull;
}

Check check_of_run(const json::value& check_run) {
    const Document run(check_run);
    const auto output = run.optional_inner("output");
    auto summary = output ? output->text_or_empty("summary") : "";
    if (summary.empty() && output) summary = output->text_or_empty("title");
    auto url = run.text_or_empty("details_url");
    return {.name = run.text("name"),
            .state = run.text("status") == "completed" ? state_of_conclusion(run.text_or_empty("conclusion"))
                                                       : CheckState::pending,
            .url = url.empty() ? run.text_or_empty("html_url") : std::move(url),
            .summary = std::move(summary)};
}

Check check_of_status(const json::value& status) {
    const Document document(status);
    return {.name = document.text("context"),
            .state = state_of_status(document.text("state")),
            .url = document.text_or_empty("target_url"),
            .summary = document.text_or_empty("description")};
}

Reviews reviews_of(const json::array& reviews) {
    std::map<std::string, std::pair<std::string, Review>> latest;
    for (const auto& entry : reviews) {
        const Document document(entry);
        auto state = document.text("state");
        if (state != "APPROVED" && state != "CHANGES_REQUESTED" && state != "DISMISSED") continue;
        const auto user = document.optional_inner("user");
        Review review{.reviewer = user ? user->text("login") : "ghost",
                      .body = document.text_or_empty("body"),
                      .url = document.text_or_empty("html_url"),
                      .commit_sha = document.text_or_empty("commit_id"),
                      .is_of_collaborator = belongs(document.text_or_empty("author_association"))};
        latest.insert_or_assign(review.reviewer, std::pair(std::move(state), review));
    }
    Reviews decided;
    for (auto& [reviewer, decision] : latest) {
        if (decision.first == "APPROVED") decided.approved.push_back(std::move(decision.second));
        if (decision.first == "CHANGES_REQUESTED") decided.changes_requested.push_back(std::move(decision.second));
    }
    return decided;
}

}  // namespace gsdb::github
