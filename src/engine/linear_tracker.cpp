#include "engine/linear_tracker.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "engine/json_text.hpp"
#include "engine/step_attempt.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::size_t title_bytes_max = 200;
constexpr std::size_t description_bytes_max = 100'000;

linear::Settings settings_of(RunContext& run, AttemptTally& tally) {
    const auto& services = run.surroundings().services;
    linear::Settings settings{.authorize = [&run]() -> Task<web_service::Headers> {
                                  const auto key =
                                      co_await run.surroundings().services.credential(run.organization(), "linear");
                                  co_return linear::authorization(key);
                              },
                              .guard = services.guard,
                              .rules = services.rules,
                              .on_attempt = tally.listener()};
    if (!services.linear_url.empty()) settings.base_url = services.linear_url;
    return settings;
}

linear::Progress progress_of(IssueState state) {
    switch (state) {
        case IssueState::todo:
            return linear::Progress::todo;
        case IssueState::in_progress:
            return linear::Progress::in_progress;
        case IssueState::in_review:
            return linear::Progress::in_review;
        case IssueState::done:
            return linear::Progress::done;
        case IssueState::cancelled:
            break;
    }
    return linear::Progress::cancelled;
}

workflows::IssueFound found_in(const linear::IssueSummary& issue) {
    return {.id = issue.id, .key = issue.identifier, .url = issue.url};
}

}  // namespace

LinearTracker::LinearTracker(RunContext& run) : run_(run), client_(settings_of(run, tally_)) {}

template <class T>
T LinearTracker::call(std::string type, const std::string& key, const OutsideCall<T>& wanted,
                      const std::function<workflows::IssueFound(const T&)>& found, std::optional<Known> about,
                      std::optional<std::string> parent, std::optional<Uuid> step) {
    const workflows::IssueCall record{.provider = "linear",
                                      .type = std::move(type),
                                      .key = fmt::format("{}/{}", to_string(run_.execution().id), key),
                                      .parent_issue_id = std::move(parent),
                                      .step = step};
    return make_call(run_, tally_, record, wanted, [&](workflows::CallEnd end, const T* result) {
        std::optional<workflows::IssueFound> issue;
        if (about) issue = {.id = about->id, .key = about->key, .url = about->url};
        if (result != nullptr && found) issue = found(*result);
        run_task(run_.progress().end_issue_call(record.key, std::move(end), std::move(issue)));
    });
}

std::string LinearTracker::team() {
    const auto known = run_.once("issue/team", run_.parameters().team, [&] {
        const auto got = call<linear::TeamWithStates>(
            "team.get", "issue/team", {.make = [&] { return client_.team(run_.parameters().team); }}, {});
        return json::serialize(json::object{{"id", got.team.id}});
    });
    return text_in(json::parse(known).as_object(), "id");
}

void LinearTracker::check() {
    team();
}

LinearTracker::Known LinearTracker::make_one(int number, std::string title, std::string description,
                                             const std::optional<Known>& parent, std::optional<Uuid> step) {
    const auto in_team = team();
    const auto made = run_.once(fmt::format("issue/{}", number), title, [&] {
        const auto key = fmt::format("issue/{}", number);
        const auto done = call<linear::Done<linear::IssueSummary>>(
            "issue.create", key,
            {.make =
                 [&] {
                     return client_.create_issue(
                         {.id = linear::id_for(fmt::format("{}/{}", to_string(run_.execution().id), key)),
                          .team_id = in_team,
                          .title = std::string(utf8_beginning(title, title_bytes_max)),
                          .description = std::string(utf8_beginning(description, description_bytes_max)),
                          .parent = parent ? std::optional(parent->id) : std::nullopt});
                 },
             .outcome = [](const auto& got) { return got.outcome; }},
            [](const auto& got) { return found_in(got.value); }, {}, parent ? std::optional(parent->id) : std::nullopt,
            step);
        return json::serialize(
            json::object{{"id", done.value.id}, {"key", done.value.identifier}, {"url", done.value.url}});
    });
    const auto object = json::parse(made).as_object();
    return {.id = text_in(object, "id"), .key = text_in(object, "key"), .url = text_in(object, "url")};
}

std::vector<MadeIssue> LinearTracker::make(const std::vector<tasks::StepTasks::Issue>& /*builtin*/) {
    const auto main = make_one(0, run_.execution().name, run_.parameters().requirement, {}, {});
    std::vector<MadeIssue> issues{{.key = main.key, .url = main.url}};
    for (const auto& step : run_.steps()) {
        const auto issue = make_one(step.number, step.step.name, text_of(step.step), main, step.id);
        issues.push_back({.key = issue.key, .url = issue.url});
    }
    return issues;
}

std::optional<LinearTracker::Known> LinearTracker::issue_of(int number) {
    const auto made = run_.known(fmt::format("issue/{}", number));
    if (!made) return std::nullopt;
    const auto object = json::parse(*made).as_object();
    return Known{.id = text_in(object, "id"), .key = text_in(object, "key"), .url = text_in(object, "url")};
}

void LinearTracker::follow(const std::map<int, IssueState>& states) {
    for (const auto& [number, state] : states) {
        const auto told = told_.find(number);
        if (told != told_.end() && told->second == state) continue;
        const auto issue = issue_of(number);
        if (!issue) continue;
        const auto progress = progress_of(state);
        call<linear::Done<linear::IssueSummary>>(
            "issue.update", fmt::format("issue/{}/{}", number, linear::name_of(progress)),
            {.make = [&] { return client_.set_state(issue->id, progress); },
             .outcome = [](const auto& got) { return got.outcome; }},
            [](const auto& got) { return found_in(got.value); }, issue);
        told_[number] = state;
    }
}

void LinearTracker::look() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_look_) return;
    next_look_ = now + run_.surroundings().services.look_pause;
    const auto main = issue_of(0);
    if (!main) return;
    const auto issue =
        call<linear::Issue>("issue.get", "issue/0/get", {.make = [&] { return client_.issue(main->id); }}, {}, main);
    if (linear::progress_of(issue.summary.state) == linear::Progress::cancelled)
        throw NeedsPerson{fmt::format("{} was cancelled in Linear: open it again and resume the run, or cancel the run",
                                      issue.summary.identifier)};
}

}  // namespace gsdb::engine
