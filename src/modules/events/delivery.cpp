#include "modules/events/delivery.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/bytes.hpp"
#include "base/moment.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"

namespace gsdb::events {

namespace {

using simdjson::dom::element;

constexpr std::size_t type_bytes_max = 200;
constexpr std::size_t key_bytes_max = 200;
constexpr std::size_t text_bytes_max = 500;

/// A document, asked by JSON pointers (RFC 6901). What is not there, or not of the type asked for, is nothing.
class Document {
  public:
    explicit Document(element root) : root_(root) {}

    bool has(const char* pointer) const { return !root_.at_pointer(pointer).error(); }

    /// A text or a whole number, cut where it gets long; empty for anything else.
    std::string text(const char* pointer) const {
        element found;
        if (root_.at_pointer(pointer).get(found)) return {};
        if (std::string_view value; !found.get(value)) return cut(value);
        if (std::int64_t value = 0; !found.get(value)) return std::to_string(value);
        return {};
    }
    std::string first_of(std::initializer_list<const char*> pointers) const {
        for (const auto* pointer : pointers)
            if (auto found = text(pointer); !found.empty()) return found;
        return {};
    }

  private:
    static std::string cut(std::string_view value) { return std::string(utf8_beginning(value, text_bytes_max)); }

    element root_;
};

/// A number of seconds, or of what `per_second` says, since 1970.
std::optional<Timestamp> from_number(std::string_view text, double per_second = 1) {
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr double latest = 253402300799;  // the year 9999
    const auto seconds = number / per_second;
    if (problem != std::errc{} || !(seconds >= 0 && seconds <= latest)) return std::nullopt;
    return Timestamp(std::chrono::duration_cast<Timestamp::duration>(std::chrono::duration<double>(seconds)));
}

std::optional<Timestamp> first_time(const Document& document, std::initializer_list<const char*> pointers) {
    for (const auto* pointer : pointers)
        if (const auto time = parse_moment(document.text(pointer))) return time;
    return std::nullopt;
}

std::string joined(std::string_view kind, std::string_view id) {
    return id.empty() ? std::string() : fmt::format("{}:{}", kind, id);
}

std::string with_action(std::string type, const std::string& action) {
    if (type.empty() || action.empty()) return type;
    return type + "." + action;
}

/// The first of these that the event is about.
std::string github_target(const Document& d) {
    struct Subject {
        const char *kind, *pointer;
    };
    static constexpr Subject subjects[] = {
        {"pull_request", "/pull_request/number"},
        {"issue", "/issue/number"},
        {"check_run", "/check_run/id"},
        {"check_suite", "/check_suite/id"},
        {"workflow_run", "/workflow_run/id"},
        {"workflow_job", "/workflow_job/id"},
        {"release", "/release/tag_name"},
        {"deployment", "/deployment/id"},
        {"discussion", "/discussion/number"},
        {"milestone", "/milestone/number"},
        {"label", "/label/name"},
        {"alert", "/alert/number"},
        {"commit", "/comment/commit_id"},
        {"commit", "/sha"},
        {"ref", "/ref"},
        {"team", "/team/slug"},
        {"member", "/member/login"},
        {"installation", "/installation/id"},
    };
    for (const auto& [kind, pointer] : subjects)
        if (auto id = d.text(pointer); !id.empty()) return joined(kind, id);
    static constexpr Subject surroundings[] = {
        {"repository", "/repository/full_name"},
        {"project_item", "/projects_v2_item/id"},
        {"advisory", "/security_advisory/ghsa_id"},
        {"sponsorship", "/sponsorship/node_id"},
        {"account", "/marketplace_purchase/account/login"},
        {"organization", "/organization/login"},
        {"user", "/sender/login"},
    };
    for (const auto& [kind, pointer] : surroundings)
        if (auto id = d.text(pointer); !id.empty()) return joined(kind, id);
    return {};
}

void read_github(const Document& d, Delivery& out) {
    out.type = with_action(out.type, event_type_name(d.text("/action")));
    out.actor = d.first_of({"/sender/login", "/pusher/name"});
    out.repository = d.first_of({"/repository/full_name"});
    out.target = github_target(d);
    const auto number = d.first_of({"/pull_request/number", "/issue/number", "/discussion/number"});
    if (!number.empty() && !out.repository.empty()) out.thread = fmt::format("{}#{}", out.repository, number);
    out.reference = d.first_of({"/pull_request/head/sha", "/head_commit/id", "/check_run/head_sha",
                                "/check_suite/head_sha", "/workflow_run/head_sha", "/workflow_job/head_sha",
                                "/deployment/sha", "/comment/commit_id", "/sha"});
    out.occurred_at = first_time(
        d, {"/comment/updated_at", "/review/submitted_at", "/pull_request/updated_at", "/issue/updated_at",
            "/discussion/updated_at", "/head_commit/timestamp", "/check_run/completed_at", "/check_run/started_at",
            "/workflow_run/updated_at", "/workflow_job/completed_at", "/workflow_job/started_at",
            "/deployment_status/updated_at", "/deployment/updated_at", "/release/published_at", "/updated_at"});
}

void read_linear(const Document& d, Delivery& out) {
    out.type = with_action(event_type_name(d.text("/type")), event_type_name(d.text("/action")));
    out.sent_at = from_number(d.text("/webhookTimestamp"), 1000);
    out.actor = d.first_of({"/actor/id", "/data/userId", "/data/creatorId"});
    const auto identifier = d.first_of({"/data/identifier", "/data/issue/identifier"});
    const auto kind = event_type_name(d.text("/type"));
    out.target = joined(kind, d.first_of({"/data/identifier", "/data/id"}));
    out.thread = identifier;
    out.reference = d.text("/url");
    out.occurred_at = first_time(d, {"/data/updatedAt", "/createdAt"});
}

void read_slack(const Document& d, Delivery& out) {
    out.key = d.text("/event_id");
    out.type =
        with_action(event_type_name(d.first_of({"/event/type", "/type"})), event_type_name(d.text("/event/subtype")));
    out.actor = d.first_of({"/event/user", "/event/user/id", "/event/message/user", "/event/bot_id"});
    const auto channel = d.first_of({"/event/channel", "/event/channel/id", "/event/item/channel"});
    const auto message = d.first_of({"/event/message/ts", "/event/item/ts", "/event/ts"});
    out.target = joined("channel", channel);
    const auto thread = d.first_of({"/event/message/thread_ts", "/event/thread_ts"});
    if (!channel.empty() && !message.empty())
        out.thread = fmt::format("{}/{}", channel, thread.empty() ? message : thread);
    out.occurred_at = from_number(d.first_of({"/event/event_ts", "/event_time"}));
}

void read_notion(const Document& d, Delivery& out) {
    out.key = d.text("/id");
    out.type = event_type_name(d.text("/type"));
    out.actor = d.text("/authors/0/id");
    out.target = joined(d.text("/entity/type"), d.text("/entity/id"));
    out.thread = d.first_of({"/data/page_id", "/data/parent/id", "/entity/id"});
    out.occurred_at = first_time(d, {"/timestamp"});
}

/// Build servers, deployment tools and anybody else: what many of them call these things.
void read_generic(const Document& d, Delivery& out) {
    if (out.type.empty()) out.type = event_type_name(d.first_of({"/event_type", "/event", "/type", "/action"}));
    if (out.type.empty() && d.has("/status")) out.type = with_action("deployment", event_type_name(d.text("/status")));
    out.actor = d.first_of({"/actor", "/actor/login", "/actor/name", "/sender/login", "/user/name", "/user"});
    out.repository = d.first_of({"/repository", "/repository/full_name", "/project/path_with_namespace"});
    out.target = joined(d.has("/environment") ? "deployment" : "item", d.first_of({"/target", "/id"}));
    out.reference = d.first_of({"/commit", "/commit/id", "/sha", "/url"});
    out.occurred_at = first_time(d, {"/occurred_at", "/timestamp", "/finished_at", "/created_at"});
}

std::string_view usual_delivery_header(SourceKind kind) {
    switch (kind) {
        case SourceKind::github:
            return "x-github-delivery";
        case SourceKind::linear:
            return "linear-delivery";
        default:
            return "";
    }
}

/// The field of a form whose value is the payload.
std::optional<std::string> form_payload(std::string_view body) {
    constexpr std::string_view name = "payload=";
    for (std::size_t start = 0; start < body.size();) {
        const auto end = std::min(body.find('&', start), body.size());
        const auto field = body.substr(start, end - start);
        if (field.starts_with(name)) return http::percent_decode(field.substr(name.size()), true);
        start = end + 1;
    }
    return std::nullopt;
}

std::string cut_header(std::optional<std::string_view> value) {
    return std::string(value.value_or("").substr(0, text_bytes_max));
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c <= '~'; });
}

