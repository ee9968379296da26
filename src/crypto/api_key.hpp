#pragma once
// The keys with which programs call the API: gsdb_<key id>_<secret><checksum>.
//
// The key id (8 characters) finds and names the key and may be shown. The secret (43 characters of 62, 256 bits) is
// never stored; the database keeps the SHA-256 of the whole key. The checksum (6 characters) tells a key that was
// mistyped or cut off from one that is unknown without asking the database, and lets secret scanners recognise a leak.

#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/secret.hpp"

namespace gsdb::crypto {

class ApiKey {
  public:
    static ApiKey make();
    /// Nothing for a text that is no key or whose checksum does not fit.
    static std::optional<ApiKey> parse(std::string_view text);

    /// The whole key, to be shown once.
    const Secret& text() const { return text_; }
    /// "gsdb_<key id>": what lists and logs show.
    std::string prefix() const;
    /// SHA-256 of the whole key. No salt and no slow hash: there are 256 random bits, not a password, to guess.
    Digest hash() const { return sha256(text_.reveal_bytes()); }

  private:
    explicit ApiKey(Secret text) : text_(std::move(text)) {}
    Secret text_;
};

}  // namespace gsdb::crypto
