#include "modules/events/event_lines.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/moment.hpp"
#include "crypto/digest.hpp"
#include "modules/events/event_json.hpp"

namespace gsdb::events {

namespace json = boost::json;

namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

std::unexpected<Error> refuse(std::string detail) {
    return std::unexpected(
        Error{.code = "events.line_invalid",
              .message = "the line is no event",
              .detail = std::move(detail),
              .hint = R"(a line is {"type": ..., "payload": {...}} or {"headers": {...}, "body": ...})",
              .exit_code = ExitCode::problems});
}

/// A text of the line; nothing for null. Throws simdjson's error for anything else.
std::optional<std::string> text_of(value& field) {
    if (field.type() == json_type::null) return std::nullopt;
    return std::string(std::string_view(field.get_string()));
}

/// The JSON of a field as it stands there.
std::string json_of(value& field) {
    std::string_view raw = simdjson::to_json_string(field);
    const auto end = raw.find_last_not_of(" \n\t\r");
    return std::string(raw.substr(0, end == raw.npos ? 0 : end + 1));
}

std::string* text_field(EventLine& line, std::string_view name) {
    static constexpr std::pair<std::string_view, std::string EventLine::*> fields[] = {
        {"source", &EventLine::source}, {"type", &EventLine::type},          {"delivery_key", &EventLine::key},
        {"actor", &EventLine::actor},   {"target", &EventLine::target},      {"repository", &EventLine::repository},
        {"thread", &EventLine::thread}, {"reference", &EventLine::reference}};
    for (const auto& [known, member] : fields)
        if (known == name) return &(line.*member);
    return nullptr;
}

/// Takes a field; says what is wrong with it.
std::optional<std::string> read_field(EventLine& line, std::string_view name, value field) {
    if (auto* member = text_field(line, name)) {
        *member = text_of(field).value_or("");
    } else if (name == "occurred_at") {
        const auto text = text_of(field);
        line.occurred_at = text ? parse_moment(*text) : std::nullopt;
        if (text && !line.occurred_at) return fmt::format("occurred_at is no moment: {}", *text);
    } else if (name == "payload") {
        line.payload = json_of(field);
    } else if (name == "raw_body") {
        if (const auto text = text_of(field)) line.raw_body = from_base64(*text);
        if (!line.raw_body) return "raw_body is no Base64";
    } else if (name == "body") {
        line.body = field.type() == json_type::string ? *text_of(field) : json_of(field);
    } else if (name == "headers") {
        for (auto header : field.get_object()) {
            std::string header_name(std::string_view(header.unescaped_key()));
            value content = header.value();
            line.headers.emplace_back(std::move(header_name), text_of(content).value_or(""));
        }
    }
    return std::nullopt;
}

}  // namespace

Result<EventLine> read_event_line(std::string_view text) {
    thread_local simdjson::ondemand::parser parser;
    EventLine line;
    try {
        const simdjson::padded_string padded(text);
        auto document = parser.iterate(padded);
        for (auto field : document.get_object()) {
            const std::string name(std::string_view(field.unescaped_key()));
            if (auto problem = read_field(line, name, field.value())) return refuse(*std::move(problem));
        }
        if (!document.current_location().error()) return refuse("there is more behind the object");
    } catch (const simdjson::simdjson_error& error) {
        return refuse(error.what());
    }
    if (line.body) return line;
    if (!line.payload) return refuse("it has neither payload nor body");
    line.type = event_type_name(line.type);
    if (line.type.empty()) return refuse("it has no type");
    return line;
}

ReceivedDelivery delivery_of(EventLine line, const ImportSource& source, Timestamp now) {
    ReceivedDelivery received{.organization = source.organization,
                              .source = source.id,
                              .scope = source.scope,
                              .delivery = {},
                              .received_at = now,
                              .raw_body = line.raw_body.value_or("")};
    if (line.body) {
        std::vector<http::Header> headers;
        for (const auto& [name, content] : line.headers) headers.push_back({name, content});
        const http::Request request{
            .method = http::Method::post, .target = "", .path = "", .headers = headers, .body = *line.body};
        received.delivery = read_delivery(source.kind, source.headers, request);
        if (received.delivery.is_form) received.raw_body = *line.body;
        return received;
    }
    auto& d = received.delivery;
    d.type = std::move(line.type);
    d.key = line.key.empty() ? "sha256:" + to_hex(crypto::sha256(as_bytes(*line.payload))) : std::move(line.key);
    d.occurred_at = line.occurred_at;
    d.actor = std::move(line.actor);
    d.target = std::move(line.target);
    d.repository = std::move(line.repository);
    d.thread = std::move(line.thread);
    d.reference = std::move(line.reference);
    d.json = *std::move(line.payload);
    d.is_readable = true;
    return received;
}

std::string to_line(const ExportedEvent& exported) {
    auto document = to_json(exported.event);
    document["delivery_key"] = exported.delivery_key;
    if (!exported.raw_body.empty()) document["raw_body"] = to_base64(exported.raw_body);
    auto line = json::serialize(document);
    line.pop_back();
    return fmt::format(R"({},"payload":{}}})", line, exported.payload);
}

}  // namespace gsdb::events