std::optional<Handshake> handshake_of(SourceKind kind, const Document& d) {
    if (kind == SourceKind::slack && d.text("/type") == "url_verification" && d.has("/challenge"))
        return Handshake{Handshake::Kind::challenge, d.text("/challenge")};
    if (kind == SourceKind::notion && d.has("/verification_token") && !d.has("/entity"))
        return Handshake{Handshake::Kind::verification_token, d.text("/verification_token")};
    return std::nullopt;
}

void read_fields(SourceKind kind, const Document& document, Delivery& out) {
    switch (kind) {
        case SourceKind::github:
            return read_github(document, out);
        case SourceKind::linear:
            return read_linear(document, out);
        case SourceKind::slack:
            return read_slack(document, out);
        case SourceKind::notion:
            return read_notion(document, out);
        default:
            return read_generic(document, out);
    }
}

simdjson::dom::parser& parser() {
    thread_local simdjson::dom::parser one;
    return one;
}

}  // namespace

std::string event_type_name(std::string_view words) {
    std::string name;
    for (std::size_t i = 0; i < words.size() && name.size() < type_bytes_max; ++i) {
        const auto c = words[i];
        const bool is_capital = c >= 'A' && c <= 'Z';
        const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        const bool begins_word = is_capital && i > 0 && words[i - 1] >= 'a' && words[i - 1] <= 'z';
        if (begins_word) name += '_';
        if (is_capital)
            name += static_cast<char>(c - 'A' + 'a');
        else
            name += is_kept ? c : '_';
    }
    // A dot stands between two words.
    std::string sound;
    for (const auto c : name)
        if (c != '.' || (!sound.empty() && sound.back() != '.')) sound += c;
    while (sound.ends_with('.')) sound.pop_back();
    return sound;
}

