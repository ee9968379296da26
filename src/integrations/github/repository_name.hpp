#pragma once
// Which repository is meant: read from the address of a Git remote.

#include <compare>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::github {

struct RepositoryName {
    std::string owner;
    std::string name;  ///< without ".git"

    auto operator<=>(const RepositoryName&) const = default;
    std::string full() const { return owner + "/" + name; }
};

struct RepositoryLocation {
    std::string api_url;  ///< "https://api.github.com", of GitHub Enterprise Server "https://HOST/api/v3"
    RepositoryName name;

    bool operator==(const RepositoryLocation&) const = default;
};

/// Of https://HOST/OWNER/NAME, ssh://git@HOST/OWNER/NAME and git@HOST:OWNER/NAME, each with or without ".git". Any host
/// but github.com is taken for a GitHub Enterprise Server; a port is kept where the remote is http or https. Error code
/// github.remote_invalid, without what may be a password.
Result<RepositoryLocation> parse_remote(std::string_view remote_url);

}  // namespace gsdb::github
