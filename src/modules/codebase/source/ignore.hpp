#pragma once
// One .gitignore file, and what it says about a path (gitignore(5)).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/source/path_pattern.hpp"

namespace gsdb::codebase::source {

class IgnoreFile {
  public:
    /// `base` is the folder of the file, relative to the top: empty or with a '/' at its end.
    static IgnoreFile parse(std::string_view text, std::string base, bool ignore_case = false);

    /// true: ignored; false: a `!` pattern takes it back; nothing: no pattern matches, ask the next file.
    /// `path` is relative to the top and below the base. A path below an ignored folder is ignored whatever this says:
    /// the caller does not descend.
    std::optional<bool> match(std::string_view path, bool is_folder) const;

    bool empty() const { return rules_.empty(); }

  private:
    struct Rule {
        PathPattern pattern;
        bool negated = false;
    };
    static std::optional<Rule> parse_line(std::string_view line);

    std::string base_;
    bool ignore_case_ = false;
    std::vector<Rule> rules_;
};

}  // namespace gsdb::codebase::source
