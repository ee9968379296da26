#pragma once
// Which addresses an outgoing call may go to. Calls take URLs from users and from other systems; without a guard they
// could be led to this machine, its network, or the cloud's metadata service (server-side request forgery).

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"

namespace gsdb::http {

/// Addresses with a common prefix, such as 10.0.0.0/8 or fd00::/8.
struct Network {
    asio::ip::address address;
    int prefix_bits = 0;

    /// "10.0.0.0/8", or one address. Error code client.network_invalid.
    static Result<Network> parse(std::string_view text);
    bool contains(const asio::ip::address& other) const;
};

/// Why the address is not one of the public internet: "loopback", "private", "link-local", ... An IPv6 address that
/// carries an IPv4 address (mapped, compatible, NAT64, 6to4) is judged by that. Nothing for public addresses.
std::optional<std::string_view> special_purpose(const asio::ip::address& address);

/// Lets public addresses pass, and those of the networks given.
class AddressGuard {
  public:
    AddressGuard() = default;
    explicit AddressGuard(std::vector<Network> allowed) : allowed_(std::move(allowed)) {}

    /// Nothing when a call may go there; else why not.
    std::optional<std::string_view> refusal(const asio::ip::address& address) const;

  private:
    std::vector<Network> allowed_;
};

}  // namespace gsdb::http
