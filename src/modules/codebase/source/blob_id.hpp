#pragma once
// Git's name for content: the hash of "blob <size>\0" and the bytes. Equal bytes have equal ids in every repository of
// the same hash algorithm, so a blob is analysed once wherever it appears.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace gsdb::codebase::source {

enum class HashAlgorithm : std::uint8_t { sha1, sha256 };

/// The bytes an id of this algorithm has: 20 or 32.
constexpr std::size_t id_bytes(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm::sha1 ? 20 : 32;
}

/// The id of a Git object: a blob's for files, a commit's for submodules.
struct ObjectId {
    HashAlgorithm algorithm = HashAlgorithm::sha1;
    std::array<std::uint8_t, 32> bytes{};  ///< the tail that the algorithm does not use is zero

    auto operator<=>(const ObjectId&) const = default;

    /// No object: of an entry whose content could not be hashed.
    bool is_null() const { return bytes == std::array<std::uint8_t, 32>{}; }
    ByteView view() const { return {bytes.data(), id_bytes(algorithm)}; }

    /// `raw` has 20 or 32 bytes, which decides the algorithm.
    static std::optional<ObjectId> from_bytes(ByteView raw);
    /// 40 or 64 hexadecimal digits.
    static std::optional<ObjectId> parse(std::string_view hex);
};

std::string to_string(const ObjectId& id);

/// Hashes a blob whose size is known before its bytes.
class BlobHasher {
  public:
    BlobHasher(HashAlgorithm algorithm, std::uint64_t size);
    ~BlobHasher();
    BlobHasher(BlobHasher&&) noexcept;
    BlobHasher& operator=(BlobHasher&&) noexcept;

    void update(ByteView bytes);
    /// The id; the updates must have added up to the announced size.
    ObjectId finish();

  private:
    struct State;
    friend ObjectId hash_blob(ByteView bytes, HashAlgorithm algorithm);
    std::unique_ptr<State> state_;
};

ObjectId hash_blob(ByteView bytes, HashAlgorithm algorithm = HashAlgorithm::sha1);

}  // namespace gsdb::codebase::source

template <>
struct std::hash<gsdb::codebase::source::ObjectId> {
    std::size_t operator()(const gsdb::codebase::source::ObjectId& id) const noexcept {
        std::size_t value;  // any eight bytes of a digest are a hash already
        std::memcpy(&value, id.bytes.data(), sizeof value);
        return value;
    }
};
