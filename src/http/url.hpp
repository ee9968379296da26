#pragma once
// Absolute http and https URLs, for calls to others.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::http {

struct Url {
    bool is_secure = true;
    std::string host;  ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 443;
    std::string target = "/";  ///< path and query

    bool operator==(const Url&) const = default;

    /// Refuses what programs read differently: user names, other schemes, whitespace and control bytes, and numeric
    /// hosts that are no plain IPv4 address (0x7f.1, 2130706433, 0177.0.0.1). Error code client.url_invalid.
    static Result<Url> parse(std::string_view text);

    /// What `location` means in a redirect from this URL.
    Result<Url> resolve(std::string_view location) const;

    bool has_same_origin(const Url& other) const {
        return is_secure == other.is_secure && host == other.host && port == other.port;
    }

    /// "example.org:8080", without the port when it is the scheme's own.
    std::string authority() const;
};

std::string to_string(const Url& url);

}  // namespace gsdb::http
