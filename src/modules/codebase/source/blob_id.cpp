#include "modules/codebase/source/blob_id.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace gsdb::codebase::source {

namespace {

// Fetched once: EVP_sha1() looks the implementation up at every initialisation, which costs more than hashing a small
// file.
const EVP_MD* digest_of(HashAlgorithm algorithm) {
    static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm == HashAlgorithm::sha1 ? sha1 : sha256;
}

}  // namespace

std::optional<ObjectId> ObjectId::from_bytes(ByteView raw) {
    ObjectId id;
    if (raw.size() == 32) id.algorithm = HashAlgorithm::sha256;
    if (raw.size() != id_bytes(id.algorithm)) return std::nullopt;
    std::ranges::copy(raw, id.bytes.begin());
    return id;
}

std::optional<ObjectId> ObjectId::parse(std::string_view hex) {
    auto raw = from_hex(hex);
    return raw ? from_bytes(*raw) : std::nullopt;
}

std::string to_string(const ObjectId& id) {
    return to_hex(id.view());
}

struct BlobHasher::State {
    HashAlgorithm algorithm;
    std::uint64_t expected;
    std::uint64_t seen = 0;
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    State(HashAlgorithm algorithm_, std::uint64_t size) : algorithm(algorithm_), expected(size) {
        if (context == nullptr) throw std::bad_alloc();
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void start() {
        seen = 0;
        EVP_DigestInit_ex2(context, digest_of(algorithm), nullptr);
        const auto header = fmt::format("blob {}", expected);
        EVP_DigestUpdate(context, header.c_str(), header.size() + 1);  // with the NUL
    }
    void update(ByteView bytes) {
        seen += bytes.size();
        EVP_DigestUpdate(context, bytes.data(), bytes.size());
    }
    ObjectId finish() {
        assert(seen == expected && "a blob's id covers exactly the announced bytes");
        ObjectId id{.algorithm = algorithm};
        EVP_DigestFinal_ex(context, id.bytes.data(), nullptr);
        return id;
    }
};

BlobHasher::BlobHasher(HashAlgorithm algorithm, std::uint64_t size) : state_(std::make_unique<State>(algorithm, size)) {
    state_->start();
}
BlobHasher::~BlobHasher() = default;
BlobHasher::BlobHasher(BlobHasher&&) noexcept = default;
BlobHasher& BlobHasher::operator=(BlobHasher&&) noexcept = default;

void BlobHasher::update(ByteView bytes) {
    state_->update(bytes);
}
ObjectId BlobHasher::finish() {
    return state_->finish();
}

ObjectId hash_blob(ByteView bytes, HashAlgorithm algorithm) {
    // The context is kept for each thread: making one costs as much as hashing a kilobyte.
    thread_local BlobHasher::State state(algorithm, 0);
    state.algorithm = algorithm;
    state.expected = bytes.size();
    state.start();
    state.update(bytes);
    return state.finish();
}

}  // namespace gsdb::codebase::source
