#pragma once
// Hashes and message authentication codes.

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

namespace gsdb::crypto {

using Digest = std::array<std::uint8_t, 32>;

/// FIPS 180-4.
Digest sha256(ByteView bytes);

/// The same of bytes that come piece by piece.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(ByteView bytes);
    /// Once, at the end.
    Digest finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// RFC 2104 with SHA-256; the key may have any length.
Digest hmac_sha256(ByteView key, ByteView message);

/// Takes as long for equal texts as for different ones of that size. Texts of different sizes differ at once.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace gsdb::crypto
