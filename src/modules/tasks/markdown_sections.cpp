#include "modules/tasks/markdown_sections.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gsdb::tasks {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int indentation_of(std::string_view line) {
    int columns = 0;
    for (char c : line) {
        if (c == ' ')
            ++columns;
        else if (c == '\t')
            columns += 4 - columns % 4;
        else
            break;
    }
    return columns;
}

/// How long the mark of a list item is, "- " or "12. "; 0 for none.
std::size_t item_mark(std::string_view text) {
    std::size_t end = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '*' || text[0] == '+')) {
        end = 1;
    } else {
        while (end < text.size() && end < 9 && is_digit(text[end])) ++end;
        if (end == 0 || end >= text.size() || (text[end] != '.' && text[end] != ')')) return 0;
        ++end;
    }
    return end < text.size() && (text[end] == ' ' || text[end] == '\t') ? end + 1 : 0;
}

bool starts_with_box(std::string_view text) {
    return text.size() >= 3 && text[0] == '[' && text[2] == ']' && (text.size() == 3 || text[3] == ' ') &&
           (text[1] == ' ' || text[1] == 'x' || text[1] == 'X');
}

bool is_punctuation(char c) {
    return std::ispunct(static_cast<unsigned char>(c)) != 0;
}

std::string reference_to(char c) {
    return "&#" + std::to_string(static_cast<int>(c)) + ";";
}

/// The visible ASCII character that a text begins with as "&#68;"; 0 for none. `length` is how long that is.
char reference_at(std::string_view text, std::size_t& length) {
    if (!text.starts_with("&#")) return 0;
    constexpr std::size_t digits_max = 3;
    int code = 0;
    std::size_t end = 2;
    for (; end < text.size() && end < 2 + digits_max && is_digit(text[end]); ++end)
        code = code * 10 + (text[end] - '0');
    if (end == 2 || end == text.size() || text[end] != ';' || code <= ' ' || code > '~') return 0;
    length = end + 1;
    return static_cast<char>(code);
}

void read_heading(MarkdownLine& line) {
    const auto marks = std::min(line.text.find_first_not_of('#'), line.text.size());
    if (marks == 0 || marks > 6 || (marks < line.text.size() && line.text[marks] != ' ')) return;
    line.kind = LineKind::heading;
    line.level = static_cast<int>(marks);
    line.text = trimmed(line.text.substr(marks));
    const auto end = line.text.find_last_not_of('#');
    if (end != std::string_view::npos && end + 1 < line.text.size() && line.text[end] == ' ')
        line.text = trimmed(line.text.substr(0, end));
}

void read_item(MarkdownLine& line) {
    const auto mark = item_mark(line.text);
    if (mark == 0) return;
    line.kind = LineKind::item;
    line.text = trimmed(line.text.substr(mark));
    if (!starts_with_box(line.text)) return;
    line.is_check = true;
    line.text = trimmed(line.text.substr(3));
}

MarkdownLine read_line(std::string_view whole, int number) {
    MarkdownLine line{.text = trimmed(whole), .whole = whole, .number = number};
    if (line.text.empty()) return line;
    line.kind = LineKind::text;
    line.level = indentation_of(whole);
    if (line.level < 4) read_heading(line);
    if (line.kind == LineKind::text) read_item(line);
    return line;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

char fence_of(std::string_view text) {
    for (char mark : {'`', '~'})
        if (text.starts_with(std::string(3, mark))) return mark;
    return 0;
}

std::vector<MarkdownLine> lines_of(std::string_view text) {
    std::vector<MarkdownLine> lines;
    char open_fence = 0;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        auto line = read_line(text.substr(start, end - start), static_cast<int>(lines.size()) + 1);
        const char fence = fence_of(line.text);
        if (open_fence != 0 || fence != 0) line.kind = LineKind::code;
        if (open_fence == 0)
            open_fence = fence;
        else if (fence == open_fence)
            open_fence = 0;
        lines.push_back(line);
        start = end + 1;
    }
    return lines;
}

std::string label_of(std::string_view text) {
    std::string label;
    for (char c : text)
        if (c != '*' && c != '_') label += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto result = trimmed(label);
    while (result.ends_with(':')) result = trimmed(result.substr(0, result.size() - 1));
    return std::string(result);
}

std::string without_escape(std::string_view text) {
    if (text.size() > 1 && text[0] == '\\' && is_punctuation(text[1])) return std::string(text.substr(1));
    std::size_t length = 0;
    const char c = reference_at(text, length);
    return c != 0 ? c + std::string(text.substr(length)) : std::string(text);
}

std::string with_escape(std::string_view text) {
    const auto start = std::min(text.find_first_not_of(blanks), text.size());
    std::string escaped(text.substr(0, start));
    if (start == text.size()) return escaped;
    return escaped + (is_punctuation(text[start]) ? std::string{'\\', text[start]} : reference_to(text[start])) +
           std::string(text.substr(start + 1));
}

std::string without_references(std::string_view name) {
    std::string plain;
    for (std::size_t i = 0; i < name.size();) {
        std::size_t length = 1;
        const char c = reference_at(name.substr(i), length);
        plain += c != 0 ? c : name[i];
        i += length;
    }
    return plain;
}

std::string with_references(std::string_view name) {
    std::string safe;
    for (std::size_t i = 0; i < name.size(); ++i)
        safe += is_punctuation(name[i]) || (i == 0 && std::isalnum(static_cast<unsigned char>(name[i])) != 0)
                    ? reference_to(name[i])
                    : std::string(1, name[i]);
    return safe;
}

bool is_background(std::string_view heading) {
    constexpr std::array names{"background",     "context",    "overview",   "introduction", "summary",
                               "goal",           "goals",      "motivation", "notes",        "out of scope",
                               "non-goals",      "references", "glossary",   "risks",        "assumptions",
                               "open questions", "links",      "appendix",   "why",          "history"};
    const auto label = label_of(heading);
    return std::ranges::any_of(names, [&](std::string_view name) { return label == name; });
}

}  // namespace gsdb::tasks
