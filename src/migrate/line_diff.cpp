#include "migrate/line_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace gsdb::migrate {
namespace {

using Lines = std::vector<std::string_view>;

Lines split_lines(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

struct Edit {
    char mark;  ///< ' ' in both, '-' only before, '+' only after
    std::string_view line;
};

/// lengths[i][j] is the length of the longest common subsequence of a[i..] and b[j..].
std::vector<std::vector<std::uint32_t>> common_lengths(const Lines& a, const Lines& b) {
    std::vector lengths(a.size() + 1, std::vector<std::uint32_t>(b.size() + 1, 0));
    for (auto i = a.size(); i-- > 0;)
        for (auto j = b.size(); j-- > 0;)
            lengths[i][j] = a[i] == b[j] ? lengths[i + 1][j + 1] + 1 : std::max(lengths[i + 1][j], lengths[i][j + 1]);
    return lengths;
}

/// Common lines at both ends are set aside first, so that only the region between is quadratic.
std::vector<Edit> edits_between(Lines a, Lines b) {
    std::vector<Edit> edits;
    const auto [a_end, b_end] = std::ranges::mismatch(a, b);
    const auto prefix = a_end - a.begin();
    for (auto line : Lines(a.begin(), a_end)) edits.push_back({' ', line});
    a.erase(a.begin(), a.begin() + prefix);
    b.erase(b.begin(), b.begin() + prefix);
    Lines suffix;
    while (!a.empty() && !b.empty() && a.back() == b.back()) {
        suffix.push_back(a.back());
        a.pop_back(), b.pop_back();
    }
    const auto lengths = common_lengths(a, b);
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            edits.push_back({' ', a[i]}), ++i, ++j;
        } else if (j == b.size() || (i < a.size() && lengths[i + 1][j] >= lengths[i][j + 1])) {
            edits.push_back({'-', a[i++]});
        } else {
            edits.push_back({'+', b[j++]});
        }
    }
    std::ranges::for_each(suffix.rbegin(), suffix.rend(), [&](auto line) { edits.push_back({' ', line}); });
    return edits;
}

constexpr std::size_t context_lines = 3;

/// Half-open ranges of edits, each a change with its context; ranges that would touch are one.
std::vector<std::pair<std::size_t, std::size_t>> hunks_of(const std::vector<Edit>& edits) {
    std::vector<std::pair<std::size_t, std::size_t>> hunks;
    for (std::size_t at = 0; at < edits.size(); ++at) {
        if (edits[at].mark == ' ') continue;
        const auto begin = at - std::min(at, context_lines);
        const auto end = std::min(at + context_lines + 1, edits.size());
        if (!hunks.empty() && begin <= hunks.back().second) {
            hunks.back().second = end;
        } else {
            hunks.emplace_back(begin, end);
        }
    }
    return hunks;
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name) {
    const auto edits = edits_between(split_lines(before), split_lines(after));
    const auto hunks = hunks_of(edits);
    if (hunks.empty()) return {};
    std::string diff = fmt::format("--- {}\n+++ {}\n", before_name, after_name);
    for (const auto& [begin, end] : hunks) {
        const auto count = [&](std::size_t from, std::size_t to, char other) {
            return std::ranges::count_if(std::span(edits).subspan(from, to - from),
                                         [&](auto& e) { return e.mark != other; });
        };
        // The format counts lines from 1; a side without lines names the line before.
        const auto old_count = count(begin, end, '+'), new_count = count(begin, end, '-');
        diff += fmt::format("@@ -{},{} +{},{} @@\n", count(0, begin, '+') + (old_count > 0), old_count,
                            count(0, begin, '-') + (new_count > 0), new_count);
        for (auto at = begin; at < end; ++at) diff += fmt::format("{}{}\n", edits[at].mark, edits[at].line);
    }
    return diff;
}

}  // namespace gsdb::migrate
