#include "integrations/linear/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"
#include "integrations/linear/answers.hpp"
#include "integrations/linear/queries.hpp"

namespace gsdb::linear {

namespace json = boost::json;
using web_service::CallFailed;
using web_service::Outcome;

namespace {

web_service::Options options_of(Settings settings) {
    return {
        .name = "linear",
        .base_url = std::move(settings.base_url),
        .authorize = std::move(settings.authorize),
        .credential_hint = "store a personal API key of Linear, or a token of an OAuth application, that may do this",
        .rules = settings.rules,
        .http = {.guard = std::move(settings.guard)},
        .judge = judge,
        .message_of = message_of,
        .on_attempt = std::move(settings.on_attempt)};
}

/// Whether a creation that failed so may have been refused because it has happened before. Linear has no word of its
/// own for an id that is taken, so whatever it refused is looked for.
bool may_exist(Outcome outcome) {
    return outcome == Outcome::invalid || outcome == Outcome::conflict || outcome == Outcome::not_found ||
           outcome == Outcome::error;
}

template <class T>
Task<Done<T>> find_or_create(Task<T> create, Task<T> find) {
    std::optional<CallFailed> refusal;
    try {
        co_return Done<T>{.value = co_await std::move(create), .outcome = Outcome::done};
    } catch (const CallFailed& failure) {
        if (!may_exist(failure.outcome())) throw;
        refusal = failure;
    }
    try {
        co_return Done<T>{.value = co_await std::move(find), .outcome = Outcome::already_done};
    } catch (const CallFailed& failure) {
        if (failure.outcome() != Outcome::not_found) throw;
    }
    throw CallFailed(*refusal);
}

json::value id_or_null(const std::string& id) {
    return id.empty() ? json::value(nullptr) : json::value(id);
}

}  // namespace

web_service::Headers authorization(const crypto::Secret& credential) {
    const std::string text(credential.reveal());
    return {{"Authorization", text.starts_with("lin_api_") ? text : "Bearer " + text}};
}

Uuid id_for(std::string_view key) {
    constexpr std::uint8_t version = 0x40, variant = 0x80, below_version = 0x0F, below_variant = 0x3F;
    const auto digest = crypto::sha256(as_bytes(key));
    Uuid id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & below_version) | version);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & below_variant) | variant);
    return id;
}

Client::Client(Settings settings) : service_(options_of(std::move(settings))) {}

Task<json::object> Client::ask(Document document, json::object variables) const {
    auto answer = co_await service_.call({.method = http::Method::post,
                                          .path = "/graphql",
                                          .body = json::object{{"query", document.whole()},
                                                               {"operationName", document.operation},
                                                               {"variables", std::move(variables)}},
                                          .type = std::string(document.type),
                                          // What changes something has the id of what it makes, or says how it is to
                                          // be.
                                          .is_repeatable = true});
    co_return std::move(answer.body.as_object().at("data").as_object());
}

Task<> Client::read_pages(Document document, json::object variables, Locate locate, Read read) const {
    constexpr int pages_max = 200;
    for (int page = 1; page <= pages_max; ++page) {
        const auto data = co_await ask(document, variables);
        const auto* const list = locate(data);
        if (list == nullptr) co_return;
        for (const auto& node : array_at(*list, "nodes")) {
            if (!node.is_object()) throw not_understood("a list holds something else than objects");
            read(node.get_object());
        }
        const auto& info = object_at(*list, "pageInfo");
        if (!flag_at(info, "hasNextPage")) co_return;
        const auto cursor = text_at(info, "endCursor");
        const auto* const before = variables.if_contains("after");
        if (before != nullptr && *before == json::value(cursor)) throw not_understood("a list does not go on");
        variables["after"] = cursor;
    }
    throw not_understood(fmt::format("a list has more than {} pages", pages_max));
}

Task<Viewer> Client::viewer() const {
    const auto data = co_await ask(documents::viewer, {});
    const auto& viewer = object_at(data, "viewer");
    const auto& organization = object_at(viewer, "organization");
    co_return Viewer{.user = read_user(viewer),
                     .organization_id = text_at(organization, "id"),
                     .organization_name = text_at(organization, "name")};
}

Task<std::vector<Team>> Client::teams() const {
    std::vector<Team> teams;
    co_await read_pages(
        documents::teams, {}, [](const json::object& data) { return &object_at(data, "teams"); },
        [&](const json::object& team) { teams.push_back(read_team(team)); });
    co_return teams;
}

Task<TeamWithStates> Client::team(std::string key_or_id) const {
    const auto filter = Uuid::parse(key_or_id) ? json::object{{"id", {{"eq", key_or_id}}}}
                                               : json::object{{"key", {{"eqIgnoreCase", key_or_id}}}};
    std::optional<TeamWithStates> found;
    const auto states_of = [&](const json::object& data) -> const json::object* {
        const auto& nodes = array_at(object_at(data, "teams"), "nodes");
        if (nodes.empty()) return nullptr;
        if (!nodes.front().is_object()) throw not_understood("a team is no object");
        const auto& team = nodes.front().get_object();
        if (!found) found = TeamWithStates{.team = read_team(team), .states = {}};
        return &object_at(team, "states");
    };
    co_await read_pages(documents::team, {{"filter", filter}}, states_of,
                        [&](const json::object& state) { found->states.push_back(read_state(state)); });
    if (!found)
        throw CallFailed({.code = "linear.not_found",
                          .message = fmt::format("linear has no team \"{}\"", key_or_id),
                          .detail = {},
                          .hint = "give the key of a team that the credential may see, as ENG of ENG-12",
                          .exit_code = ExitCode::not_found},
                         Outcome::not_found, 0, std::nullopt);
    co_return std::move(*found);
}

