// The chat completions API of OpenAI, as far as servers of others have it, too.
#include <fmt/format.h>

#include "integrations/llm/answer_reader.hpp"

namespace gsdb::llm {

namespace json = boost::json;

namespace {

json::object request_of(const Request& request, std::string_view max_tokens_field) {
    json::array messages;
    if (!request.system.empty()) messages.push_back({{"role", "system"}, {"content", request.system}});
    for (const auto& message : request.messages)
        messages.push_back({{"role", message.role == Role::user ? "user" : "assistant"}, {"content", message.text}});
    json::object body{{"model", request.model},
                      {"messages", std::move(messages)},
                      {max_tokens_field, request.max_tokens},
                      {"stream", true},
                      {"stream_options", {{"include_usage", true}}}};
    if (request.temperature) body["temperature"] = *request.temperature;
    return body;
}

web_service::Headers headers_of(const crypto::Secret& key) {
    if (key.empty()) return {};
    return {{"Authorization", fmt::format("Bearer {}", key.reveal())}};
}

StopReason stop_reason_of(std::string_view reason) {
    if (reason == "stop") return StopReason::finished;
    if (reason == "length") return StopReason::token_limit;
    if (reason == "content_filter") return StopReason::refused;
    return StopReason::other;
}

void take_head(const json::object& data, Gathered& gathered) {
    if (const auto model = text_or_empty(data, "model"); !model.empty()) gathered.model = model;
    if (const auto id = text_or_empty(data, "id"); !id.empty()) gathered.id = id;
    if (const auto* usage = object_at(data, "usage")) {
        if (const auto count = count_at(*usage, "prompt_tokens")) gathered.input_tokens = count;
        if (const auto count = count_at(*usage, "completion_tokens")) gathered.output_tokens = count;
    }
}

// Of several answers to one request only the first is read: one was asked for.
const json::object* first_choice(const json::object& data) {
    const auto* choices = data.if_contains("choices");
    if (choices == nullptr || !choices->is_array()) return nullptr;
    for (const auto& choice : choices->get_array())
        if (const auto* object = choice.if_object(); object != nullptr && count_at(*object, "index").value_or(0) == 0)
            return object;
    return nullptr;
}

void take_choice(const json::object& data, std::string_view message_name, Gathered& gathered) {
    const auto* choice = first_choice(data);
    if (choice == nullptr) return;
    if (const auto* message = object_at(*choice, message_name)) {
        gathered.text += text_or_empty(*message, "content");
        gathered.refusal += text_or_empty(*message, "refusal");
    }
    if (const auto reason = text_or_empty(*choice, "finish_reason"); !reason.empty())
        gathered.stop_reason = stop_reason_of(reason);
}

void take_event(const json::object& data, Gathered& gathered) {
    if (const auto* error = data.if_contains("error"); error != nullptr && !error->is_null()) {
        gathered.failure = verdict_of(*error);
        return;
    }
    take_head(data, gathered);
    take_choice(data, "delta", gathered);
}

void take_whole(const json::object& body, Gathered& gathered) {
    take_head(body, gathered);
    take_choice(body, "message", gathered);
    const auto* choice = first_choice(body);
    if (!gathered.stop_reason && choice != nullptr && object_at(*choice, "message") != nullptr)
        gathered.stop_reason = StopReason::other;
}

}  // namespace

const Dialect openai_dialect{.name = "openai",
                             .base_url = "https://api.openai.com/v1",
                             .path = "/chat/completions",
                             .request = request_of,
                             .headers = headers_of,
                             .take_event = take_event,
                             .take_whole = take_whole,
                             .may_leave_out_end = true};

}  // namespace gsdb::llm
