#pragma once
// How we sign what we send: the Standard Webhooks scheme, version 1.0.0 of its specification (standardwebhooks.com),
// symmetric signatures.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "crypto/secret.hpp"

namespace gsdb::events {

/// "whsec_" and 32 random bytes in Base64.
crypto::Secret make_webhook_secret();

/// A secret as others make it: "whsec_" and 24 to 64 bytes in Base64. Error code events.secret_invalid.
Result<void> check_webhook_secret(const crypto::Secret& secret);

/// The headers webhook-id, webhook-timestamp and webhook-signature: HMAC-SHA256 of "id.timestamp.body".
std::vector<std::pair<std::string, std::string>> sign_webhook(std::string_view id, std::string_view body,
                                                              const crypto::Secret& secret, Timestamp now);

}  // namespace gsdb::events
