#include "integrations/codegen/answers.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace gsdb::codegen {

namespace json = boost::json;
using web_service::CallFailed;
using web_service::Outcome;

namespace {

[[noreturn]] void fail(std::string_view what) {
    throw CallFailed({.code = "codegen.error",
                      .message = "codegen answers something else than its description says",
                      .detail = fmt::format("it is to be {}", what),
                      .hint = "",
                      .exit_code = ExitCode::failed},
                     Outcome::error, 0, std::nullopt);
}

const json::object& object_of(const json::value& value, std::string_view what) {
    if (!value.is_object()) fail(what);
    return value.get_object();
}

// Null for what is not there.
const json::value* value_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
}

std::string text_at(const json::object& object, std::string_view name) {
    return std::string(text_or_empty(object, name));
}

std::string text_or_json_at(const json::object& object, std::string_view name) {
    const auto* value = value_at(object, name);
    if (value == nullptr) return "";
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

json::value copy_at(const json::object& object, std::string_view name) {
    const auto* value = value_at(object, name);
    return value != nullptr ? *value : json::value();
}

bool flag_at(const json::object& object, std::string_view name, bool otherwise) {
    const auto* value = value_at(object, name);
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::optional<std::int64_t> integer_at(const json::object& object, std::string_view name) {
    const auto* value = value_at(object, name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

std::int64_t id_of(const json::object& object, std::string_view what) {
    const auto id = integer_at(object, "id");
    if (!id) fail(what);
    return *id;
}

std::vector<PullRequest> pull_requests_of(const json::object& run) {
    std::vector<PullRequest> all;
    const auto* list = value_at(run, "github_pull_requests");
    if (list == nullptr || !list->is_array()) return all;
    for (const auto& one : list->get_array()) {
        const auto& object = object_of(one, "a pull request");
        all.push_back({.id = id_of(object, "a pull request"),
                       .title = text_at(object, "title"),
                       .url = text_at(object, "url"),
                       .head_branch = text_at(object, "head_branch_name")});
    }
    return all;
}

LogEntry log_entry_of(const json::value& value) {
    const auto& object = object_of(value, "an entry of a log");
    return {.created_at = text_at(object, "created_at"),
            .message_type = text_at(object, "message_type"),
            .tool_name = text_at(object, "tool_name"),
            .thought = text_at(object, "thought"),
            .observation = text_or_json_at(object, "observation"),
            .tool_input = copy_at(object, "tool_input"),
            .tool_output = copy_at(object, "tool_output")};
}

}  // namespace

Run run_of(const json::value& value) {
    const auto& object = object_of(value, "a run");
    const auto* metadata = value_at(object, "metadata");
    return {.id = RunId(id_of(object, "a run")),
            .status = text_at(object, "status"),
            .web_url = text_at(object, "web_url"),
            .result = text_at(object, "result"),
            .summary = text_at(object, "summary"),
            .created_at = text_at(object, "created_at"),
            .key = metadata != nullptr && metadata->is_object() ? text_at(metadata->get_object(), key_name) : "",
            .pull_requests = pull_requests_of(object)};
}

LogPage log_page_of(const json::value& value) {
    const auto& object = object_of(value, "a page of a log");
    const auto* logs = value_at(object, "logs");
    if (logs == nullptr || !logs->is_array()) fail("a page of a log");
    LogPage page{
        .status = text_at(object, "status"), .entries = {}, .total = integer_at(object, "total_logs").value_or(0)};
    for (const auto& entry : logs->get_array()) page.entries.push_back(log_entry_of(entry));
    return page;
}

Organization organization_of(const json::value& value) {
    const auto& object = object_of(value, "an organization");
    const auto* settings = value_at(object, "settings");
    return {.id = OrganizationId(id_of(object, "an organization")),
            .name = text_at(object, "name"),
            .makes_pull_requests = settings == nullptr || !settings->is_object() ||
                                   flag_at(settings->get_object(), "enable_pr_creation", true)};
}

Repository repository_of(const json::value& value) {
    const auto& object = object_of(value, "a repository");
    return {.id = RepositoryId(id_of(object, "a repository")),
            .name = text_at(object, "name"),
            .full_name = text_at(object, "full_name"),
            .language = text_at(object, "language"),
            .setup_status = text_at(object, "setup_status"),
            .is_archived = flag_at(object, "archived", false)};
}

Page page_of(const json::value& value) {
    const auto& object = object_of(value, "a page");
    const auto* items = value_at(object, "items");
    if (items == nullptr || !items->is_array()) fail("a page");
    return {.items = &items->get_array(), .total = integer_at(object, "total").value_or(0)};
}

std::string message_of(const json::value& body) {
    if (auto message = web_service::usual_message(body); !message.empty()) return message;
    const auto* detail = body.is_object() ? value_at(body.get_object(), "detail") : nullptr;
    if (detail == nullptr || !detail->is_array()) return "";
    std::string all;
    for (const auto& one : detail->get_array()) {
        if (!one.is_object()) continue;
        all += fmt::format("{}{} {}", all.empty() ? "" : "; ", text_or_json_at(one.get_object(), "loc"),
                           text_at(one.get_object(), "msg"));
    }
    return all;
}

}  // namespace gsdb::codegen
