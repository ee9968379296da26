#pragma once
// What the checks of a codebase found, as rows of codebase.issues.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "modules/codebase/rule_set.hpp"
#include "modules/codebase/symbol_id.hpp"
#include "pg/copy.hpp"

namespace gsdb::codebase {

/// Another place that explains an issue.
struct RelatedPlace {
    std::string path;
    std::int32_t line = 1;
    std::string message;
};

struct Issue {
    std::string rule;
    checks::Severity severity{};
    std::int32_t effort_minutes = 0;
    std::string message;
    std::string path;
    std::optional<SymbolId> symbol{};
    std::int32_t start_line = 1, start_column = 1, end_line = 1, end_column = 1;  ///< columns in bytes, from 1
    std::optional<std::int32_t> start_character{},
        end_character{};          ///< the columns in code points where they are known
    std::int32_t first_line = 0;  ///< where a comment may stand for, besides start_line: the decorators of a function
    std::vector<RelatedPlace> related{};
    /// What it is known by within its rule and file, without numbers of lines: the qualified name, the source.
    std::string subject{};

    // Made by identify():
    Uuid fingerprint{};
    Uuid moved_fingerprint{};
    std::optional<std::string> justification{};  ///< of the comment in the source that suppresses it
};

/// A comment in a file that says to leave issues as they are.
struct FileDirective {
    std::string path;
    std::int32_t first_line = 0, last_line = 0;
    std::vector<std::string> rules;
    std::string justification;
};

/// Sorts the issues by place and gives each its fingerprints: a digest of its rule, path and subject, and of how many
/// alike stand before it in the file. `moved_fingerprint` is the same without the path.
void identify(std::vector<Issue>& issues);

/// Marks the issues that comments suppress. Both are in the order of their paths.
void suppress(std::vector<Issue>& issues, const std::vector<FileDirective>& directives);

/// Rows for staged_issues of sql/routines/issues.sql.
pg::BinaryRowEncoder encode(const std::vector<Issue>& issues);

}  // namespace gsdb::codebase
