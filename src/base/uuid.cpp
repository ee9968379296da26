#include "base/uuid.hpp"

#include <sodium.h>

#include <algorithm>
#include <atomic>

namespace gsdb {

namespace {

void mark_version(Uuid& uuid, std::uint8_t version) {
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | (version << 4));
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
}

/// The millisecond and a counter of 12 bits behind it: method 1 of RFC 9562, section 6.2, for the ids of one process.
std::uint64_t next_place(std::uint64_t millis, std::uint64_t begin) {
    static std::atomic<std::uint64_t> last = 0;
    auto known = last.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
        next = known >> 12 == millis ? known + 1 : millis << 12 | begin;
    } while (!last.compare_exchange_weak(known, next, std::memory_order_relaxed));
    return next;
}

constexpr std::array<std::size_t, 4> dash_positions{8, 13, 18, 23};

}  // namespace

Uuid Uuid::v7(const Clock& clock) {
    Uuid uuid;
    randombytes_buf(uuid.bytes.data(), uuid.bytes.size());
    const auto millis = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(clock.now()).time_since_epoch().count());
    // The begin of the counter leaves at least half of it for one millisecond.
    const auto begin = static_cast<std::uint64_t>(uuid.bytes[6] & 0x07) << 8 | uuid.bytes[7];
    const auto place = next_place(millis, begin);
    for (std::size_t i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(place >> (52 - 8 * i));
    uuid.bytes[6] = static_cast<std::uint8_t>(place >> 8);
    uuid.bytes[7] = static_cast<std::uint8_t>(place);
    mark_version(uuid, 7);
    return uuid;
}

Uuid Uuid::v8(ByteView digest) {
    Uuid uuid;
    std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
    mark_version(uuid, 8);
    return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool expect_dash = std::ranges::find(dash_positions, i) != dash_positions.end();
        if ((text[i] == '-') != expect_dash) return std::nullopt;
        if (!expect_dash) digits.push_back(text[i]);
    }
    auto bytes = from_hex(digits);
    if (!bytes) return std::nullopt;
    Uuid uuid;
    std::ranges::copy(*bytes, uuid.bytes.begin());
    return uuid;
}

std::string to_string(const Uuid& uuid) {
    auto text = to_hex(uuid.bytes);
    for (auto position : dash_positions) text.insert(position, 1, '-');
    return text;
}

OrganizationId default_organization() {
    return *OrganizationId::parse("00000000-0000-7000-8000-000000000001");
}

}  // namespace gsdb
