#pragma once
// Authenticated encryption of what goes into the database, under keys that can be replaced.

#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "crypto/secret.hpp"

namespace gsdb::crypto {

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): its nonce is long enough to be random.
inline constexpr std::string_view sealing_algorithm = "xchacha20poly1305";

/// What a database keeps of a secret.
struct Sealed {
    std::string key_id;  ///< of the key it was made with; 16 hexadecimal digits
    Bytes nonce;         ///< 24 bytes, random
    Bytes ciphertext;    ///< as long as the secret, and a tag of 16 bytes

    bool operator==(const Sealed&) const = default;
};

/// Names the place a ciphertext belongs to, so that it does not open anywhere else. The parts are told apart by their
/// lengths: {"ab", "c"} is another place than {"a", "bc"}.
class Place {
  public:
    Place(std::initializer_list<std::string_view> parts);
    ByteView bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

/// One or more keys. The first is active: everything is sealed with it. The others only open what they sealed.
class KeyRing {
  public:
    /// 32 bytes in hexadecimal each, separated by line ends or commas; lines that begin with # are comments. `source`
    /// is how messages call the text: "GSDB_ENCRYPTION_KEY". Throws nothing; faults never show the text.
    static Result<KeyRing> parse(const Secret& text, std::string_view source);

    /// From a secret file, which is made with one new key when it is not there.
    static Result<KeyRing> open_or_create(const std::filesystem::path& path);

    Sealed seal(const Secret& secret, const Place& place) const;

    /// "crypto.unknown_key" when no key of this ring made it, "crypto.unsealable" when it was changed or belongs to
    /// another place.
    Result<Secret> open(const Sealed& sealed, const Place& place) const;

    /// A key of 32 bytes for another use, made of the key of that id; "crypto.unknown_key" when it is not at hand. What
    /// is done with it tells nothing of the key itself.
    Result<Secret> derive(std::string_view key_id, std::string_view purpose) const;

    const std::string& active_key_id() const { return keys_.front().id; }
    bool has(std::string_view key_id) const;
    std::vector<std::string> key_ids() const;  ///< the active one first

    /// A ring with a new active key before the present ones.
    KeyRing with_new_key() const;
    /// A ring without the keys that are neither active nor named. For when nothing is sealed with them any more.
    KeyRing with_only(const std::vector<std::string>& key_ids) const;

    /// As parse() reads it, one key a line.
    Secret to_text() const;

  private:
    struct Key {
        std::string id;
        Secret bytes;
    };
    static Key make_key(ByteView bytes);
    const Key* find(std::string_view key_id) const;

    std::vector<Key> keys_;
};

/// Adds a new active key to the file and returns the ring with it. After re-encryption retire_keys() removes the rest.
Result<KeyRing> add_key_to_file(const std::filesystem::path& path);

/// Removes all keys but the active one and `still_used` from the file.
Result<KeyRing> retire_keys_of_file(const std::filesystem::path& path, const std::vector<std::string>& still_used);

/// The primitive, for tests with published vectors. `key` has 32 bytes and `nonce` 24.
Bytes encrypt_xchacha20poly1305(ByteView key, ByteView nonce, ByteView associated_data, ByteView plain);

}  // namespace gsdb::crypto
