#pragma once
// Which lines of which files a change has touched, as git's differences say.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb::git {

struct TouchedLines {
    struct Range {
        int first = 0, last = 0;  ///< from 1, both of them included

        bool operator==(const Range&) const = default;
    };
    std::string path;                 ///< as it is afterwards
    std::vector<Range> added;         ///< new lines, and lines that took the place of others
    std::vector<int> removed_behind;  ///< lines behind which some were taken away; 0 is the beginning of the file

    bool operator==(const TouchedLines&) const = default;
};

/// Reads a patch that git made with `--unified=0 --src-prefix=a/ --dst-prefix=b/`. Files that are gone, and those whose
/// lines stayed, are left out.
std::vector<TouchedLines> parse_touched_lines(std::string_view patch);

}  // namespace gsdb::git
