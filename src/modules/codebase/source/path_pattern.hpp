#pragma once
// One pattern of a .gitignore or .gitattributes file.

#include <optional>
#include <string>
#include <string_view>

namespace gsdb::codebase::source {

class PathPattern {
  public:
    /// `text` has lost its `!`, its comments and its spaces. Nothing if no path can match.
    static std::optional<PathPattern> parse(std::string_view text);

    /// `path` is relative to the folder of the file with the pattern.
    bool matches(std::string_view path, bool is_folder, bool ignore_case = false) const;

  private:
    bool matches_subject(std::string_view subject, bool ignore_case) const;

    std::string text_;
    bool folders_only_ = false;  ///< a slash at the end
    bool name_only_ = false;     ///< no slash inside: describes the last part of the path, at any depth
    bool literal_ = false;       ///< no wildcard: compared, not matched
    bool suffix_ = false;        ///< a star and a literal: the commonest form
};

}  // namespace gsdb::codebase::source
