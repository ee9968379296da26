#include "engine/github_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::size_t title_bytes_max = 200;

}  // namespace

GithubHost::GithubHost(RunContext& run)
    : run_(run),
      access_(run, tally_.listener()),
      github_({.name = access_.name(), .service = access_.service(), .authorization = access_.authorization()}),
      remote_(access_.remote()) {}

template <class T>
T GithubHost::call(std::string type, const std::string& key, const OutsideCall<T>& wanted,
                   const std::function<workflows::ChangeFound(const T&)>& found, std::optional<std::string> branch,
                   std::optional<std::string> commit) {
    const workflows::CodeCall record{.provider = "github",
                                     .type = std::move(type),
                                     .key = fmt::format("{}/{}", to_string(run_.execution().id), key),
                                     .request = json::serialize(json::object{{"repository", github_.name().full()}}),
                                     .branch = std::move(branch),
                                     .commit = std::move(commit)};
    return make_call(run_, tally_, record, wanted, [&](workflows::CallEnd end, const T* result) {
        run_task(run_.progress().end_code_call(
            record.key, std::move(end),
            result != nullptr && found ? found(*result) : workflows::ChangeFound{.commit = record.commit}));
    });
}

template <class Work>
auto GithubHost::remotely(Work work) {
    try {
        return work();
    } catch (const Failure& failure) {
        const auto& error = failure.error();
        if (error.code == "git.unauthorized" || error.code == "git.remote_failed")
            throw NeedsPerson{run_.without_secrets(fmt::format("{}: {}; {}", error.message, error.detail, error.hint))};
        throw;
    }
}

// ---- branches ---------------------------------------------------------------------------------------------------

void GithubHost::check() {
    const auto about = call<github::About>("repository.get", fmt::format("host/{}", run_.stage().attempt.value_or(1)),
                                           {.make = [&] { return github_.get(); }});
    if (about.may_push && !about.is_archived) return;
    throw Failure(
        {.code = "workflows.host_is_read_only",
         .message = fmt::format("{} cannot be written to", github_.name().full()),
         .detail = about.is_archived ? "the repository is archived" : "the credential may not push to it",
         .hint = "give the token of gsdb service connect github the right to write contents and pull requests"});
}

void GithubHost::prepare_dev_branch() {
    const auto& dev = run_.parameters().dev_branch;
    const auto& workspace = run_.workspace();
    const auto there = remotely([&] { return remote_.fetch(dev, run_.branch_prefix() + "host-dev"); });
    if (!there) {
        workspace.add_branch(dev, run_.base_commit());
        return push(workspace.tip(dev).value(), dev, "dev");
    }
    workspace.add_branch(dev, *there);
    const auto here = workspace.tip(dev).value();
    if (here == *there) return;
    if (workspace.is_ancestor(here, *there)) {
        workspace.move_branch(dev, here, *there);
        return;
    }
    if (!workspace.is_ancestor(*there, here))
        throw NeedsPerson{fmt::format("branch {} has other commits here than on GitHub: bring them together", dev)};
    push(here, dev, "dev");
}

void GithubHost::push(const std::string& commit, const std::string& branch, const std::string& key) {
    const auto there = remotely([&] { return remote_.tip(branch); });
    if (there == commit) return;
    if (there && !run_.workspace().find_commit(*there))
        throw NeedsPerson{fmt::format("somebody else has pushed to branch {} on GitHub: {}", branch, *there)};
    const auto started = std::chrono::steady_clock::now();
    const bool was_expected = remotely([&] { return remote_.push(commit, branch, there); });
    if (!was_expected) throw NeedsPerson{fmt::format("branch {} on GitHub was moved while it was pushed to", branch)};
    run_task(run_.progress().record(
        run_.stage().execution_id,
        workflows::CodeCall{.provider = "github",
                            .type = "branch.push",
                            .key = fmt::format("{}/push/{}/{}", to_string(run_.execution().id), key, commit),
                            .branch = branch,
                            .commit = commit,
                            .latency = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::steady_clock::now() - started)}));
}

// ---- pull requests ----------------------------------------------------------------------------------------------

