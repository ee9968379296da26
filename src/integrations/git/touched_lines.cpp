#include "integrations/git/touched_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace gsdb::git {

namespace {

class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    std::optional<std::string_view> next() {
        if (rest_.empty()) return std::nullopt;
        const auto end = rest_.find('\n');
        const auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return line;
    }
    /// Passes over lines of a hunk; that a file does not end with a newline is a remark between them.
    void skip(int lines) {
        while (lines > 0 || rest_.starts_with('\\')) {
            if (!rest_.starts_with('\\')) --lines;
            if (!next()) return;
        }
    }

  private:
    std::string_view rest_;
};

int take_number(std::string_view& text) {
    int number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return problem == std::errc{} ? number : 0;
}

struct Stretch {
    int start = 0, lines = 1;
};

/// "12,3", "12".
Stretch take_stretch(std::string_view& text) {
    Stretch stretch{.start = take_number(text)};
    if (text.starts_with(',')) {
        text.remove_prefix(1);
        stretch.lines = take_number(text);
    }
    return stretch;
}

char unescaped(char letter) {
    constexpr std::string_view letters = "abtnvfr", bytes = "\a\b\t\n\v\f\r";
    const auto place = letters.find(letter);
    return place == std::string_view::npos ? letter : bytes[place];
}

/// Git writes paths with unusual bytes as C would, in quotes.
std::string unquoted(std::string_view text) {
    if (!text.starts_with('"')) return std::string(text);
    constexpr std::size_t octal_digits = 3;
    std::string path;
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            path += text[i];
        } else if (text[i + 1] >= '0' && text[i + 1] <= '3') {
            int byte = 0;
            const auto digits = text.substr(i + 1, octal_digits);
            std::from_chars(digits.data(), digits.data() + digits.size(), byte, 8);
            path += static_cast<char>(byte);
            i += octal_digits;
        } else {
            path += unescaped(text[++i]);
        }
    }
    return path;
}

/// "b/path", behind whose blanks git puts a tab; nothing for /dev/null.
std::optional<std::string> path_of(std::string_view text) {
    if (!text.starts_with('"')) text = text.substr(0, text.find('\t'));
    const auto path = unquoted(text);
    if (!path.starts_with("b/")) return std::nullopt;
    return path.substr(2);
}

/// The header of a hunk, "@@ -1,2 +3 @@"; the lines that it announces are passed over, whatever they look like.
void read_hunk(std::string_view header, Lines& lines, TouchedLines& file) {
    header.remove_prefix(std::string_view("@@ -").size());
    const auto old = take_stretch(header);
    header.remove_prefix(std::min(header.size(), std::string_view(" +").size()));
    const auto now = take_stretch(header);
    if (now.lines > 0)
        file.added.push_back({.first = now.start, .last = now.start + now.lines - 1});
    else
        file.removed_behind.push_back(now.start);
    lines.skip(old.lines + now.lines);
}

}  // namespace

std::vector<TouchedLines> parse_touched_lines(std::string_view patch) {
    std::vector<TouchedLines> files;
    std::optional<TouchedLines> file;
    const auto finish = [&] {
        if (file && !(file->added.empty() && file->removed_behind.empty())) files.push_back(std::move(*file));
        file.reset();
    };
    Lines lines(patch);
    while (const auto line = lines.next()) {
        if (line->starts_with("diff --git ")) finish();
        if (line->starts_with("+++ ")) {
            finish();
            if (auto path = path_of(line->substr(4))) file = TouchedLines{.path = std::move(*path)};
        }
        TouchedLines gone;
        if (line->starts_with("@@ -")) read_hunk(*line, lines, file ? *file : gone);
    }
    finish();
    return files;
}

}  // namespace gsdb::git
