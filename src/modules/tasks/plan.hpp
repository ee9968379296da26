#pragma once
// A plan: the steps that a requirement is cut into, with what each waits for and how one sees that it is done.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::tasks {

struct PlannedStep {
    std::string name;
    std::string description{};                       ///< Markdown
    std::vector<std::string> acceptance_criteria{};  ///< one sentence each; `$ command` in one is run to check it
    std::string approach{};                          ///< how to do it; may be empty
    std::string technical_requirements{};            ///< may be empty
    std::vector<std::size_t> depends_on{};           ///< places in Plan::steps, ascending, each once
    std::optional<double> estimated_hours{};
    std::optional<int> complexity{};  ///< 1 to 10

    bool operator==(const PlannedStep&) const = default;
};

struct Plan {
    std::string title;
    std::vector<PlannedStep> steps;                ///< in the order of the text
    std::vector<std::string> acceptance_criteria;  ///< of the whole, once every step is done

    bool operator==(const Plan&) const = default;
};

/// The places of a cycle of dependencies, each waiting for the next and the last for the first; empty when there is
/// none.
std::vector<std::size_t> cycle_of(const Plan& plan);

/// Such a cycle in words: "1 (Add it) waits for 2 (Use it) waits for 1 again"; empty for none.
std::string cycle_text(const Plan& plan);

constexpr std::size_t steps_max = 200, criteria_max = 50, name_bytes_max = 400, criterion_bytes_max = 2'000,
                      text_bytes_max = 20'000;
constexpr double hours_max = 1'000;

/// All that keeps a plan from being worked by, each with the step and the field; empty when nothing does: what is
/// missing or too much, names and criteria of more than one line, texts with blanks around them, a cycle.
std::vector<std::string> problems_of(const Plan& plan);

/// The steps in an order in which each comes after what it depends on, otherwise as the text has them. The plan must
/// have no cycle.
std::vector<std::size_t> order_of(const Plan& plan);

/// The commands in a criterion: code spans that begin with "$ ", without that. "`$ make test` passes" has one.
std::vector<std::string> commands_of(std::string_view criterion);

/// What there is to say about a plan, and how good it is.
struct PlanQuality {
    struct Finding {
        std::string rule;     ///< coverage, criteria, size, orphan, cycle
        std::string subject;  ///< the step, or the part of the requirement
        std::string message;
    };
    double score = 0;     ///< 0 to 100
    double coverage = 0;  ///< share of the requirement's parts that some step speaks of, 0 to 1
    std::vector<Finding> findings;
};

/// Scores a plan by rules:
///   score = 100 * (0.5 coverage + 0.25 criteria + 0.15 size + 0.1 connection), 0 when there is a cycle.
/// coverage: parts of the requirement (headings, list items and paragraphs outside of background sections) three fifths
/// of whose words of four letters and more occur in one step; criteria: steps with an acceptance criterion; size: steps
/// of at most 12 criteria, 16 hours, complexity 8 and 4,000 bytes; connection: steps that depend on another one or are
/// depended on, 1 when no step is.
PlanQuality assess(const Plan& plan, std::string_view requirement);

}  // namespace gsdb::tasks
