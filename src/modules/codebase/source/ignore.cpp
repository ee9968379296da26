#include "modules/codebase/source/ignore.hpp"

#include <algorithm>
#include <utility>

namespace gsdb::codebase::source {

namespace {

// Spaces at the end do not count unless the first of them is quoted; other white space does.
std::string_view without_trailing_spaces(std::string_view line) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            if (++i >= line.size()) return line;
            end = i + 1;
        } else if (line[i] != ' ') {
            end = i + 1;
        }
    }
    return line.substr(0, end);
}

}  // namespace

IgnoreFile IgnoreFile::parse(std::string_view text, std::string base, bool ignore_case) {
    IgnoreFile file;
    file.base_ = std::move(base);
    file.ignore_case_ = ignore_case;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (auto rule = parse_line(text.substr(0, end))) file.rules_.push_back(std::move(*rule));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return file;
}

std::optional<IgnoreFile::Rule> IgnoreFile::parse_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) return std::nullopt;
    line = without_trailing_spaces(line);
    const bool negated = line.starts_with('!');
    if (negated) line.remove_prefix(1);
    auto pattern = PathPattern::parse(line);
    if (!pattern) return std::nullopt;
    return Rule{std::move(*pattern), negated};
}

std::optional<bool> IgnoreFile::match(std::string_view path, bool is_folder) const {
    path.remove_prefix(base_.size());
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (rule->pattern.matches(path, is_folder, ignore_case_)) return !rule->negated;
    }
    return std::nullopt;
}

}  // namespace gsdb::codebase::source
