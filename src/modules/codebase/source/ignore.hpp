#pragma once
// One .gitignore file, and what it says about a path (gitignore(5)).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::source {

class IgnoreFile {
  public:
    /// `base` is the folder of the file, relative to the top: empty or with a '/' at its end.
    static IgnoreFile parse(std::string_view text, std::string base, bool ignore_case = false);

    /// true: ignored; false: a `!` pattern takes it back; nothing: no pattern matches, ask the next file.
    /// `path` is relative to the top and below the base. A path below an ignored folder is ignored whatever this says:
    /// the caller does not descend.
    std::optional<bool> match(std::string_view path, bool is_folder) const;

    bool empty() const { return patterns_.empty(); }

  private:
    struct Pattern {
        std::string text;
        bool negated = false;
        bool folders_only = false;
        bool name_only = false;  ///< no slash inside: matches the last part of the path, at any depth
        bool literal = false;    ///< no wildcard: compared, not matched
        bool suffix = false;     ///< `*` and a literal: the commonest form
    };
    static std::optional<Pattern> parse_line(std::string_view line);
    bool matches(const Pattern& pattern, std::string_view path, std::string_view name) const;

    std::string base_;
    bool ignore_case_ = false;
    std::vector<Pattern> patterns_;
};

}  // namespace gsdb::codebase::source
