#include "http/address_guard.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gsdb::http {

namespace {

using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;

struct Range4 {
    std::array<std::uint8_t, 4> network;
    int prefix_bits;
    std::string_view purpose;
};

// IANA's registry of IPv4 special-purpose addresses; the narrower range first.
constexpr Range4 ranges4[] = {
    {{169, 254, 169, 254}, 32, "cloud metadata"},
    {{100, 100, 100, 200}, 32, "cloud metadata"},
    {{192, 0, 0, 192}, 32, "cloud metadata"},
    {{168, 63, 129, 16}, 32, "cloud metadata"},
    {{0, 0, 0, 0}, 8, "this network"},
    {{10, 0, 0, 0}, 8, "private"},
    {{100, 64, 0, 0}, 10, "shared address space"},
    {{127, 0, 0, 0}, 8, "loopback"},
    {{169, 254, 0, 0}, 16, "link-local"},
    {{172, 16, 0, 0}, 12, "private"},
    {{192, 0, 0, 0}, 24, "protocol assignments"},
    {{192, 0, 2, 0}, 24, "documentation"},
    {{192, 88, 99, 0}, 24, "6to4 relay"},
    {{192, 168, 0, 0}, 16, "private"},
    {{198, 18, 0, 0}, 15, "benchmarking"},
    {{198, 51, 100, 0}, 24, "documentation"},
    {{203, 0, 113, 0}, 24, "documentation"},
    {{224, 0, 0, 0}, 4, "multicast"},
    {{255, 255, 255, 255}, 32, "broadcast"},
    {{240, 0, 0, 0}, 4, "reserved"},
};

struct Range6 {
    std::array<std::uint8_t, 16> network;
    int prefix_bits;
    std::string_view purpose;
};

constexpr Range6 ranges6[] = {
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54}, 128, "cloud metadata"},
    {{}, 128, "unspecified"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "local NAT64"},
    {{0x01}, 8, "discard-only"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x3f, 0xff}, 20, "documentation"},
    {{0x20, 0x01, 0, 0}, 32, "Teredo"},
    {{0x20, 0x01, 0}, 23, "protocol assignments"},
    {{0x5f}, 16, "segment routing"},
    {{0xfc}, 7, "unique local"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "site-local"},
    {{0xff}, 8, "multicast"},
};

template <std::size_t size>
bool has_prefix(const std::array<std::uint8_t, size>& bytes, const std::array<std::uint8_t, size>& network, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), network.begin())) return false;
    const int rest = bits % 8;
    return rest == 0 || (bytes[whole] >> (8 - rest)) == (network[whole] >> (8 - rest));
}

// The IPv4 address at an offset of an IPv6 address.
address_v4 embedded(const address_v6::bytes_type& bytes, std::size_t offset) {
    address_v4::bytes_type four;
    std::memcpy(four.data(), bytes.data() + offset, four.size());
    return address_v4(four);
}

std::optional<address_v4> carried_ipv4(const address_v6& v6) {
    auto bytes = v6.to_bytes();
    constexpr address_v6::bytes_type zeros{}, mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
        translated{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, nat64{0, 0x64, 0xff, 0x9b}, six_to_four{0x20, 0x02};
    if (has_prefix(bytes, mapped, 96) || has_prefix(bytes, translated, 96) || has_prefix(bytes, nat64, 96))
        return embedded(bytes, 12);
    if (has_prefix(bytes, six_to_four, 16)) return embedded(bytes, 2);
    if (has_prefix(bytes, zeros, 96) && (bytes[12] || bytes[13])) return embedded(bytes, 12);
    return std::nullopt;
}

// Mapped addresses are the IPv4 address by another name.
address canonical(const address& given) {
    if (given.is_v6() && given.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, given.to_v6());
    return given;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
    auto slash = text.find('/');
    boost::system::error_code error;
    Network network{asio::ip::make_address(std::string(text.substr(0, slash)), error), 0};
    network.prefix_bits = network.address.is_v4() ? 32 : 128;
    const int bits_max = network.prefix_bits;
    bool is_valid = !error;
    if (slash != text.npos) {
        auto bits = text.substr(slash + 1);
        auto [end, problem] = std::from_chars(bits.data(), bits.data() + bits.size(), network.prefix_bits);
        is_valid = is_valid && problem == std::errc{} && end == bits.data() + bits.size() && network.prefix_bits >= 0 &&
                   network.prefix_bits <= bits_max;
    }
    if (is_valid) return network;
    return std::unexpected(Error{.code = "client.network_invalid",
                                 .message = "\"" + std::string(text) + "\" is not a network",
                                 .detail = {},
                                 .hint = "Use the form 10.0.0.0/8 or fd00::/8.",
                                 .exit_code = ExitCode::usage});
}

bool Network::contains(const asio::ip::address& other) const {
    auto candidate = canonical(other);
    if (candidate.is_v4() != address.is_v4()) return false;
    if (candidate.is_v4()) return has_prefix(candidate.to_v4().to_bytes(), address.to_v4().to_bytes(), prefix_bits);
    return has_prefix(candidate.to_v6().to_bytes(), address.to_v6().to_bytes(), prefix_bits);
}

std::optional<std::string_view> special_purpose(const asio::ip::address& address) {
    if (address.is_v4()) {
        auto bytes = address.to_v4().to_bytes();
        for (const auto& range : ranges4)
            if (has_prefix(bytes, range.network, range.prefix_bits)) return range.purpose;
        return std::nullopt;
    }
    auto bytes = address.to_v6().to_bytes();
    for (const auto& range : ranges6)
        if (has_prefix(bytes, range.network, range.prefix_bits)) return range.purpose;
    if (auto v4 = carried_ipv4(address.to_v6())) return special_purpose(*v4);
    // Only 2000::/3 is given out as public.
    if ((bytes[0] >> 5) != 1) return "reserved";
    return std::nullopt;
}

std::optional<std::string_view> AddressGuard::refusal(const asio::ip::address& address) const {
    if (std::ranges::any_of(allowed_, [&](const auto& network) { return network.contains(address); }))
        return std::nullopt;
    return special_purpose(address);
}

}  // namespace gsdb::http
