#pragma once
// Where lines are in a text.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::llm {

/// Without their line feeds. A text that ends with a line feed has no empty line after it.
std::vector<std::string_view> lines_of(std::string_view text);

struct LineMatches {
    std::vector<std::size_t> places;  ///< of the first lines, from 0; at most ten
    std::size_t count = 0;
    /// Where there is none: the most of the wanted lines that are together in the text, and where they begin.
    std::size_t longest = 0, longest_at = 0;
};

/// In time that grows with both, not with their product. `wanted` is not empty.
LineMatches find_lines(const std::vector<std::string_view>& lines, const std::vector<std::string_view>& wanted);

/// The text with the one place changed where it has `search`, or why it cannot be: `name` is the text's. Line ends are
/// as in the text, where all of its are CRLF; a missing last line feed stays missing.
struct Replaced {
    std::optional<std::string> text;
    std::string problem;
};
Replaced replace_lines(std::string_view text, std::string_view search, std::string_view replacement,
                       std::string_view name);

}  // namespace gsdb::llm
