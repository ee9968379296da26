#pragma once
// What the code graph says of the lines that a change has touched: the run of its commit beside that of the commit
// before.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// Lines that a change has touched in a file, as it is afterwards.
struct TouchedFile {
    struct Range {
        std::int32_t first = 0, last = 0;  ///< from 1, both of them included
    };
    std::string path;
    std::vector<Range> added;
    std::vector<std::int32_t> removed_behind;  ///< lines behind which some were taken away
};

struct ChangedCode {
    /// A function or type with a touched line that is in no smaller one; lines that were taken away count where both
    /// neighbours are its own.
    struct Element {
        std::string path, name;
        std::int32_t line = 0;
        std::optional<std::int32_t> cyclomatic_complexity;  ///< of functions with a body
        std::optional<bool> is_documented;                  ///< nothing where it need not be, and for tests
        std::optional<bool> is_reached_by_a_test;           ///< nothing for tests, and where calls are not followed
    };
    /// Added lines that stand elsewhere, too.
    struct Copy {
        std::string path;
        std::int32_t first_line = 0, last_line = 0;
        std::string other_path;
        std::int32_t other_line = 0;
    };
    /// Found in the code of the change and not in the code before.
    struct NewIssue {
        std::string rule, category, severity, path;
        std::int32_t line = 0;
        std::string message;
    };

    std::vector<Element> elements;  ///< in the order of paths and lines
    std::int64_t lines_added = 0;   ///< of files in a language that is understood
    std::int64_t lines_copied = 0;  ///< those of them that stand elsewhere, each once
    std::vector<Copy> copies;
    std::vector<NewIssue> issues;  ///< the worst first
};

/// Both runs are of the codebase, and completed.
struct ChangedRuns {
    CodebaseId codebase;
    std::int32_t before = 0, after = 0;
};

Task<ChangedCode> changed_code(pg::Database<Database> database, OrganizationId organization, ChangedRuns runs,
                               std::vector<TouchedFile> files);

}  // namespace gsdb::codebase
