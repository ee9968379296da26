#pragma once
// What the checks of one content found.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/checks/rules.hpp"
#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::checks {

struct Finding {
    RuleKey rule{};
    extract::Span span;                                    ///< columns in bytes, from 1
    std::uint32_t start_character = 1, end_character = 1;  ///< the columns in code points, from 1
    std::uint32_t element = extract::no_element;           ///< the innermost element around it
    std::string message;
    std::string text;  ///< the source of the span with white space collapsed, at most 200 bytes: what it is known by
};

/// A comment or annotation that says to leave issues as they are.
struct Directive {
    std::uint32_t first_line = 0, last_line = 0;  ///< that it holds for
    std::vector<std::string> rules;               ///< ids; `*` for all
    std::string justification;
};

struct FileFindings {
    std::vector<Finding> findings;      ///< in the order of the text
    std::vector<Directive> directives;  ///< in the order of the text
};

}  // namespace gsdb::codebase::checks
