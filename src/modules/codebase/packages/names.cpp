#include "modules/codebase/packages/names.hpp"

#include <algorithm>
#include <array>

namespace gsdb::codebase::packages {

std::string_view to_label(Ecosystem ecosystem) {
    static constexpr std::array<std::string_view, 11> labels{
        "npm", "pypi", "cargo", "go", "maven", "rubygems", "packagist", "nuget", "conan", "vcpkg", "cmake"};
    return labels[static_cast<std::size_t>(ecosystem)];
}

std::string_view to_label(Scope scope) {
    static constexpr std::array<std::string_view, 6> labels{"runtime", "development", "build",
                                                            "test",    "optional",    "peer"};
    return labels[static_cast<std::size_t>(scope)];
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string excerpt(std::string_view text, std::size_t bytes_max) {
    std::string short_text(text.substr(0, bytes_max));
    if (text.size() > bytes_max) {
        const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
        if (continues(text[bytes_max]))
            while (!short_text.empty() && continues(short_text.back())) short_text.pop_back();
        if (!short_text.empty() && static_cast<unsigned char>(short_text.back()) >= 0xC0U) short_text.pop_back();
        short_text += "…";
    }
    std::erase(short_text, '\0');
    return short_text;
}

std::string normal_name(Ecosystem ecosystem, std::string_view name) {
    if (ecosystem == Ecosystem::nuget || ecosystem == Ecosystem::packagist) return lower_case(name);
    if (ecosystem != Ecosystem::pypi) return std::string(name);
    std::string normal;
    for (const char c : lower_case(name)) {
        const bool separates = c == '-' || c == '_' || c == '.';
        if (separates && normal.ends_with('-')) continue;
        normal += separates ? '-' : c;
    }
    return normal;
}

std::string without_credentials(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string(url);
    const auto start = scheme + 3;
    const auto authority = url.substr(start, url.find_first_of("/?#", start) - start);
    const auto at = authority.rfind('@');
    std::string clean(url.substr(0, start));
    clean += at == std::string_view::npos ? url.substr(start) : url.substr(start + at + 1);
    // What stands behind a question mark may be a token; behind # are revisions and hashes.
    const auto query = clean.find('?');
    if (query == std::string::npos) return clean;
    const auto fragment = clean.find('#', query);
    return clean.substr(0, query) + (fragment == std::string::npos ? "" : clean.substr(fragment));
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n\f\v");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n\f\v") - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (auto rest = trimmed(text); !rest.empty(); rest = trimmed(rest)) {
        const auto end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
        words.push_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    return words;
}

std::string_view folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view file_name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::optional<std::string> join_path(std::string_view folder, std::string_view path) {
    std::vector<std::string_view> parts;
    const auto whole = std::string(folder) + "/" + std::string(path);
    for (std::string_view rest = whole; !rest.empty();) {
        const auto end = std::min(rest.find('/'), rest.size());
        const auto part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else {
            if (parts.empty()) return std::nullopt;
            parts.pop_back();
        }
    }
    std::string joined;
    for (const auto part : parts) joined += (joined.empty() ? "" : "/") + std::string(part);
    return joined;
}

}  // namespace gsdb::codebase::packages
