#pragma once
// Addresses of remote repositories.

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::git {

/// An address in its parts, views of it.
struct UrlParts {
    std::string_view scheme;     ///< empty for user@host:path
    std::string_view user_info;  ///< with the password
    std::string_view host;       ///< with the port
    std::string_view path;
};
UrlParts parts_of_url(std::string_view url);

/// Whether `location` is meant as a URL: scheme://..., user@host:path, or git's helper::address (which is refused).
/// A path that exists is the caller's to prefer over host:path.
bool looks_like_url(std::string_view location);

/// Nothing if gsdb may fetch from it. Allowed: https, http, ssh, git, file, and user@host:path. Refused with
/// source.bad_url: other schemes and helpers (`ext::` runs programs), hosts and paths that start with a dash (they
/// would be options to ssh or git), control characters, and passwords (they would be seen in the list of processes).
Result<void> check_url(const std::string& url);

/// Without password, over HTTP without user: fit to be shown and stored.
std::string without_secrets(const std::string& url);

/// The last part of the path, without ".git": "linux" of "https://example.org/torvalds/linux.git".
std::string name_of_url(std::string_view url);

}  // namespace gsdb::git
