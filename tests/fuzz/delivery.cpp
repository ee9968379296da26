// Deliveries: the first byte says of which kind and what the second line is, the rest is a body with headers above it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "modules/events/event_lines.hpp"
#include "modules/events/signature.hpp"

namespace {

using namespace gsdb;
using namespace gsdb::events;

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_type(std::string_view type) {
    return !type.empty() && type.size() <= 200 && type.front() != '.' && type.back() != '.' &&
           std::ranges::all_of(type, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
           });
}

void check(const Delivery& d) {
    require(is_type(d.type));
    require(!d.key.empty() && d.key.size() <= 200);
    for (const unsigned char c : d.key) require(c >= ' ' && c <= '~');
    for (const auto* text : {&d.actor, &d.target, &d.repository, &d.reference}) require(text->size() <= 1'200);
}

/// Lines "name: value" up to an empty one; what is behind them.
std::string_view read_headers(std::string_view text, std::vector<http::Header>& headers) {
    while (headers.size() < 8) {
        const auto end = text.find('\n');
        if (end == text.npos) return text;
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        const auto colon = line.find(": ");
        if (colon == line.npos) return text;
        headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
    return text;
}

void check_signature(SourceKind kind, http::Request request) {
    static const crypto::Secret secret(std::string_view("It's a Secret to Everybody"));
    static const std::vector<crypto::Secret> secrets = [] {
        std::vector<crypto::Secret> one;
        one.push_back(secret.copy());
        return one;
    }();
    const Timestamp now{std::chrono::seconds(1'700'000'000)};
    const auto header = usual_signature_header(kind);
    // What the input says is signed by nobody who knows the secret.
    require(verify(kind, header, request, secrets, now) != Verdict::genuine);
    const auto signature = sign(kind, header, request.body, secret, now);
    std::vector<http::Header> headers;
    for (const auto& [name, value] : signature) headers.push_back({name, value});
    request.headers = headers;
    require(verify(kind, header, request, secrets, now) == Verdict::genuine);
    const auto other = std::string(request.body) + "x";
    request.body = other;
    require(verify(kind, header, request, secrets, now) == Verdict::forged);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto kind = static_cast<SourceKind>(data[0] % 7U);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::vector<http::Header> headers;
    const auto body = read_headers(text, headers);
    const http::Request request{
        .method = http::Method::post, .target = "/", .path = "/", .headers = headers, .body = body};
    const auto delivery = read_delivery(kind, {"x-delivery", "x-event"}, request);
    check(delivery);
    if (!delivery.is_form) require(delivery.json == body);
    read_handshake(kind, body);
    check_signature(kind, request);
    if (auto line = read_event_line(text)) {
        const ImportSource source{.organization = {}, .id = {}, .scope = {}, .kind = kind, .headers = {}};
        require(is_type(delivery_of(*std::move(line), source, {}).delivery.type));
    }
    return 0;
}
