#include "integrations/github/repository_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "http/url.hpp"
#include "integrations/git/url.hpp"

namespace gsdb::github {

namespace {

std::optional<RepositoryName> name_of(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    const auto slash = std::min(path.find('/'), path.size());
    RepositoryName name{.owner = std::string(path.substr(0, slash)),
                        .name = std::string(path.substr(std::min(slash + 1, path.size())))};
    return name.is_valid() ? std::optional(std::move(name)) : std::nullopt;
}

/// Of a host in lower case.
std::string api_url_of(const std::string& host, std::string_view port) {
    if (host == "github.com" || host == "www.github.com" || host == "ssh.github.com") return "https://api.github.com";
    if (host.ends_with(".ghe.com")) return "https://api." + host;  // GitHub's own hosts, with data kept in one region
    return fmt::format("https://{}{}/api/v3", host, port);
}

}  // namespace

bool RepositoryName::is_valid() const {
    const auto fits = [](const std::string& part) {
        return !part.empty() && part.size() <= 100 && part != "." && part != ".." &&
               std::ranges::all_of(part, [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '_' || c == '.';
               });
    };
    return fits(owner) && fits(name);
}

Result<RepositoryLocation> parse_remote(std::string_view remote_url) {
    const auto refusal = [](std::string cause) {
        return std::unexpected(
            Error{.code = "github.remote_invalid",
                  .message = "the remote is no repository on GitHub",
                  .detail = std::move(cause),
                  .hint = "use https://HOST/OWNER/NAME, ssh://git@HOST/OWNER/NAME or git@HOST:OWNER/NAME",
                  .exit_code = ExitCode::usage});
    };
    if (!git::looks_like_url(remote_url)) return refusal("it is no address of a host");
    const auto parts = git::parts_of_url(remote_url);
    const auto scheme = parts.scheme;
    if (!scheme.empty() && scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git")
        return refusal(fmt::format("its scheme is {}", scheme));
    auto name = name_of(parts.path);
    if (!name) return refusal("its path is not OWNER/NAME");
    const auto colon = std::min(parts.host.find(':'), parts.host.size());
    std::string host(parts.host.substr(0, colon));
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    auto api_url = api_url_of(host, scheme == "https" ? parts.host.substr(colon) : "");
    if (host.empty() || !http::Url::parse(api_url)) return refusal("its host is none");
    return RepositoryLocation{.api_url = std::move(api_url), .name = std::move(*name)};
}

}  // namespace gsdb::github
