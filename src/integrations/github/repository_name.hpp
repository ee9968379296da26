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
    /// Both are such names as GitHub gives.
    bool is_valid() const;
};

struct RepositoryLocation {
    std::string api_url;  ///< "https://api.github.com", of GitHub Enterprise Server "https://HOST/api/v3"
    RepositoryName name;

    bool operator==(const RepositoryLocation&) const = default;
};

/// Of https://HOST/OWNER/NAME, ssh://git@HOST/OWNER/NAME and git@HOST:OWNER/NAME, each with or without ".git". Any host
/// but GitHub's own is taken for a GitHub Enterprise Server. The API is called over https whatever the remote has; a
/// port is kept where that has https, too. Error code github.remote_invalid, without the address, which may
/// hold a password.
Result<RepositoryLocation> parse_remote(std::string_view remote_url);

}  // namespace gsdb::github
