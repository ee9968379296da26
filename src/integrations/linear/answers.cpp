#include "integrations/linear/answers.hpp"

#include <fmt/format.h>

#include "base/moment.hpp"

namespace gsdb::linear {

namespace json = boost::json;

web_service::CallFailed not_understood(std::string detail) {
    return {{.code = "linear.error",
             .message = "linear gave an answer that is not understood",
             .detail = std::move(detail),
             .hint = {}},
            web_service::Outcome::error,
            0,
            std::nullopt};
}

namespace {

const json::value& member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr) throw not_understood(fmt::format("\"{}\" is missing", name));
    return *value;
}

[[noreturn]] void refuse_kind(std::string_view name, std::string_view wanted) {
    throw not_understood(fmt::format("\"{}\" is no {}", name, wanted));
}

double number_at(const json::object& object, std::string_view name) {
    const auto& value = member(object, name);
    if (!value.is_number()) refuse_kind(name, "number");
    return value.to_number<double>();
}

std::optional<std::string> text_or_null(const json::object& object, std::string_view name) {
    if (member(object, name).is_null()) return std::nullopt;
    return text_at(object, name);
}

Timestamp moment_of(const std::string& text, std::string_view name) {
    const auto moment = parse_moment(text);
    if (!moment) refuse_kind(name, "moment");
    return *moment;
}

}  // namespace

const json::object& object_at(const json::object& object, std::string_view name) {
    const auto* const inner = object_or_null(object, name);
    if (inner == nullptr) refuse_kind(name, "object");
    return *inner;
}

const json::object* object_or_null(const json::object& object, std::string_view name) {
    const auto& value = member(object, name);
    if (value.is_null()) return nullptr;
    if (!value.is_object()) refuse_kind(name, "object");
    return &value.get_object();
}

const json::array& array_at(const json::object& object, std::string_view name) {
    const auto& value = member(object, name);
    if (!value.is_array()) refuse_kind(name, "list");
    return value.get_array();
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto& value = member(object, name);
    if (!value.is_string()) refuse_kind(name, "text");
    return std::string(value.get_string());
}

bool flag_at(const json::object& object, std::string_view name) {
    const auto& value = member(object, name);
    if (!value.is_bool()) refuse_kind(name, "truth value");
    return value.get_bool();
}

const json::object& done_at(const json::object& data, std::string_view name) {
    const auto& payload = object_at(data, name);
    if (!flag_at(payload, "success")) throw not_understood(fmt::format("{} did not succeed, without a reason", name));
    return payload;
}

User read_user(const json::object& user) {
    return {.id = text_at(user, "id"), .name = text_at(user, "name"), .email = text_at(user, "email")};
}

Team read_team(const json::object& team) {
    return {.id = text_at(team, "id"), .key = text_at(team, "key"), .name = text_at(team, "name")};
}

WorkflowState read_state(const json::object& state) {
    return {.id = text_at(state, "id"),
            .name = text_at(state, "name"),
            .type = state_type_of(text_at(state, "type")),
            .position = number_at(state, "position")};
}

IssueSummary read_summary(const json::object& issue) {
    return {.id = text_at(issue, "id"),
            .identifier = text_at(issue, "identifier"),
            .title = text_at(issue, "title"),
            .url = text_at(issue, "url"),
            .state = read_state(object_at(issue, "state"))};
}

Issue read_issue(const json::object& issue) {
    Issue read{.summary = read_summary(issue),
               .description = text_or_null(issue, "description").value_or(""),
               .team_id = text_at(object_at(issue, "team"), "id"),
               .assignee = {},
               .parent = {},
               .children = {},
               .updated_at = moment_of(text_at(issue, "updatedAt"), "updatedAt"),
               .archived_at = {}};
    if (const auto* const assignee = object_or_null(issue, "assignee")) read.assignee = read_user(*assignee);
    if (const auto* const parent = object_or_null(issue, "parent")) read.parent = read_summary(*parent);
    if (const auto moment = text_or_null(issue, "archivedAt")) read.archived_at = moment_of(*moment, "archivedAt");
    return read;
}

Comment read_comment(const json::object& comment) {
    return {.id = text_at(comment, "id"), .url = text_at(comment, "url")};
}

}  // namespace gsdb::linear
