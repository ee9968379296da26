#include "integrations/github/repository.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "http/message.hpp"
#include "integrations/github/merge_refusal.hpp"
#include "integrations/github/reading.hpp"
#include "integrations/github/service.hpp"

namespace gsdb::github {

namespace json = boost::json;
using http::percent_encode;
using web_service::Answer;
using web_service::Call;
using web_service::CallFailed;
using web_service::Outcome;

namespace {

constexpr int unauthorized = 401, not_found = 404, not_modified = 304, unprocessable = 422;

/// OWNER:BRANCH, as GitHub names a head among those of forks. No branch has a colon in its name.
struct Head {
    std::string owner;
    std::string branch;
};

Head head_of(const std::string& head, const RepositoryName& repository) {
    const auto colon = head.find(':');
    if (colon == std::string::npos) return {.owner = repository.owner, .branch = head};
    return {.owner = head.substr(0, colon), .branch = head.substr(colon + 1)};
}

/// GitHub lists everything where it does not understand a filter, so each entry is looked at.
bool has_head(const json::value& pull, const Head& wanted) {
    const Document head = Document(pull).inner("head");
    const auto label = head.text_or_empty("label");
    return head.text("ref") == wanted.branch &&
           http::equal_ignoring_case(std::string_view(label).substr(0, label.find(':')), wanted.owner);
}

/// The first line of a comment, which readers do not see. Elsewhere in a body it may be a quotation.
std::string line_of_marker(std::string_view marker) {
    return fmt::format("<!-- gsdb {} -->", percent_encode(marker));
}

Comment comment_of(const json::value& answer, bool was_there) {
    const Document document(answer);
    return {.id = document.number("id"), .url = document.text("html_url"), .was_there = was_there};
}

Merged merged_before(const PullRequest& pull, const MergeOrder& order) {
    if (pull.head_sha != order.expected_head) throw other_head_merged(pull, order);
    return {.commit_sha = pull.merge_commit_sha.value(), .outcome = Outcome::already_done};
}

}  // namespace

Repository::Repository(Settings settings)
    : settings_(std::move(settings)), service_(options_of(settings_.service, settings_.authorization.authorize)) {
    if (!settings_.name.is_valid())
        throw Failure({.code = "github.name_invalid",
                       .message = "that is no name of a repository on GitHub",
                       .detail = settings_.name.full(),
                       .hint = "OWNER/NAME, of letters, digits, dashes, dots and underscores",
                       .exit_code = ExitCode::usage});
}

std::string Repository::path(std::string_view rest) const {
    return fmt::format("/repos/{}{}", settings_.name.full(), rest);
}

Task<Answer> Repository::call(Call call) const {
    try {
        co_return co_await service_.call(call);
    } catch (const CallFailed& failure) {
        const auto& renew = settings_.authorization.renew;
        if (failure.status() != unauthorized || !renew || !renew()) throw;
    }
    co_return co_await service_.call(std::move(call));
}

Task<json::array> Repository::list(std::string path, std::string type, std::string member) const {
    json::array entries;
    for (int page = 1;; ++page) {
        const auto answer = co_await call({.path = std::move(path), .type = type});
        const auto& part = member.empty() ? list_of(answer.body) : Document(answer.body).list(member);
        entries.insert(entries.end(), part.begin(), part.end());
        auto next = next_page(answer, service_.options().base_url);
        if (!next) co_return entries;
        if (page >= settings_.pages_max) throw_unreadable(fmt::format("{} has more than {} pages", type, page));
        path = std::move(*next);
    }
}

Task<About> Repository::get() const {
    const auto answer = co_await call({.path = path(""), .type = "repository.get"});
    co_return about_of(answer.body);
}

Task<std::optional<std::string>> Repository::branch_tip(std::string branch) const {
    try {
        const auto answer =
            co_await call({.path = path("/git/ref/" + percent_encode("heads/" + branch)), .type = "branch.get"});
        co_return Document(answer.body).inner("object").text("sha");
    } catch (const CallFailed& failure) {
        if (failure.status() != not_found) throw;
    }
    co_await require_repository();
    co_return std::nullopt;
}

/// GitHub says "not found" of a branch and of a repository that one may not see in the same words.
Task<> Repository::require_repository() const {
    co_await get();
}

Task<> Repository::delete_branch(std::string branch) const {
    try {
        co_await call({.method = http::Method::delete_,
                       .path = path("/git/refs/" + percent_encode("heads/" + branch)),
                       .type = "branch.delete"});
        co_return;
    } catch (const CallFailed& failure) {
        const bool is_gone =
            failure.status() == unprocessable && failure.error().detail.find("does not exist") != std::string::npos;
        if (is_gone) co_return;
        if (failure.status() != not_found) throw;
    }
    co_await require_repository();
}

Task<std::optional<PullRequest>> Repository::find_open(std::string head, std::string base) const {
    const auto wanted = head_of(head, settings_.name);
    const auto found =
        co_await list(path(fmt::format("/pulls?state=open&head={}&base={}&per_page=100",
                                       percent_encode(wanted.owner + ":" + wanted.branch), percent_encode(base))),
                      "pull_request.list", "");
    for (const auto& entry : found) {
        auto pull = pull_request_of(entry);
        if (pull.is_open && pull.base_branch == base && has_head(entry, wanted)) co_return pull;
    }
    co_return std::nullopt;
}

Task<OpenedPullRequest> Repository::open_pull_request(NewPullRequest wanted) const {
    if (auto found = co_await find_open(wanted.head, wanted.base))
        co_return OpenedPullRequest{.pull_request = std::move(*found), .was_there = true};
    std::optional<CallFailed> refusal;
    try {
        // Repeatable: of one head and base there is one open pull request at most.
        const auto answer = co_await call({.method = http::Method::post,
                                           .path = path("/pulls"),
                                           .body = json::object{{"title", wanted.title},
                                                                {"head", wanted.head},
                                                                {"base", wanted.base},
                                                                {"body", wanted.body},
                                                                {"draft", wanted.is_draft}},
                                           .type = "pull_request.create",
                                           .is_repeatable = true});
        co_return OpenedPullRequest{.pull_request = pull_request_of(answer.body)};
    } catch (const CallFailed& failure) {
        if (failure.status() != unprocessable) throw;
        refusal = failure;
    }
    // Somebody else may have made it meanwhile, or an attempt whose answer was lost.
    if (auto found = co_await find_open(wanted.head, wanted.base))
        co_return OpenedPullRequest{.pull_request = std::move(*found), .was_there = true};
    throw std::move(*refusal);
}

Task<PullRequest> Repository::pull_request(std::int64_t number) const {
    std::optional<Seen> seen;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = seen_.find(number); found != seen_.end()) seen = found->second;
    }
    Call wanted{.path = path(fmt::format("/pulls/{}", number)), .type = "pull_request.get"};
    if (seen) wanted.headers.emplace_back("If-None-Match", seen->etag);
    const auto answer = co_await call(std::move(wanted));
    if (answer.status == not_modified && seen) co_return std::move(seen->pull_request);
    auto pull = pull_request_of(answer.body);
    const auto etag = answer.header("etag");
    const std::lock_guard lock(mutex_);
    seen_.erase(number);
    if (etag) seen_.emplace(number, Seen{.etag = std::string(*etag), .pull_request = pull});
    if (seen_.size() > settings_.remembered_max) seen_.erase(seen_.begin());  // the oldest pull request
    co_return pull;
}

