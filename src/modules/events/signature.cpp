#include "modules/events/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"

namespace gsdb::events {

namespace {

using std::chrono::seconds;

constexpr std::string_view slack_timestamp_header = "x-slack-request-timestamp";

struct Scheme {
    std::string_view header, prefix;
    bool prefix_is_optional = false;
};

Scheme scheme_of(SourceKind kind) {
    switch (kind) {
        case SourceKind::github:
            return {"x-hub-signature-256", "sha256="};
        case SourceKind::linear:
            return {"linear-signature", ""};
        case SourceKind::slack:
            return {"x-slack-signature", "v0="};
        case SourceKind::notion:
            return {"x-notion-signature", "sha256="};
        default:
            return {"x-signature-256", "sha256=", true};
    }
}

std::string signed_text(SourceKind kind, std::string_view timestamp, std::string_view body) {
    return kind == SourceKind::slack ? fmt::format("v0:{}:{}", timestamp, body) : std::string(body);
}

/// The signature as hexadecimal digits in lower case; empty when the header has another form.
std::string_view digits_of(const Scheme& scheme, std::string_view value) {
    if (value.starts_with(scheme.prefix))
        value.remove_prefix(scheme.prefix.size());
    else if (!scheme.prefix_is_optional)
        return {};
    return value;
}

bool is_fresh(std::string_view timestamp, Timestamp now) {
    std::int64_t sent = 0;
    const auto [end, problem] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), sent);
    if (problem != std::errc{} || end != timestamp.data() + timestamp.size()) return false;
    const auto here = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    return std::abs(here - sent) <= slack_tolerance.count();
}

}  // namespace

std::string_view usual_signature_header(SourceKind kind) {
    return scheme_of(kind).header;
}

Verdict verify(SourceKind kind, std::string_view header, const http::Request& request,
               std::span<const crypto::Secret> secrets, Timestamp now) {
    const auto value = request.header(header);
    if (!value) return Verdict::not_signed;
    const auto timestamp = request.header(slack_timestamp_header).value_or("");
    const auto given = digits_of(scheme_of(kind), *value);
    bool is_genuine = false;
    const auto check = [&](std::string_view text) {
        for (const auto& secret : secrets) {
            const auto right = to_hex(crypto::hmac_sha256(secret.reveal_bytes(), as_bytes(text)));
            is_genuine |= crypto::equal_in_constant_time(as_bytes(given), as_bytes(right));
        }
    };
    if (kind == SourceKind::slack)
        check(signed_text(kind, timestamp, request.body));
    else
        check(request.body);
    if (!is_genuine) return Verdict::forged;
    return kind == SourceKind::slack && !is_fresh(timestamp, now) ? Verdict::stale : Verdict::genuine;
}

std::vector<std::pair<std::string, std::string>> sign(SourceKind kind, std::string_view header, std::string_view body,
                                                      const crypto::Secret& secret, Timestamp now) {
    const auto timestamp = std::to_string(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count());
    const auto digest = crypto::hmac_sha256(secret.reveal_bytes(), as_bytes(signed_text(kind, timestamp, body)));
    std::vector<std::pair<std::string, std::string>> headers{
        {std::string(header), std::string(scheme_of(kind).prefix) + to_hex(digest)}};
    if (kind == SourceKind::slack) headers.emplace_back(slack_timestamp_header, timestamp);
    return headers;
}

}  // namespace gsdb::events
