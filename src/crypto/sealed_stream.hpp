#pragma once
// Encryption of streams too large for memory, chunk by chunk (libsodium's secretstream: XChaCha20-Poly1305). A chunk
// that was changed, left out, or put elsewhere does not open; a stream that was cut off does not end.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/secret.hpp"

namespace gsdb::crypto {

inline constexpr std::size_t stream_header_bytes = 24;
inline constexpr std::size_t stream_overhead_bytes = 17;  ///< that a sealed chunk is longer than its content

using StreamHeader = std::array<std::uint8_t, stream_header_bytes>;

enum class Chunk : std::uint8_t { inner, last };

class StreamSealer {
  public:
    /// `key` has 32 bytes; `place` names what the stream is, and opens it nowhere else.
    StreamSealer(const Secret& key, Place place);
    ~StreamSealer();
    StreamSealer(const StreamSealer&) = delete;
    StreamSealer& operator=(const StreamSealer&) = delete;

    /// Stands before the chunks.
    const StreamHeader& header() const { return header_; }
    Bytes seal(ByteView content, Chunk kind);

  private:
    struct State;
    std::unique_ptr<State> state_;
    Place place_;
    StreamHeader header_{};
};

class StreamOpener {
  public:
    StreamOpener(const Secret& key, Place place, const StreamHeader& header);
    ~StreamOpener();
    StreamOpener(const StreamOpener&) = delete;
    StreamOpener& operator=(const StreamOpener&) = delete;

    /// A whole chunk as it was sealed; nothing when it is not the next one of this stream.
    std::optional<Bytes> open(ByteView sealed);
    /// Whether the last chunk was opened.
    bool has_ended() const { return has_ended_; }

  private:
    struct State;
    std::unique_ptr<State> state_;
    Place place_;
    bool has_ended_ = false;
};

}  // namespace gsdb::crypto