Task<PullRequest> Repository::update_pull_request(std::int64_t number, PullRequestChange change) const {
    json::object body;
    if (change.title) body["title"] = *change.title;
    if (change.body) body["body"] = *change.body;
    if (change.base) body["base"] = *change.base;
    co_return co_await change_pull_request(number, std::move(body), "pull_request.update");
}

Task<PullRequest> Repository::close_pull_request(std::int64_t number) const {
    co_return co_await change_pull_request(number, {{"state", "closed"}}, "pull_request.close");
}

Task<PullRequest> Repository::change_pull_request(std::int64_t number, json::object body, std::string type) const {
    const auto answer = co_await call({.method = http::Method::patch,
                                       .path = path(fmt::format("/pulls/{}", number)),
                                       .body = std::move(body),
                                       .type = std::move(type),
                                       .is_repeatable = true});
    co_return pull_request_of(answer.body);
}

Task<Comment> Repository::comment(std::int64_t number, std::string marker, std::string body) const {
    const auto line = line_of_marker(marker);
    const json::value text{{"body", line + "\n" + body}};
    const auto comments = path(fmt::format("/issues/{}/comments", number));
    for (const auto& entry : co_await list(comments + "?per_page=100", "comment.list", "")) {
        const Document there(entry);
        if (!there.text_or_empty("body").starts_with(line)) continue;
        const auto answer = co_await call({.method = http::Method::patch,
                                           .path = path(fmt::format("/issues/comments/{}", there.number("id"))),
                                           .body = text,
                                           .type = "comment.update",
                                           .is_repeatable = true});
        co_return comment_of(answer.body, true);
    }
    const auto answer =
        co_await call({.method = http::Method::post, .path = comments, .body = text, .type = "comment.create"});
    co_return comment_of(answer.body, false);
}

Task<std::vector<Check>> Repository::checks(std::string sha) const {
    std::vector<Check> checks;
    const auto commit = path("/commits/" + percent_encode(sha));
    for (const auto& run : co_await list(commit + "/check-runs?per_page=100", "check_run.list", "check_runs"))
        checks.push_back(check_of_run(run));
    for (const auto& status : co_await list(commit + "/status?per_page=100", "commit_status.list", "statuses"))
        checks.push_back(check_of_status(status));
    co_return checks;
}

Task<Reviews> Repository::reviews(std::int64_t number) const {
    const auto all = co_await list(path(fmt::format("/pulls/{}/reviews?per_page=100", number)), "review.list", "");
    co_return reviews_of(all);
}

Task<Merged> Repository::merge(std::int64_t number, MergeOrder order) const {
    const auto before = co_await pull_request(number);
    if (before.is_merged) co_return merged_before(before, order);
    json::object body{{"sha", order.expected_head}, {"merge_method", name_of(order.method)}};
    if (!order.title.empty()) body["commit_title"] = order.title;
    if (!order.message.empty()) body["commit_message"] = order.message;
    std::optional<CallFailed> refusal;
    try {
        const auto answer = co_await call({.method = http::Method::put,
                                           .path = path(fmt::format("/pulls/{}/merge", number)),
                                           .body = std::move(body),
                                           .type = "pull_request.merge"});
        co_return Merged{.commit_sha = Document(answer.body).text("sha")};
    } catch (const CallFailed& failure) {
        if (failure.outcome() != Outcome::conflict && failure.outcome() != Outcome::invalid) throw;
        refusal = failure;
    }
    // An attempt whose answer was lost may have done it, or somebody else meanwhile.
    const auto after = co_await pull_request(number);
    if (after.is_merged) co_return merged_before(after, order);
    throw refusal_of(after, order, *refusal);
}

}  // namespace gsdb::github
