#include "crypto/key_ring.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/secret_file.hpp"

namespace gsdb::crypto {

namespace {

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

/// The lines and comma-separated parts of `text`, without white space, comments and empty ones.
std::vector<std::string_view> entries_of(std::string_view text) {
    constexpr std::string_view white_space = " \t\r";
    std::vector<std::string_view> entries;
    while (!text.empty()) {
        bool is_comment = text.starts_with('#');
        auto end = std::min(text.find_first_of(is_comment ? "\n" : ",\n"), text.size());
        auto entry = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto first = entry.find_first_not_of(white_space);
        if (is_comment || first == std::string_view::npos) continue;
        entries.push_back(entry.substr(first, entry.find_last_not_of(white_space) - first + 1));
    }
    return entries;
}

Error unknown_key(std::string_view key_id) {
    return {.code = "crypto.unknown_key",
            .message = fmt::format("the key {} is not at hand", key_id),
            .hint = "put the key that was used back into the key file or GSDB_ENCRYPTION_KEY",
            .exit_code = ExitCode::unavailable};
}

}  // namespace

Place::Place(std::initializer_list<std::string_view> parts) {
    for (auto part : parts) {
        auto size = static_cast<std::uint64_t>(part.size());
        for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::uint8_t>(size >> shift));
        bytes_.insert(bytes_.end(), part.begin(), part.end());
    }
}

Result<KeyRing> KeyRing::parse(const Secret& text, std::string_view source) {
    KeyRing ring;
    for (auto entry : entries_of(text.reveal())) {
        auto bytes = from_hex(entry);
        if (!bytes || bytes->size() != key_bytes)
            return std::unexpected(
                Error{.code = "crypto.bad_key",
                      .message = fmt::format("key {} in {} is not a key", ring.keys_.size() + 1, source),
                      .detail = fmt::format("it has {} characters; 64 hexadecimal digits are needed", entry.size()),
                      .hint = "make one with: openssl rand -hex 32",
                      .exit_code = ExitCode::usage});
        auto key = make_key(*bytes);
        sodium_memzero(bytes->data(), bytes->size());
        if (!ring.has(key.id)) ring.keys_.push_back(std::move(key));
    }
    if (ring.keys_.empty())
        return std::unexpected(Error{.code = "crypto.bad_key",
                                     .message = fmt::format("there is no key in {}", source),
                                     .hint = "make one with: openssl rand -hex 32",
                                     .exit_code = ExitCode::usage});
    return ring;
}

Result<KeyRing> KeyRing::open_or_create(const std::filesystem::path& path) {
    auto text = read_secret_file(path);
    if (!text && text.error().code == "crypto.secret_file_missing") {
        auto created = create_secret_file(path, KeyRing().with_new_key().to_text());
        // Another process may have been quicker; its key is as good, and the only one that counts.
        if (!created && created.error().code != "crypto.secret_file_exists") return std::unexpected(created.error());
        text = read_secret_file(path);
    }
    if (!text) return std::unexpected(text.error());
    return parse(*text, path.string());
}

Sealed KeyRing::seal(const Secret& secret, const Place& place) const {
    const auto& key = keys_.front();
    Sealed sealed{.key_id = key.id, .nonce = Bytes(nonce_bytes), .ciphertext = {}};
    randombytes_buf(sealed.nonce.data(), sealed.nonce.size());
    sealed.ciphertext =
        encrypt_xchacha20poly1305(key.bytes.reveal_bytes(), sealed.nonce, place.bytes(), secret.reveal_bytes());
    return sealed;
}

Result<Secret> KeyRing::derive(std::string_view key_id, std::string_view purpose) const {
    const auto* key = find(key_id);
    if (!key) return std::unexpected(unknown_key(key_id));
    auto digest = hmac_sha256(key->bytes.reveal_bytes(), as_bytes(purpose));
    Secret derived{ByteView(digest)};
    sodium_memzero(digest.data(), digest.size());
    return derived;
}

