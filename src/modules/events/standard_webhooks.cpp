#include "modules/events/standard_webhooks.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <optional>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "crypto/digest.hpp"

namespace gsdb::events {

namespace {

constexpr std::string_view prefix = "whsec_";

/// The bytes that are signed with; erased with it.
std::optional<crypto::Secret> key_of(const crypto::Secret& secret) {
    auto text = secret.reveal();
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    auto bytes = from_base64(text);
    constexpr std::size_t least = 24, most = 64;
    if (!bytes || bytes->size() < least || bytes->size() > most) return std::nullopt;
    crypto::Secret key(std::string_view{*bytes});
    sodium_memzero(bytes->data(), bytes->size());
    return key;
}

}  // namespace

crypto::Secret make_webhook_secret() {
    std::array<char, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    auto text = std::string(prefix) + to_base64({bytes.data(), bytes.size()});
    crypto::Secret secret(std::string_view{text});
    sodium_memzero(bytes.data(), bytes.size());
    sodium_memzero(text.data(), text.size());
    return secret;
}

Result<void> check_webhook_secret(const crypto::Secret& secret) {
    if (key_of(secret)) return {};
    return std::unexpected(Error{.code = "events.secret_invalid",
                                 .message = "the secret is none of the Standard Webhooks scheme",
                                 .detail = "it is \"whsec_\" and 24 to 64 bytes in Base64",
                                 .hint = "leave it out: one is made and shown",
                                 .exit_code = ExitCode::usage});
}

std::vector<std::pair<std::string, std::string>> sign_webhook(std::string_view id, std::string_view body,
                                                              const crypto::Secret& secret, Timestamp now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto signed_text = fmt::format("{}.{}.{}", id, seconds, body);
    const auto key = key_of(secret);
    if (!key) throw Failure(check_webhook_secret(secret).error());
    const auto digest = crypto::hmac_sha256(key->reveal_bytes(), as_bytes(signed_text));
    return {{"webhook-id", std::string(id)},
            {"webhook-timestamp", std::to_string(seconds)},
            {"webhook-signature", "v1," + to_base64(as_text(digest))}};
}

}  // namespace gsdb::events
