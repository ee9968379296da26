#pragma once
// Where a repository is at home, told from its remote URL or its folder.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gsdb::projects {

/// What tells a repository from all others of an organization, and how to reach it.
struct RepositoryName {
    std::string provider;    ///< github, gitlab, bitbucket, git for other hosts, local for a folder
    std::string name_space;  ///< the owner or groups at the host; of a folder its parent
    std::string name;
    std::string clone_url;               ///< never with user or password
    std::optional<std::string> web_url;  ///< of the hosts that are known to have pages

    bool operator==(const RepositoryName&) const = default;
};

/// Of the forms that git takes: https://host/owner/name.git, ssh://git@host:22/owner/name, git@host:owner/name.git,
/// file:///path. Nothing for any other text.
std::optional<RepositoryName> parse_remote_url(std::string_view url);

/// Of a repository or folder without a remote. `folder` is absolute; its text is UTF-8.
RepositoryName name_of_folder(const std::filesystem::path& folder);

/// "My Project!" -> "my-project": lower-case letters and digits of ASCII, words separated by single hyphens, at most
/// 100 characters; "unnamed" when nothing is left.
std::string to_slug(std::string_view text);

}  // namespace gsdb::projects
