#include "modules/projects/repository_name.hpp"

#include <algorithm>
#include <array>

namespace gsdb::projects {

namespace {

struct Host {
    std::string_view domain;
    std::string_view provider;
};
constexpr std::array<Host, 3> known_hosts{
    {{"github.com", "github"}, {"gitlab.com", "gitlab"}, {"bitbucket.org", "bitbucket"}}};

struct RemoteParts {
    std::string_view scheme;
    std::string_view host;  ///< with its port
    std::string_view path;  ///< without the slash it begins with
};

/// "user:password@host" -> "host".
std::string_view without_user(std::string_view authority) {
    auto at = authority.rfind('@');
    return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

std::optional<RemoteParts> split_url(std::string_view url) {
    auto scheme_end = url.find("://");
    if (scheme_end != std::string_view::npos) {
        auto rest = url.substr(scheme_end + 3);
        auto slash = rest.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        return RemoteParts{url.substr(0, scheme_end), without_user(rest.substr(0, slash)), rest.substr(slash + 1)};
    }
    // git@host:owner/name; a slash before the colon makes it a path.
    auto colon = url.find(':');
    if (colon == std::string_view::npos || url.substr(0, colon).find('/') != std::string_view::npos)
        return std::nullopt;
    return RemoteParts{"ssh", without_user(url.substr(0, colon)), url.substr(colon + 1)};
}

std::string_view trimmed_path(std::string_view path) {
    path = path.substr(0, path.find_first_of("?#"));
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    while (path.starts_with('/')) path.remove_prefix(1);
    return path;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

}  // namespace

std::optional<RepositoryName> parse_remote_url(std::string_view url) {
    auto parts = split_url(url);
    if (!parts) return std::nullopt;
    if (parts->scheme == "file") return name_of_folder("/" + std::string(parts->path));
    auto path = trimmed_path(parts->path);
    auto slash = path.rfind('/');
    auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (name.empty() || parts->host.empty()) return std::nullopt;

    auto host = to_lower(parts->host);
    auto domain = host.substr(0, host.find(':'));
    auto known = std::ranges::find(known_hosts, domain, &Host::domain);
    RepositoryName repository{.provider = "git",
                              .name_space = slash == std::string_view::npos ? "" : std::string(path.substr(0, slash)),
                              .name = std::string(name),
                              .clone_url = std::string(parts->scheme) + "://" + host + "/" + std::string(path) + ".git",
                              .web_url = std::nullopt};
    if (known != known_hosts.end()) {
        repository.provider = known->provider;
        repository.web_url = "https://" + domain + "/" + std::string(path);
    } else {
        // Hosts that are not known by name are told apart by it.
        repository.name_space = repository.name_space.empty() ? domain : domain + "/" + repository.name_space;
    }
    return repository;
}

RepositoryName name_of_folder(const std::filesystem::path& folder) {
    auto path = folder.lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // ended with a slash
    auto name = path.filename().string();
    return {.provider = "local",
            .name_space = path.parent_path().string(),
            .name = name.empty() ? "root" : name,
            .clone_url = path.string(),
            .web_url = std::nullopt};
}

std::string to_slug(std::string_view text) {
    constexpr std::size_t characters_max = 100;
    std::string slug;
    for (char c : to_lower(text)) {
        bool belongs = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (belongs)
            slug.push_back(c);
        else if (!slug.empty() && slug.back() != '-')
            slug.push_back('-');
        if (slug.size() == characters_max) break;
    }
    if (slug.ends_with('-')) slug.pop_back();
    return slug.empty() ? "unnamed" : slug;
}

}  // namespace gsdb::projects
