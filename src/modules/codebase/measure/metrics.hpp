#pragma once
// Figures about a file and its functions and types that its bytes alone decide. docs/reference/metrics.md has each
// definition with its source.

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

namespace gsdb::codebase::measure {

/// What lets control go two ways.
enum class Decision : std::uint8_t {
    branch,         ///< if, else if, elif, let-else
    loop,           ///< for, while, do, loop
    case_label,     ///< of a switch or match, other than the default
    handler,        ///< catch, except
    conditional,    ///< `c ? a : b`, `a if c else b`
    short_circuit,  ///< && || and or
    coalescing,     ///< ?? and the assignments &&= ||= ??=
    guard,          ///< the condition of a case or of a comprehension
    comprehension,  ///< each `for` of a comprehension
    default_value,  ///< JavaScript's parameters and patterns: taken when the value is undefined
    optional,       ///< JavaScript's ?. and Rust's ?
    count_
};
using Decisions = std::array<std::uint32_t, static_cast<std::size_t>(Decision::count_)>;

struct Metrics {
    std::uint32_t lines = 0;          ///< LOC
    std::uint32_t code_lines = 0;     ///< SLOC
    std::uint32_t logical_lines = 0;  ///< LLOC: statements and declarations
    std::uint32_t comment_lines = 0;
    std::uint32_t cyclomatic_complexity = 0;  ///< McCabe, "A Complexity Measure", 1976
    std::uint32_t cognitive_complexity = 0;   ///< SonarSource, "Cognitive Complexity", version 1.7, 2023
    std::uint32_t nesting_max = 0;            ///< of control structures
    std::uint32_t parameters = 0;
    std::uint32_t operators_distinct = 0;  ///< n1 of Halstead, "Elements of Software Science", 1977
    std::uint32_t operands_distinct = 0;   ///< n2
    std::uint32_t operators_total = 0;     ///< N1
    std::uint32_t operands_total = 0;      ///< N2
    std::uint32_t documentable = 0;
    std::uint32_t documented = 0;
    std::uint32_t annotatable = 0;
    std::uint32_t annotated = 0;
    std::optional<std::uint32_t> cohesion_groups;  ///< LCOM4 of Hitz and Montazeri 1995; of types only

    bool operator==(const Metrics&) const = default;
};

/// What the complexities of a function are made of; of types and files nothing.
struct ComplexityParts {
    Decisions decisions{};                ///< cyclomatic complexity is one more than their sum
    std::uint32_t cognitive_of_own = 0;   ///< without the functions nested in it
    std::uint32_t sequences_with_or = 0;  ///< parts of it: sequences of `||` or `or`
    bool is_recursive = false;            ///< part of it: calls itself by its own name

    std::uint32_t decision_count() const { return std::accumulate(decisions.begin(), decisions.end(), 0U); }
};

struct ElementMetrics {
    bool is_measured = false;    ///< a type, or a function with a body; all else has no figures
    bool has_docstring = false;  ///< Python's own kind of documentation
    Metrics metrics;
    ComplexityParts parts;
};

struct FileMetrics {
    bool is_measured = false;  ///< false without a tree: only the lines of the file are known
    Metrics whole;
    std::vector<ElementMetrics> elements;  ///< parallel to FileFacts::elements
};

}  // namespace gsdb::codebase::measure
