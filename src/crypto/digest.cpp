#include "crypto/digest.hpp"

#include <sodium.h>

namespace gsdb::crypto {

Digest sha256(ByteView bytes) {
    Digest digest;
    crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
    return digest;
}

struct Sha256::State {
    crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    crypto_hash_sha256_init(&state_->hash);
}
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
    crypto_hash_sha256_update(&state_->hash, bytes.data(), bytes.size());
}

Digest Sha256::finish() {
    Digest digest;
    crypto_hash_sha256_final(&state_->hash, digest.data());
    return digest;
}

Digest hmac_sha256(ByteView key, ByteView message) {
    crypto_auth_hmacsha256_state state;
    Digest digest;
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    crypto_auth_hmacsha256_update(&state, message.data(), message.size());
    crypto_auth_hmacsha256_final(&state, digest.data());
    sodium_memzero(&state, sizeof state);
    return digest;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace gsdb::crypto
