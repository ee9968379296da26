#include "modules/codebase/duplicates/stored_tokens.hpp"

#include <zstd.h>

#include <cstring>
#include <new>

#include "base/error.hpp"

namespace gsdb::codebase::duplicates {

namespace {

constexpr int compression_level = 1;
/// No file that is analysed comes near.
constexpr unsigned long long decoded_bytes_max = 1ULL << 30U;

[[noreturn]] void throw_damaged() {
    throw Failure({.code = "codebase.tokens_damaged",
                   .message = "stored tokens cannot be read",
                   .detail = "codebase.blob_tokens holds bytes that this program did not write",
                   .hint = "restore the database from a backup, or index the codebase again after deleting it",
                   .exit_code = ExitCode::failed});
}

void put(Bytes& bytes, std::uint32_t value) {
    for (; value >= 0x80; value >>= 7U) bytes.push_back(static_cast<std::uint8_t>(value | 0x80U));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    std::uint32_t number() {
        std::uint32_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (next_ == bytes_.size() || shift > 28) throw_damaged();
            const auto byte = bytes_[next_++];
            value |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) return value;
        }
    }
    /// Every item takes a byte at least, so a count that memory would not bear is known at once.
    std::uint32_t count() {
        const auto count = number();
        if (count > bytes_.size() - next_) throw_damaged();
        return count;
    }
    std::uint32_t fixed() {
        std::uint32_t value = 0;
        if (bytes_.size() - next_ < sizeof value) throw_damaged();
        std::memcpy(&value, bytes_.data() + next_, sizeof value);
        next_ += sizeof value;
        return value;
    }
    bool is_at_end() const { return next_ == bytes_.size(); }

  private:
    ByteView bytes_;
    std::size_t next_ = 0;
};

void put_fixed(Bytes& bytes, std::uint32_t value) {
    const auto at = bytes.size();
    bytes.resize(at + sizeof value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

Bytes plain_bytes(const FileTokens& tokens) {
    Bytes bytes;
    put(bytes, tokens.family);
    put(bytes, static_cast<std::uint32_t>(tokens.codes.size()));
    for (const auto code : tokens.codes) put(bytes, code.bits());
    std::uint32_t line = 0;
    for (const auto next : tokens.lines) put(bytes, next - line), line = next;
    put(bytes, static_cast<std::uint32_t>(tokens.tall.size()));
    for (const auto& [token, height] : tokens.tall) put(bytes, token), put(bytes, height);
    put(bytes, static_cast<std::uint32_t>(tokens.texts.size()));
    for (const auto text : tokens.texts) put_fixed(bytes, text);
    return bytes;
}

/// What would be read beyond the ends of its arrays is no token.
void check(const FileTokens& tokens) {
    for (const auto code : tokens.codes)
        if (code.token_class() > TokenClass::value ||
            (code.token_class() != TokenClass::sign && code.number() >= tokens.texts.size()))
            throw_damaged();
}

}  // namespace

Bytes encode(const FileTokens& tokens) {
    const auto plain = plain_bytes(tokens);
    Bytes compressed(ZSTD_compressBound(plain.size()));
    const auto size =
        ZSTD_compress(compressed.data(), compressed.size(), plain.data(), plain.size(), compression_level);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // the room is enough, so nothing else can be wrong
    compressed.resize(size);
    return compressed;
}

FileTokens decode_tokens(ByteView bytes) {
    const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > decoded_bytes_max) throw_damaged();
    Bytes plain(size);
    if (ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size()) != size) throw_damaged();
    Reader reader(plain);
    FileTokens tokens{.family = static_cast<Family>(reader.number())};
    tokens.codes.resize(reader.count());
    tokens.lines.resize(tokens.codes.size());
    for (auto& code : tokens.codes) code = TokenCode::from_bits(reader.number());
    std::uint32_t line = 0;
    for (auto& next : tokens.lines) next = line += reader.number();
    tokens.tall.resize(reader.count());
    for (auto& [token, height] : tokens.tall) token = reader.number(), height = reader.number();
    tokens.texts.resize(reader.count());
    for (auto& text : tokens.texts) text = reader.fixed();
    if (!reader.is_at_end()) throw_damaged();
    check(tokens);
    return tokens;
}

Bytes encode(const std::vector<Fingerprint>& fingerprints) {
    Bytes bytes(fingerprints.size() * (sizeof(Fingerprint::hash) + sizeof(Fingerprint::position)));
    auto* at = bytes.data();
    for (const auto& f : fingerprints) {
        std::memcpy(at, &f.hash, sizeof f.hash);
        std::memcpy(at + sizeof f.hash, &f.position, sizeof f.position);
        at += sizeof f.hash + sizeof f.position;
    }
    return bytes;
}

std::vector<Fingerprint> decode_fingerprints(ByteView bytes) {
    constexpr auto size = sizeof(Fingerprint::hash) + sizeof(Fingerprint::position);
    if (bytes.size() % size != 0) throw_damaged();
    std::vector<Fingerprint> fingerprints(bytes.size() / size);
    const auto* at = bytes.data();
    for (auto& f : fingerprints) {
        std::memcpy(&f.hash, at, sizeof f.hash);
        std::memcpy(&f.position, at + sizeof f.hash, sizeof f.position);
        at += size;
    }
    return fingerprints;
}

}  // namespace gsdb::codebase::duplicates
