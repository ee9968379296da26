#include "http/url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "http/message.hpp"

namespace gsdb::http {

namespace {

std::unexpected<Error> invalid(std::string_view text, std::string_view why) {
    return std::unexpected(Error{.code = "client.url_invalid",
                                 .message = "\"" + std::string(text.substr(0, 200)) + "\" is not a URL to call",
                                 .detail = std::string(why),
                                 .hint = "Use the form https://host[:port]/path.",
                                 .exit_code = ExitCode::usage});
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host_char(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

// WHATWG: a host whose last label is a number is an IPv4 address, in one of many spellings.
bool ends_in_number(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    auto label = host.substr(host.rfind('.') + 1);
    return label.starts_with("0x") || (!label.empty() && std::ranges::all_of(label, is_digit));
}

bool is_ipv4(const std::string& host) {
    boost::system::error_code error;
    return asio::ip::make_address_v4(host, error).to_string() == host && !error;
}

bool is_ipv6(const std::string& host) {
    boost::system::error_code error;
    asio::ip::make_address_v6(host, error);
    return !error && host.find('%') == host.npos;
}

bool is_sane_host(const std::string& host) {
    constexpr std::size_t host_bytes_max = 253;
    if (host.empty() || host.size() > host_bytes_max || !std::ranges::all_of(host, is_host_char)) return false;
    if (host.front() == '.' || host.find("..") != host.npos) return false;
    return !ends_in_number(host) || is_ipv4(host);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    const auto given = text;
    Url url;
    if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; }))
        return invalid(given, "it has spaces, backslashes, or bytes that are not ASCII");
    if (equal_ignoring_case(text.substr(0, 8), "https://")) {
        text.remove_prefix(8);
    } else if (equal_ignoring_case(text.substr(0, 7), "http://")) {
        text.remove_prefix(7);
        url.is_secure = false;
        url.port = 80;
    } else {
        return invalid(given, "it does not start with https:// or http://");
    }
    text = text.substr(0, text.find('#'));
    auto authority = text.substr(0, text.find_first_of("/?"));
    url.target = text.substr(authority.size());
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    if (authority.find('@') != authority.npos) return invalid(given, "it has a user name");

    const bool is_bracketed = authority.starts_with('[');
    auto host_end = is_bracketed ? authority.find(']') : authority.find(':');
    if (is_bracketed && host_end == authority.npos) return invalid(given, "its host has no ]");
    auto port = host_end == authority.npos ? std::string_view{} : authority.substr(host_end + (is_bracketed ? 1 : 0));
    url.host = authority.substr(is_bracketed ? 1 : 0, host_end - (is_bracketed ? 1 : 0));
    std::ranges::transform(url.host, url.host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (is_bracketed ? !is_ipv6(url.host) : !is_sane_host(url.host)) return invalid(given, "its host is not valid");
    if (port.empty()) return url;
    auto end = port.data() + port.size();
    auto [parsed_to, error] = std::from_chars(port.data() + 1, end, url.port);
    if (port.front() != ':' || error != std::errc{} || parsed_to != end || url.port == 0)
        return invalid(given, "its port is not a number from 1 to 65535");
    return url;
}

Result<Url> Url::resolve(std::string_view location) const {
    if (location.find("://") != location.npos && location.find("://") < location.find_first_of("/?#"))
        return parse(location);
    std::string base = std::string(is_secure ? "https:" : "http:");
    if (location.starts_with("//")) return parse(base + std::string(location));
    base += "//" + authority();
    if (location.starts_with('/')) return parse(base + std::string(location));
    auto path = std::string_view(target).substr(0, target.find('?'));
    if (location.starts_with('?')) return parse(base + std::string(path) + std::string(location));
    return parse(base + std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location));
}

std::string Url::authority() const {
    auto text = host.find(':') == host.npos ? host : "[" + host + "]";
    return port == (is_secure ? 443 : 80) ? text : text + ":" + std::to_string(port);
}

std::string to_string(const Url& url) {
    return (url.is_secure ? "https://" : "http://") + url.authority() + url.target;
}

}  // namespace gsdb::http
