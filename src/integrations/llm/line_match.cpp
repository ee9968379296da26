#include "integrations/llm/line_match.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace gsdb::llm {

namespace {

// Of all lines at once: a line may be compared often.
std::vector<std::string_view> without_blank_ends(std::vector<std::string_view> lines) {
    for (auto& line : lines) line = line.substr(0, line.find_last_not_of(" \t\r\v\f") + 1);
    return lines;
}

// For each line of `wanted`: how many of its first lines end there again (the failure function of Knuth, Morris and
// Pratt).
std::vector<std::size_t> borders_of(const std::vector<std::string_view>& wanted) {
    std::vector<std::size_t> borders(wanted.size());
    for (std::size_t i = 1, length = 0; i < wanted.size(); ++i) {
        while (length > 0 && wanted[i] != wanted[length]) length = borders[length - 1];
        if (wanted[i] == wanted[length]) ++length;
        borders[i] = length;
    }
    return borders;
}

bool has_only_crlf(std::string_view text) {
    bool has_any = false;
    for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r') return false;
        has_any = true;
    }
    return has_any;
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n' && !out.ends_with('\r')) out += '\r';
        out += c;
    }
    return out;
}

std::string quoted(std::string_view line) {
    constexpr std::size_t bytes_max = 100;
    return fmt::format("\"{}\"", printable_utf8(utf8_beginning(line, bytes_max)));
}

std::string why_not_found(const std::vector<std::string_view>& lines, const std::vector<std::string_view>& wanted,
                          const LineMatches& matches, std::string_view name) {
    if (matches.longest == 0) return fmt::format("the SEARCH text is not in {}; not even its first line is", name);
    const auto next = matches.longest_at + matches.longest;
    return fmt::format(
        "the SEARCH text is not in {}: its first {} at line {}, then the file has {} where SEARCH has {}", name,
        matches.longest == 1 ? "line is" : fmt::format("{} lines are", matches.longest), matches.longest_at + 1,
        next < lines.size() ? quoted(lines[next]) : "its end", quoted(wanted[matches.longest]));
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return lines;
}

LineMatches find_lines(const std::vector<std::string_view>& lines, const std::vector<std::string_view>& wanted) {
    constexpr std::size_t places_max = 10;
    const auto borders = borders_of(wanted);
    LineMatches matches;
    for (std::size_t i = 0, length = 0; i < lines.size(); ++i) {
        while (length > 0 && lines[i] != wanted[length]) length = borders[length - 1];
        if (lines[i] == wanted[length]) ++length;
        if (length > matches.longest) {
            matches.longest = length;
            matches.longest_at = i + 1 - length;
        }
        if (length < wanted.size()) continue;
        if (++matches.count <= places_max) matches.places.push_back(i + 1 - length);
        length = borders[length - 1];
    }
    return matches;
}

Replaced replace_lines(std::string_view text, std::string_view search, std::string_view replacement,
                       std::string_view name) {
    const auto lines = lines_of(text), wanted = lines_of(search);
    auto matches = find_lines(lines, wanted);
    if (matches.count == 0) matches = find_lines(without_blank_ends(lines), without_blank_ends(wanted));
    if (matches.count == 0) return {.text = {}, .problem = why_not_found(lines, wanted, matches, name)};
    if (matches.count > 1) {
        for (auto& place : matches.places) ++place;
        return {.text = {},
                .problem = fmt::format("the SEARCH text is in {} places of {} (lines {}{}): add lines around it",
                                       matches.count, name, fmt::join(matches.places, ", "),
                                       matches.count > matches.places.size() ? ", ..." : "")};
    }
    const auto first = matches.places.front(), end = first + wanted.size();
    const auto offset_of = [&](std::size_t line) {
        return line < lines.size() ? static_cast<std::size_t>(lines[line].data() - text.data()) : text.size();
    };
    auto middle = has_only_crlf(text) ? with_crlf(replacement) : std::string(replacement);
    const bool is_last_line_open = end == lines.size() && !text.ends_with('\n');
    if (is_last_line_open && middle.ends_with('\n')) middle.pop_back();
    if (is_last_line_open && middle.ends_with('\r') && !replacement.ends_with("\r\n")) middle.pop_back();
    return {.text = std::string(text.substr(0, offset_of(first))) + middle + std::string(text.substr(offset_of(end))),
            .problem = {}};
}

}  // namespace gsdb::llm