Delivery read_delivery(SourceKind kind, const DeliveryHeaders& headers, const http::Request& request) {
    Delivery out;
    const auto delivery_header = headers.delivery.empty() ? usual_delivery_header(kind) : headers.delivery;
    if (!delivery_header.empty()) out.key = cut_header(request.header(delivery_header));
    const std::string_view type_header =
        kind == SourceKind::github ? "x-github-event" : std::string_view(headers.event_type);
    if (!type_header.empty()) out.type = event_type_name(cut_header(request.header(type_header)));
    out.is_form = request.header("content-type").value_or("").starts_with("application/x-www-form-urlencoded");
    out.json = out.is_form ? form_payload(request.body).value_or("") : std::string(request.body);
    element root;
    if (!parser().parse(out.json).get(root) && root.is_object()) {
        out.is_readable = true;
        read_fields(kind, Document(root), out);
        out.handshake = handshake_of(kind, Document(root));
    }
    // A key must be one that any database takes, also of what is rejected.
    if (out.key.empty() || !is_printable(out.key)) out.key = "sha256:" + to_hex(crypto::sha256(as_bytes(request.body)));
    if (out.key.size() > key_bytes_max) out.key.resize(key_bytes_max);
    if (out.type.empty()) out.type = "unknown";
    if (out.type.size() > type_bytes_max) out.type.resize(type_bytes_max);
    return out;
}

std::optional<Handshake> read_handshake(SourceKind kind, std::string_view body) {
    element root;
    if (parser().parse(std::string(body)).get(root)) return std::nullopt;
    return handshake_of(kind, Document(root));
}

}  // namespace gsdb::events
