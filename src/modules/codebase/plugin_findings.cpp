#include "modules/codebase/plugin_findings.hpp"

#include <algorithm>

#include "modules/codebase/checks/finding_text.hpp"

namespace gsdb::codebase {

namespace {

/// The innermost element around a byte: elements are in the order in which they start.
std::uint32_t element_at(const std::vector<extract::Element>& elements, std::uint32_t byte) {
    const auto behind =
        std::ranges::upper_bound(elements, byte, {}, [](const extract::Element& e) { return e.span.start.byte; });
    auto number = static_cast<std::uint32_t>(behind - elements.begin());
    if (number == 0) return extract::no_element;
    for (--number; number != extract::no_element; number = elements[number].parent)
        if (byte < elements[number].span.end.byte) return number;
    return extract::no_element;
}

std::uint32_t character_of(std::string_view line_before) {
    return 1 + static_cast<std::uint32_t>(std::ranges::count_if(
                   line_before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::vector<PlacedFinding> place(const std::vector<plugins::PluginFinding>& found, std::string_view source,
                                 const extract::FileFacts& facts) {
    std::vector<std::size_t> lines{0};
    for (auto at = source.find('\n'); at != std::string_view::npos; at = source.find('\n', at + 1))
        lines.push_back(at + 1);
    std::vector<PlacedFinding> placed;
    for (const auto& f : found) {
        const auto start = lines[f.line - 1] + f.column - 1;
        const auto end = lines[f.end_line - 1] + f.end_column - 1;
        const auto line_end = std::min({source.find('\n', start), end, source.size()});
        PlacedFinding one{.rule = f.rule,
                          .message = checks::normalised(f.message),
                          .text = checks::normalised(source.substr(std::min(start, source.size()), line_end - start)),
                          .element = element_at(facts.elements, static_cast<std::uint32_t>(start))};
        one.line = f.line, one.column = f.column, one.end_line = f.end_line, one.end_column = f.end_column;
        one.start_character = character_of(source.substr(lines[f.line - 1], f.column - 1));
        one.end_character = character_of(source.substr(lines[f.end_line - 1], f.end_column - 1));
        placed.push_back(std::move(one));
    }
    return placed;
}

}  // namespace gsdb::codebase