std::string GithubHost::description_of(const ShownChange& change) const {
    auto text = text_of(change.step.step);
    if (!change.result.summary.empty()) text += fmt::format("\n## What the agent says\n{}\n", change.result.summary);
    return text +
           fmt::format("\n---\nStep {} of run {}: {}\n", change.step.number, run_.short_id(), run_.execution().name);
}

GithubHost::Shown GithubHost::pull_request_of(const ShownChange& change) {
    const auto branch = run_.branch_of(change.step.number);
    const auto made = run_.once(fmt::format("step/{}/pull_request", change.step.number), "", [&] {
        const auto opened = call<github::OpenedPullRequest>(
            "pull_request.create", fmt::format("pull_request/{}", change.step.number),
            {.make =
                 [&] {
                     return github_.open_pull_request(
                         {.head = branch,
                          .base = run_.parameters().dev_branch,
                          .title = std::string(utf8_beginning(change.step.step.name, title_bytes_max)),
                          .body = description_of(change)});
                 },
             .outcome =
                 [](const github::OpenedPullRequest& got) {
                     return got.was_there ? web_service::Outcome::already_done : web_service::Outcome::done;
                 }},
            [](const github::OpenedPullRequest& got) {
                return workflows::ChangeFound{.commit = got.pull_request.head_sha,
                                              .pull_request = static_cast<std::int32_t>(got.pull_request.number),
                                              .pull_request_url = got.pull_request.url};
            },
            branch);
        return json::serialize(json::object{{"number", opened.pull_request.number}, {"url", opened.pull_request.url}});
    });
    const auto object = json::parse(made).as_object();
    return {.number = object.at("number").to_number<std::int64_t>(), .url = text_in(object, "url")};
}

void GithubHost::show(const ShownChange& change) {
    auto& shown = shown_[change.step.number];
    if (shown == change.result.commit) return;
    prepare_dev_branch();
    push(change.result.commit, run_.branch_of(change.step.number), std::to_string(change.step.number));
    pull_request_of(change);
    shown = change.result.commit;
}

std::vector<HostCheck> GithubHost::checks(const ShownChange& change) {
    const auto& commit = change.result.commit;
    const auto found =
        call<std::vector<github::Check>>("checks.list", fmt::format("checks/{}/{}", change.step.number, commit),
                                         {.make = [&] { return github_.checks(commit); }}, {}, {}, commit);
    std::vector<HostCheck> checks;
    for (const auto& check : found)
        checks.push_back({.name = check.name,
                          .url = check.url,
                          .summary = check.summary,
                          .is_pending = check.state == github::CheckState::pending,
                          .has_passed = check.state != github::CheckState::failed});
    return checks;
}

// ---- merging ----------------------------------------------------------------------------------------------------

github::MergeMethod GithubHost::merge_method() {
    const auto known = run_.once("host/merge_method", "", [&] {
        const auto about =
            call<github::About>("repository.get", "host/merge_method", {.make = [&] { return github_.get(); }});
        for (const auto method : {github::MergeMethod::squash, github::MergeMethod::rebase, github::MergeMethod::merge})
            if (std::ranges::find(about.merge_methods, method) != about.merge_methods.end())
                return json::serialize(json::object{{"method", github::name_of(method)}});
        return json::serialize(json::object{{"method", github::name_of(github::MergeMethod::squash)}});
    });
    const auto name = text_in(json::parse(known).as_object(), "method");
    for (const auto method : {github::MergeMethod::rebase, github::MergeMethod::merge})
        if (github::name_of(method) == name) return method;
    return github::MergeMethod::squash;
}

std::optional<std::string> GithubHost::merge(const ShownChange& change, const std::string& onto,
                                             const std::string& commit) {
    if (auto merged = find_merged(change, commit)) return merged;
    if (remotely([&] { return remote_.tip(run_.parameters().dev_branch); }) != onto) return std::nullopt;
    push(commit, run_.branch_of(change.step.number), std::to_string(change.step.number));
    const auto shown = pull_request_of(change);
    try {
        ask_to_merge(change, shown, commit);
    } catch (const github::MergeRefused& refused) {
        go_on_after(refused, change, shown, commit);
        return std::nullopt;
    }
    return find_merged(change, commit);
}

