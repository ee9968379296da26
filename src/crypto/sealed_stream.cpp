#include "crypto/sealed_stream.hpp"

#include <sodium.h>

#include <cassert>

namespace gsdb::crypto {

static_assert(stream_header_bytes == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(stream_overhead_bytes == crypto_secretstream_xchacha20poly1305_ABYTES);

struct StreamSealer::State {
    ~State() { sodium_memzero(&stream, sizeof stream); }
    crypto_secretstream_xchacha20poly1305_state stream{};
};

StreamSealer::StreamSealer(const Secret& key, Place place)
    : state_(std::make_unique<State>()), place_(std::move(place)) {
    assert(key.size() == crypto_secretstream_xchacha20poly1305_KEYBYTES);
    crypto_secretstream_xchacha20poly1305_init_push(&state_->stream, header_.data(), key.reveal_bytes().data());
}
StreamSealer::~StreamSealer() = default;

Bytes StreamSealer::seal(ByteView content, Chunk kind) {
    Bytes sealed(content.size() + stream_overhead_bytes);
    const auto place = place_.bytes();
    crypto_secretstream_xchacha20poly1305_push(&state_->stream, sealed.data(), nullptr, content.data(), content.size(),
                                               place.data(), place.size(),
                                               kind == Chunk::last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                                                   : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    return sealed;
}

struct StreamOpener::State {
    ~State() { sodium_memzero(&stream, sizeof stream); }
    crypto_secretstream_xchacha20poly1305_state stream{};
};

StreamOpener::StreamOpener(const Secret& key, Place place, const StreamHeader& header)
    : state_(std::make_unique<State>()), place_(std::move(place)) {
    assert(key.size() == crypto_secretstream_xchacha20poly1305_KEYBYTES);
    crypto_secretstream_xchacha20poly1305_init_pull(&state_->stream, header.data(), key.reveal_bytes().data());
}
StreamOpener::~StreamOpener() = default;

std::optional<Bytes> StreamOpener::open(ByteView sealed) {
    if (has_ended_ || sealed.size() < stream_overhead_bytes) return std::nullopt;
    Bytes content(sealed.size() - stream_overhead_bytes);
    const auto place = place_.bytes();
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state_->stream, content.data(), nullptr, &tag, sealed.data(),
                                                   sealed.size(), place.data(), place.size()) != 0)
        return std::nullopt;
    has_ended_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return content;
}

}  // namespace gsdb::crypto