Task<Issue> Client::issue(std::string issue) const {
    std::optional<Issue> found;
    const auto children_of = [&](const json::object& data) {
        const auto& read = object_at(data, "issue");
        if (!found) found = read_issue(read);
        return &object_at(read, "children");
    };
    co_await read_pages(documents::issue, {{"id", issue}}, children_of,
                        [&](const json::object& child) { found->children.push_back(read_summary(child)); });
    co_return std::move(*found);
}

Task<IssueSummary> Client::make_issue(json::object input) const {
    const auto data = co_await ask(documents::create_issue, {{"input", std::move(input)}});
    co_return read_summary(object_at(done_at(data, "issueCreate"), "issue"));
}

Task<IssueSummary> Client::find_issue(std::string id) const {
    const auto data = co_await ask(documents::issue_summary, {{"id", id}});
    co_return read_summary(object_at(data, "issue"));
}

Task<Done<IssueSummary>> Client::create_issue(NewIssue wanted) const {
    const auto id = to_string(wanted.id);
    json::object input{{"id", id}, {"teamId", wanted.team_id}, {"title", wanted.title}};
    if (!wanted.description.empty()) input["description"] = wanted.description;
    if (wanted.parent) input["parentId"] = *wanted.parent;
    if (wanted.state_id) input["stateId"] = *wanted.state_id;
    if (!wanted.label_ids.empty()) input["labelIds"] = json::array(wanted.label_ids.begin(), wanted.label_ids.end());
    co_return co_await find_or_create(make_issue(std::move(input)), find_issue(id));
}

Task<IssueSummary> Client::update_issue(std::string issue, IssueChanges changes) const {
    json::object input;
    if (changes.title) input["title"] = *changes.title;
    if (changes.description) input["description"] = *changes.description;
    if (changes.state_id) input["stateId"] = *changes.state_id;
    if (changes.parent) input["parentId"] = id_or_null(*changes.parent);
    const auto data = co_await ask(documents::update_issue, {{"id", issue}, {"input", std::move(input)}});
    co_return read_summary(object_at(done_at(data, "issueUpdate"), "issue"));
}

Task<Done<IssueSummary>> Client::set_chosen_state(std::string issue, Choose choose, IsSame is_same,
                                                  std::string_view wanted) const {
    std::optional<IssueSummary> found;
    std::vector<WorkflowState> states;
    const auto states_of = [&](const json::object& data) {
        const auto& read = object_at(data, "issue");
        found = read_summary(read);
        return &object_at(object_at(read, "team"), "states");
    };
    co_await read_pages(documents::issue_states, {{"id", issue}}, states_of,
                        [&](const json::object& state) { states.push_back(read_state(state)); });
    const auto chosen = choose(states);
    if (!chosen)
        throw CallFailed({.code = "linear.conflict",
                          .message = fmt::format("the team of {} has no state for \"{}\"", found->identifier, wanted),
                          .detail = {},
                          .hint = "add such a state to the team's workflow in Linear",
                          .exit_code = ExitCode::conflict},
                         Outcome::conflict, 0, std::nullopt);
    if (is_same(found->state, *chosen))
        co_return Done<IssueSummary>{.value = std::move(*found), .outcome = Outcome::already_done};
    co_return Done<IssueSummary>{.value = co_await update_issue(found->id, {.state_id = chosen->id}),
                                 .outcome = Outcome::done};
}

Task<Done<IssueSummary>> Client::set_state(std::string issue, Progress progress) const {
    co_return co_await set_chosen_state(
        std::move(issue), [progress](const auto& states) { return choose_state(states, progress); },
        // Of the chosen one and not of what was asked for: a team may have no state for it but a near one.
        [](const WorkflowState& now, const WorkflowState& chosen) { return progress_of(now) == progress_of(chosen); },
        name_of(progress));
}

Task<Done<IssueSummary>> Client::set_state(std::string issue, StateType type) const {
    co_return co_await set_chosen_state(
        std::move(issue), [type](const auto& states) { return choose_state(states, type); },
        [](const WorkflowState& now, const WorkflowState& chosen) { return now.type == chosen.type; }, name_of(type));
}

Task<Outcome> Client::archive(std::string issue) const {
    try {
        const auto data = co_await ask(documents::archive_issue, {{"id", issue}});
        done_at(data, "issueArchive");
        co_return Outcome::done;
    } catch (const CallFailed& failure) {
        if (failure.outcome() != Outcome::not_found) throw;
        co_return Outcome::already_done;
    }
}

Task<Comment> Client::make_comment(json::object input) const {
    const auto data = co_await ask(documents::create_comment, {{"input", std::move(input)}});
    co_return read_comment(object_at(done_at(data, "commentCreate"), "comment"));
}

Task<Comment> Client::find_comment(std::string id) const {
    const auto data = co_await ask(documents::comment, {{"id", id}});
    co_return read_comment(object_at(data, "comment"));
}

Task<Done<Comment>> Client::comment(NewComment wanted) const {
    const auto id = to_string(wanted.id);
    json::object input{{"id", id}, {"issueId", wanted.issue}, {"body", wanted.body}};
    co_return co_await find_or_create(make_comment(std::move(input)), find_comment(id));
}

}  // namespace gsdb::linear
