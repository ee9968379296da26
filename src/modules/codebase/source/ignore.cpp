#include "modules/codebase/source/ignore.hpp"

#include <algorithm>
#include <utility>

#include "modules/codebase/source/wildmatch.hpp"

namespace gsdb::codebase::source {

namespace {

constexpr std::string_view wildcards = "*?[\\";

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
        if (auto pattern = parse_line(text.substr(0, end))) file.patterns_.push_back(std::move(*pattern));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return file;
}

std::optional<IgnoreFile::Pattern> IgnoreFile::parse_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) return std::nullopt;
    line = without_trailing_spaces(line);
    Pattern pattern;
    if (line.starts_with('!')) {
        pattern.negated = true;
        line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
        pattern.folders_only = true;
        line.remove_suffix(1);
    }
    if (line.empty()) return std::nullopt;
    pattern.name_only = line.find('/') == std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    pattern.literal = line.find_first_of(wildcards) == std::string_view::npos;
    pattern.suffix =
        pattern.name_only && line.starts_with('*') && line.find_first_of(wildcards, 1) == std::string_view::npos;
    pattern.text = line;
    return pattern;
}

std::optional<bool> IgnoreFile::match(std::string_view path, bool is_folder) const {
    const auto name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    path.remove_prefix(base_.size());
    for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
        if (pattern->folders_only && !is_folder) continue;
        if (matches(*pattern, path, name)) return !pattern->negated;
    }
    return std::nullopt;
}

bool IgnoreFile::matches(const Pattern& pattern, std::string_view path, std::string_view name) const {
    const auto subject = pattern.name_only ? name : path;
    if (!ignore_case_ && pattern.literal) return subject == pattern.text;
    if (!ignore_case_ && pattern.suffix) return subject.ends_with(std::string_view(pattern.text).substr(1));
    return wildmatch(pattern.text, subject, {.slashes_are_special = !pattern.name_only, .ignore_case = ignore_case_});
}

}  // namespace gsdb::codebase::source
