#include "modules/codebase/source/path_pattern.hpp"

#include "modules/codebase/source/wildmatch.hpp"

namespace gsdb::codebase::source {

std::optional<PathPattern> PathPattern::parse(std::string_view text) {
    constexpr std::string_view wildcards = "*?[\\";
    PathPattern pattern;
    if (text.ends_with('/')) {
        pattern.folders_only_ = true;
        text.remove_suffix(1);
    }
    if (text.empty()) return std::nullopt;
    pattern.name_only_ = text.find('/') == std::string_view::npos;
    if (text.starts_with('/')) text.remove_prefix(1);
    pattern.literal_ = text.find_first_of(wildcards) == std::string_view::npos;
    pattern.suffix_ =
        pattern.name_only_ && text.starts_with('*') && text.find_first_of(wildcards, 1) == std::string_view::npos;
    pattern.text_ = text;
    return pattern;
}

bool PathPattern::matches(std::string_view path, bool is_folder, bool ignore_case) const {
    if (folders_only_ && !is_folder) return false;
    return matches_subject(name_only_ ? path.substr(path.rfind('/') + 1) : path, ignore_case);  // npos + 1 is 0
}

bool PathPattern::matches_subject(std::string_view subject, bool ignore_case) const {
    if (!ignore_case && literal_) return subject == text_;
    if (!ignore_case && suffix_) return subject.ends_with(std::string_view(text_).substr(1));
    return wildmatch(text_, subject, {.slashes_are_special = !name_only_, .ignore_case = ignore_case});
}

}  // namespace gsdb::codebase::source
