#pragma once
// What is known of one function or class, on one page.

#include <cstdint>
#include <optional>
#include <string>

#include "modules/codebase/history_questions.hpp"
#include "modules/codebase/questions.hpp"

namespace gsdb::codebase {

/// As docs/reference/metrics.md defines them; nothing where a figure is not measured.
struct ElementFigures {
    std::optional<std::int32_t> lines, code_lines, cyclomatic_complexity, cognitive_complexity, nesting_max, parameters,
        cohesion_groups;
    std::optional<double> maintainability_index;
    std::int64_t fan_in = 0, fan_out = 0;           ///< others that call it, and that it calls
    std::optional<std::int32_t> inheritance_depth;  ///< of a type: steps up to one without a supertype
    std::optional<std::int64_t> direct_subtypes;    ///< of a type
    std::int64_t functions = 0;                     ///< of the codebase
    std::int64_t simpler = 0;                       ///< of them, those with a lower cognitive complexity
};

/// Other files of the codebase that depend on a file, and that it depends on.
struct FileCoupling {
    std::int64_t afferent = 0, efferent = 0;
    std::optional<double> instability;  ///< the share of the latter; nothing without any
};

struct Explanation {
    Symbol symbol;
    std::optional<ElementFigures> figures;
    std::int64_t callers = 0, callees = 0;      ///< symbols that call it, and that it calls, directly
    std::int64_t callers_in_all = 0;            ///< directly or through others
    std::int64_t tests = 0;                     ///< of these, test functions
    std::int64_t impacted = 0;                  ///< symbols that depend on it in any way, directly or through others
    std::int64_t supertypes = 0, subtypes = 0;  ///< on any level
    std::optional<FileCoupling> coupling;       ///< of its file
    bool has_history = false;
    Ownership ownership;  ///< of its file
};

/// Throws what find_symbol() throws.
Task<Explanation> explain(pg::Database<Database> database, Scope scope, std::string symbol);

}  // namespace gsdb::codebase