void GithubHost::ask_to_merge(const ShownChange& change, const Shown& shown, const std::string& commit) {
    const auto message = run_.workspace().message_of(commit);
    const auto line_end = std::min(message.find('\n'), message.size());
    const github::MergeOrder order{.expected_head = commit,
                                   .method = merge_method(),
                                   .title = fmt::format("{} (#{})", message.substr(0, line_end), shown.number),
                                   .message = message.substr(line_end)};
    call<github::Merged>(
        "pull_request.merge", fmt::format("host/merge/{}/{}", change.step.number, commit),
        {.make = [&] { return github_.merge(shown.number, order); },
         .outcome = [](const github::Merged& got) { return got.outcome; }},
        [&](const github::Merged& got) {
            return workflows::ChangeFound{.commit = got.commit_sha,
                                          .pull_request = static_cast<std::int32_t>(shown.number),
                                          .pull_request_url = shown.url};
        },
        run_.branch_of(change.step.number), commit);
}

void GithubHost::go_on_after(const github::MergeRefused& refused, const ShownChange& change, const Shown& shown,
                             const std::string& commit) {
    using github::MergeRefusal;
    // A branch that was pushed to just now, or a base that has just moved, is known to GitHub a little later.
    constexpr int refusals_max = 10;
    if (refused.refusal() == MergeRefusal::checks_required) return wait_for_rules(change, shown, commit);
    if (refused.refusal() == MergeRefusal::not_open || ++refusals_[change.step.number] > refusals_max)
        throw NeedsPerson{run_.without_secrets(fmt::format("{}: {}", shown.url, refused.what()))};
    wait_for_others(run_, "github");
}

void GithubHost::wait_for_rules(const ShownChange& change, const Shown& shown, const std::string& commit) {
    run_.tell({.kind = News::Kind::remark,
               .step = change.step.number,
               .text = fmt::format("waits for the checks and reviews that GitHub wants: {}", shown.url)});
    const auto refuse_unwanted = [&] {
        for (const auto& check :
             checks({.step = change.step, .result = {.base = change.result.base, .commit = commit}}))
            if (!check.has_passed)
                throw NeedsPerson{fmt::format("{} did not pass on GitHub: {}", check.name, check.url)};
        const auto reviews = call<github::Reviews>("reviews.list", fmt::format("reviews/{}", change.step.number),
                                                   {.make = [&] { return github_.reviews(shown.number); }});
        // Anybody may review what is public.
        const auto unwanted = std::ranges::find_if(reviews.changes_requested, &github::Review::is_of_collaborator);
        if (unwanted != reviews.changes_requested.end())
            throw NeedsPerson{fmt::format("{} wants the change of step {} changed: {}", unwanted->reviewer,
                                          change.step.number, shown.url)};
    };
    for (;;) {
        refuse_unwanted();
        const auto now = state_of(change, shown);
        if (!now.is_open || now.mergeable_state != "blocked") return;
        wait_for_others(run_, "github");
    }
}

std::optional<std::string> GithubHost::find_merged(const ShownChange& change, const std::string& /*commit*/) {
    const auto now = state_of(change, pull_request_of(change));
    if (!now.is_merged) return std::nullopt;
    prepare_dev_branch();
    return now.merge_commit_sha;
}

github::PullRequest GithubHost::state_of(const ShownChange& change, const Shown& shown) {
    return call<github::PullRequest>("pull_request.get", fmt::format("pull_request/{}/get", change.step.number),
                                     {.make = [&] { return github_.pull_request(shown.number); }});
}

void GithubHost::clean_up() {
    if (!run_.known("plan/saved")) return;
    for (const auto& step : run_.steps()) {
        const auto made = run_.known(fmt::format("step/{}/pull_request", step.number));
        const auto branch = run_.branch_of(step.number);
        if (made) {
            const auto number = json::parse(*made).at("number").to_number<std::int64_t>();
            call<github::PullRequest>("pull_request.close", fmt::format("pull_request/{}/close", step.number),
                                      {.make = [&] { return github_.close_pull_request(number); }}, {}, branch);
        }
        remotely([&] {
            remote_.remove(branch);
            if (run_.parameters().agent_kind == AgentKind::codegen) remote_.remove(begin_of(branch));
        });
    }
}

}  // namespace gsdb::engine
