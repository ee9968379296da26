#include "base/redaction.hpp"

#include <algorithm>
#include <array>

namespace gsdb {

namespace {

constexpr std::string_view replacement = "[secret]";

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_of_token(char c) {
    return is_alphanumeric(c) || c == '_' || c == '-';
}

struct Form {
    std::string_view prefix;
    std::size_t rest_min;  ///< letters, digits, '_' and '-' behind the prefix
};

// As the services publish them for secret scanners.
constexpr std::array<Form, 27> forms{{
    {"ghp_", 30},       {"gho_", 30},    {"ghu_", 30},      {"ghs_", 30},     {"ghr_", 30},  {"github_pat_", 30},
    {"glpat-", 20},     {"sk-", 20},     {"sk_live_", 16},  {"rk_live_", 16}, {"xoxb-", 10}, {"xoxp-", 10},
    {"xoxa-", 10},      {"xoxe-", 10},   {"xoxr-", 10},     {"xoxs-", 10},    {"xapp-", 10}, {"lin_api_", 20},
    {"lin_oauth_", 20}, {"lin_wh_", 20}, {"secret_", 40},   {"ntn_", 40},     {"npm_", 36},  {"AKIA", 16},
    {"ASIA", 16},       {"AIza", 35},    {"pypi-AgEI", 50},
}};

std::size_t length_while(std::string_view text, std::size_t at, bool (*is_in)(char)) {
    auto end = at;
    while (end < text.size() && is_in(text[end])) ++end;
    return end - at;
}

std::size_t token_at(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    for (const auto& form : forms) {
        if (!rest.starts_with(form.prefix)) continue;
        const auto more = length_while(text, at + form.prefix.size(), is_of_token);
        if (more >= form.rest_min) return form.prefix.size() + more;
    }
    return 0;
}

/// RFC 7519: three parts in base64url; the first two are JSON objects, which begin with `{"`.
std::size_t web_token_at(std::string_view text, std::size_t at) {
    constexpr std::string_view object = "eyJ";
    auto end = at;
    for (int part = 0; part < 3; ++part) {
        if (part < 2 && !text.substr(end).starts_with(object)) return 0;
        const auto length = length_while(text, end, is_of_token);
        if (length < 10) return 0;
        end += length;
        if (part == 2) break;
        if (end >= text.size() || text[end] != '.') return 0;
        ++end;
    }
    return end - at;
}

/// Where a password ends that begins behind `user:` of a URL: at its '@'.
std::size_t url_password_at(std::string_view text, std::size_t at) {
    const auto before = text.substr(0, at);
    if (!before.ends_with(':')) return 0;
    const auto scheme = before.rfind("://");
    constexpr std::string_view no_user = "/@?# \"'<>\t";
    if (scheme == std::string_view::npos || scheme + 3 > before.size() - 1 ||
        before.substr(scheme + 3).find_first_of(no_user) != std::string_view::npos ||
        std::ranges::count(before.substr(scheme + 3), ':') != 1)
        return 0;
    const auto end = text.find_first_of("/@?# \"'<>\t", at);
    return end != std::string_view::npos && text[end] == '@' ? end - at : 0;
}

}  // namespace

Redactor::Redactor(std::vector<std::string> known) : known_(std::move(known)) {
    constexpr std::size_t length_min = 8;
    std::erase_if(known_, [](const std::string& value) { return value.size() < length_min; });
    std::ranges::sort(known_, std::ranges::greater(), &std::string::size);
}

std::size_t Redactor::secret_at(std::string_view text, std::size_t at) const {
    for (const auto& value : known_)
        if (text.substr(at).starts_with(value)) return value.size();
    if (at > 0 && is_of_token(text[at - 1])) return 0;
    return std::max({token_at(text, at), web_token_at(text, at), url_password_at(text, at)});
}

std::string Redactor::operator()(std::string_view text) const {
    std::string redacted;
    redacted.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (const auto length = secret_at(text, at); length > 0) {
            redacted += replacement;
            at += length;
        } else {
            redacted += text[at++];
        }
    }
    return redacted;
}

}  // namespace gsdb
