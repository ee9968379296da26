// The Messages API of Anthropic.
#include "integrations/llm/answer_reader.hpp"

namespace gsdb::llm {

namespace json = boost::json;

namespace {

json::object request_of(const Request& request, std::string_view max_tokens_field) {
    json::array messages;
    for (const auto& message : request.messages)
        messages.push_back({{"role", message.role == Role::user ? "user" : "assistant"}, {"content", message.text}});
    json::object body{{"model", request.model},
                      {"messages", std::move(messages)},
                      {max_tokens_field, request.max_tokens},
                      {"stream", true}};
    if (!request.system.empty()) body["system"] = request.system;
    if (request.temperature) body["temperature"] = *request.temperature;
    return body;
}

web_service::Headers headers_of(const crypto::Secret& key) {
    web_service::Headers headers{{"anthropic-version", "2023-06-01"}};
    if (!key.empty()) headers.emplace_back("x-api-key", key.reveal());
    return headers;
}

StopReason stop_reason_of(std::string_view reason) {
    if (reason == "end_turn" || reason == "stop_sequence") return StopReason::finished;
    if (reason == "max_tokens" || reason == "model_context_window_exceeded") return StopReason::token_limit;
    if (reason == "refusal") return StopReason::refused;
    return StopReason::other;
}

// Counts are of the whole answer so far. What came from a cache was input, too.
void take_usage(const json::object& holder, Gathered& gathered) {
    const auto* usage = object_at(holder, "usage");
    if (usage == nullptr) return;
    if (const auto count = count_at(*usage, "input_tokens"))
        gathered.input_tokens = *count + count_at(*usage, "cache_creation_input_tokens").value_or(0) +
                                count_at(*usage, "cache_read_input_tokens").value_or(0);
    if (const auto count = count_at(*usage, "output_tokens")) gathered.output_tokens = count;
}

void take_stop_reason(const json::object& holder, Gathered& gathered) {
    if (const auto reason = text_or_empty(holder, "stop_reason"); !reason.empty())
        gathered.stop_reason = stop_reason_of(reason);
}

void take_message(const json::object& message, Gathered& gathered) {
    gathered.model = text_or_empty(message, "model");
    gathered.id = text_or_empty(message, "id");
    take_usage(message, gathered);
    take_stop_reason(message, gathered);
}

// Events and blocks of other types (ping, thinking, what is yet to come) are passed over.
void take_event(const json::object& data, Gathered& gathered) {
    const auto type = text_or_empty(data, "type");
    if (type == "message_start") {
        if (const auto* message = object_at(data, "message")) take_message(*message, gathered);
    } else if (type == "content_block_start") {
        if (const auto* block = object_at(data, "content_block");
            block != nullptr && text_or_empty(*block, "type") == "text")
            gathered.text += text_or_empty(*block, "text");
    } else if (type == "content_block_delta") {
        if (const auto* delta = object_at(data, "delta");
            delta != nullptr && text_or_empty(*delta, "type") == "text_delta")
            gathered.text += text_or_empty(*delta, "text");
    } else if (type == "message_delta") {
        if (const auto* delta = object_at(data, "delta")) take_stop_reason(*delta, gathered);
        take_usage(data, gathered);
    } else if (type == "message_stop") {
        gathered.has_ended = true;
    } else if (type == "error") {
        const auto* error = data.if_contains("error");
        gathered.failure = verdict_of(error != nullptr ? *error : json::value());
    }
}

void take_whole(const json::object& body, Gathered& gathered) {
    take_message(body, gathered);
    const auto* content = body.if_contains("content");
    if (content == nullptr || !content->is_array()) return;
    for (const auto& block : content->get_array())
        if (const auto* object = block.if_object(); object != nullptr && text_or_empty(*object, "type") == "text")
            gathered.text += text_or_empty(*object, "text");
    if (!gathered.stop_reason) gathered.stop_reason = StopReason::other;
}

}  // namespace

const Dialect anthropic_dialect{.name = "anthropic",
                                .base_url = "https://api.anthropic.com",
                                .path = "/v1/messages",
                                .request = request_of,
                                .headers = headers_of,
                                .take_event = take_event,
                                .take_whole = take_whole,
                                .may_leave_out_end = false};

}  // namespace gsdb::llm
