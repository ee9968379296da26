#include "migrate/secret_store.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "crypto/digest.hpp"
#include "crypto/secret_file.hpp"

namespace gsdb::migrate {
namespace {

std::string base64(ByteView bytes, int variant = sodium_base64_VARIANT_ORIGINAL) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back();  // the terminating NUL
    return text;
}

}  // namespace

std::filesystem::path FileSecretStore::file_of(std::string_view name) const {
    return folder_ / (std::string(name) + ".secret");
}

std::optional<crypto::Secret> FileSecretStore::get(std::string_view name) const {
    const auto path = file_of(name);
    if (!std::filesystem::exists(path)) return std::nullopt;
    const auto file = value_or_throw(crypto::read_secret_file(path));
    auto text = file.reveal();
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);  // as an editor leaves it
    return crypto::Secret(text);
}

void FileSecretStore::put(std::string_view name, const crypto::Secret& secret) {
    value_or_throw(crypto::replace_secret_file(file_of(name), secret));
}

void FileSecretStore::remove(std::string_view name) {
    std::error_code error;
    std::filesystem::remove(file_of(name), error);
    if (!error) return;
    throw Failure({.code = "secrets.not_removed",
                   .message = fmt::format("cannot remove {}", file_of(name).string()),
                   .detail = error.message(),
                   .hint = "the folder of secrets has to belong to the user who runs gsdb"});
}

crypto::Secret generate_secret() {
    std::array<std::uint8_t, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    auto text = base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    crypto::Secret secret(text);
    sodium_memzero(bytes.data(), bytes.size());
    sodium_memzero(text.data(), text.size());
    return secret;
}

std::string scram_verifier(const crypto::Secret& password, ByteView salt, int iterations) {
    crypto::Digest salted;
    const auto text = password.reveal();
    PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), salt.data(), static_cast<int>(salt.size()),
                      iterations, EVP_sha256(), static_cast<int>(salted.size()), salted.data());
    const auto stored_key = crypto::sha256(crypto::hmac_sha256(salted, as_bytes("Client Key")));
    const auto server_key = crypto::hmac_sha256(salted, as_bytes("Server Key"));
    return fmt::format("SCRAM-SHA-256${}:{}${}:{}", iterations, base64(salt), base64(stored_key), base64(server_key));
}

std::string scram_verifier(const crypto::Secret& password) {
    std::array<std::uint8_t, 16> salt;
    randombytes_buf(salt.data(), salt.size());
    return scram_verifier(password, salt);
}

}  // namespace gsdb::migrate
