#pragma once
// Whether a delivery comes from whom it says: the schemes of the providers, each HMAC with SHA-256 (RFC 2104) over the
// bytes as they came, before anything reads them.
//
//   github              x-hub-signature-256: sha256=<hex>, over the body
//   linear              linear-signature: <hex>, over the body; its age is in the body (Delivery::sent_at)
//   slack               x-slack-signature: v0=<hex>, over v0:<x-slack-request-timestamp>:<body>
//   notion              x-notion-signature: sha256=<hex>, over the body
//   ci, deployment,     x-signature-256, or the header of the source: sha256=<hex> or <hex>, over the body
//   generic

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "crypto/secret.hpp"
#include "http/message.hpp"
#include "modules/events/source_kind.hpp"

namespace gsdb::events {

enum class Verdict : std::uint8_t {
    genuine,
    not_signed,  ///< the header is not there
    forged,      ///< no secret gives this signature
    stale,       ///< rightly signed, but too long ago, or in the future: perhaps sent again by somebody else
};

/// How far the clock of a sender may be from ours.
constexpr std::chrono::seconds slack_tolerance{300};
constexpr std::chrono::seconds linear_tolerance{60};

/// The header, in lower case, with the signature.
std::string_view usual_signature_header(SourceKind kind);

/// Tries all secrets, each in constant time. `header` is the name of the signature's header.
Verdict verify(SourceKind kind, std::string_view header, const http::Request& request,
               std::span<const crypto::Secret> secrets, Timestamp now);

/// The headers that a sender of that kind would put on a body: for trying a source out.
std::vector<std::pair<std::string, std::string>> sign(SourceKind kind, std::string_view header, std::string_view body,
                                                      const crypto::Secret& secret, Timestamp now);

}  // namespace gsdb::events
