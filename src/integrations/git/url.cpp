#include "integrations/git/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "modules/codebase/source/path.hpp"

namespace gsdb::git {

namespace {

constexpr std::array schemes{"https", "http", "ssh", "git", "file", "git+ssh", "ssh+git"};

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
               c == '.' || c == '_';
    });
}

Error bad_url(const std::string& url, std::string cause, std::string hint) {
    return {.code = "source.bad_url",
            .message = fmt::format("{} is no address that gsdb fetches from",
                                   codebase::source::display_path(without_secrets(url))),
            .detail = std::move(cause),
            .hint = std::move(hint),
            .exit_code = ExitCode::usage};
}

}  // namespace

UrlParts parts_of_url(std::string_view url) {
    UrlParts parts;
    std::string_view authority;
    if (const auto mark = url.find("://"); mark != std::string_view::npos && is_word(url.substr(0, mark))) {
        parts.scheme = url.substr(0, mark);
        const auto rest = url.substr(mark + 3);
        const auto slash = std::min(rest.find('/'), rest.size());
        authority = rest.substr(0, slash);
        parts.path = rest.substr(slash);
    } else {
        const auto colon = std::min(url.find(':'), url.size());
        authority = url.substr(0, colon);
        parts.path = url.substr(std::min(colon + 1, url.size()));
    }
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos) parts.user_info = authority.substr(0, at);
    parts.host = authority.substr(at == std::string_view::npos ? 0 : at + 1);
    return parts;
}

bool looks_like_url(std::string_view location) {
    if (location.find("://") != std::string_view::npos) return true;
    const auto colon = location.find(':');
    if (colon == std::string_view::npos) return false;
    if (location.substr(colon).starts_with("::")) return is_word(location.substr(0, colon));
    // host:path, where a slash before the colon would make it a path.
    return location.substr(0, colon).find('/') == std::string_view::npos && colon > 0;
}

Result<void> check_url(const std::string& url) {
    const auto parts = parts_of_url(url);
    const std::string hint = "use https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH";
    if (std::ranges::any_of(url, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
        return std::unexpected(bad_url(url, "it contains a control character", hint));
    }
    if (parts.scheme.empty() && parts.path.starts_with(':')) {
        return std::unexpected(bad_url(url, "remote helpers can run any program", hint));
    }
    if (!parts.scheme.empty() && std::ranges::find(schemes, parts.scheme) == schemes.end()) {
        return std::unexpected(bad_url(url, fmt::format("the scheme {} is not allowed", parts.scheme), hint));
    }
    if (parts.host.starts_with('-') || parts.user_info.starts_with('-') || parts.path.starts_with('-') ||
        parts.path.starts_with("/-")) {
        return std::unexpected(bad_url(url, "a part that starts with a dash would be taken for an option", hint));
    }
    if (parts.scheme != "file" && parts.host.empty()) return std::unexpected(bad_url(url, "it names no host", hint));
    if (parts.path.empty() || parts.path == "/") return std::unexpected(bad_url(url, "it names no repository", hint));
    if (parts.user_info.find(':') != std::string_view::npos) {
        return std::unexpected(
            bad_url(url, "it contains a password, which every user of the machine could see",
                    "take the password out and give it to git: a credential helper, ~/.netrc, or an SSH key"));
    }
    return {};
}

std::string without_secrets(const std::string& url) {
    const auto parts = parts_of_url(url);
    if (parts.scheme.empty() || parts.user_info.empty()) return url;
    const bool is_http = parts.scheme == "https" || parts.scheme == "http";
    const auto user = is_http ? std::string_view() : parts.user_info.substr(0, parts.user_info.find(':'));
    return fmt::format("{}://{}{}{}{}", parts.scheme, user, user.empty() ? "" : "@", parts.host, parts.path);
}

std::string name_of_url(std::string_view url) {
    auto path = parts_of_url(url).path;
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with("/.git")) path.remove_suffix(5);
    if (path.ends_with(".git")) path.remove_suffix(4);
    return std::string(path.substr(path.find_last_of("/:") + 1));
}

}  // namespace gsdb::git
