#pragma once
// How many lines differ between two contents.

#include <cstdint>
#include <optional>
#include <string_view>

namespace gsdb::git {

struct LineChanges {
    std::uint32_t added = 0, removed = 0;

    bool operator==(const LineChanges&) const = default;
};

/// As git does: a NUL among the first 8,000 bytes.
bool is_binary(std::string_view content);

/// The number of lines, one without an end included.
std::uint32_t count_lines(std::string_view content);

/// What `git diff --numstat` counts between two texts: the algorithm of Myers (1986) with git's heuristics, on what is
/// left between the lines that both begin and end with. Where the heuristics differ for that, by a few lines.
LineChanges compare_lines(std::string_view before, std::string_view after);

}  // namespace gsdb::git