Result<Secret> KeyRing::open(const Sealed& sealed, const Place& place) const {
    const auto* key = find(sealed.key_id);
    if (!key) return std::unexpected(unknown_key(sealed.key_id));
    Bytes plain(sealed.ciphertext.size());  // room for at least the plain text
    unsigned long long size = 0;
    bool opened =
        sealed.nonce.size() == nonce_bytes && sealed.ciphertext.size() >= tag_bytes &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), &size, nullptr, sealed.ciphertext.data(),
                                                   sealed.ciphertext.size(), place.bytes().data(), place.bytes().size(),
                                                   sealed.nonce.data(), key->bytes.reveal_bytes().data()) == 0;
    if (!opened)
        return std::unexpected(Error{.code = "crypto.unsealable",
                                     .message = "an encrypted secret cannot be opened",
                                     .detail = "it was changed, or belongs to another place than it was found in",
                                     .hint = "store the secret again; look in the audit log for who changed the row"});
    Secret secret(ByteView(plain).first(size));
    sodium_memzero(plain.data(), plain.size());
    return secret;
}

bool KeyRing::has(std::string_view key_id) const {
    return find(key_id) != nullptr;
}

std::vector<std::string> KeyRing::key_ids() const {
    std::vector<std::string> ids;
    ids.reserve(keys_.size());
    for (const auto& key : keys_) ids.push_back(key.id);
    return ids;
}

KeyRing KeyRing::with_new_key() const {
    std::array<std::uint8_t, key_bytes> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    KeyRing ring;
    ring.keys_.push_back(make_key(bytes));
    sodium_memzero(bytes.data(), bytes.size());
    for (const auto& key : keys_) ring.keys_.push_back({key.id, key.bytes.copy()});
    return ring;
}

KeyRing KeyRing::with_only(const std::vector<std::string>& key_ids) const {
    KeyRing ring;
    for (const auto& key : keys_)
        if (ring.keys_.empty() || std::ranges::find(key_ids, key.id) != key_ids.end())
            ring.keys_.push_back({key.id, key.bytes.copy()});
    return ring;
}

Secret KeyRing::to_text() const {
    std::string text =
        "# Keys of gsdb's stored credentials. The first encrypts; the others only decrypt. Keep a copy elsewhere.\n";
    for (const auto& key : keys_) text += to_hex(key.bytes.reveal_bytes()) + "\n";
    Secret secret{std::string_view(text)};
    sodium_memzero(text.data(), text.size());
    return secret;
}

KeyRing::Key KeyRing::make_key(ByteView bytes) {
    // An id that is a function of the key needs no place of its own, and cannot be mixed up. It tells nothing of it.
    constexpr std::string_view purpose = "gsdb key id";
    auto digest = hmac_sha256(bytes, as_bytes(purpose));
    return {to_hex(ByteView(digest).first(8)), Secret(bytes)};
}

const KeyRing::Key* KeyRing::find(std::string_view key_id) const {
    auto found = std::ranges::find(keys_, key_id, &Key::id);
    return found == keys_.end() ? nullptr : &*found;
}

namespace {

Result<KeyRing> store(const std::filesystem::path& path, KeyRing ring) {
    if (auto written = replace_secret_file(path, ring.to_text()); !written) return std::unexpected(written.error());
    return ring;
}

}  // namespace

Result<KeyRing> add_key_to_file(const std::filesystem::path& path) {
    auto ring = KeyRing::open_or_create(path);
    return ring ? store(path, ring->with_new_key()) : std::move(ring);
}

Result<KeyRing> retire_keys_of_file(const std::filesystem::path& path, const std::vector<std::string>& still_used) {
    auto ring = KeyRing::open_or_create(path);
    return ring ? store(path, ring->with_only(still_used)) : std::move(ring);
}

Bytes encrypt_xchacha20poly1305(ByteView key, ByteView nonce, ByteView associated_data, ByteView plain) {
    Bytes ciphertext(plain.size() + tag_bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext.data(), nullptr, plain.data(), plain.size(),
                                               associated_data.data(), associated_data.size(), nullptr, nonce.data(),
                                               key.data());
    return ciphertext;
}

}  // namespace gsdb::crypto
