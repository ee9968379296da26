#pragma once
// Quality gates: what each metric means, how a change does by it, and what a threshold makes of that. These are the
// definitions; docs/guides/workflows.md says the same to people.
//
// A line is touched where git's differences between the change and the commit that it began from add it, or put it in
// the place of another. It counts for the innermost function or type around it. Lines that were taken away touch the
// one that both their neighbours belong to. Figures of functions are those of docs/reference/metrics.md.
//
//   complexity        mean cyclomatic complexity of the touched functions
//   documentation     percent of the touched functions and types that others may use, tests apart, which are described
//   duplication       percent of the added lines that are part of a block that stands elsewhere, too
//   new_issues        issues that the checks find in the code of the change and not in the code before, wherever they
//                     are; those that are left as they are (suppressed) do not count
//   new_risks         those of them whose rule is of the category risk
//   tested_functions  percent of the touched functions, tests apart, that a test reaches by calls that can be followed:
//                     a lower bound
//   recent_failures   attempts at stages that failed or timed out in the last seven days in other runs on the
//                     repository; history, not the change

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/changed_code.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

using Gate = workflows::Progress::Gate;

struct Metric {
    std::string_view name, unit, description;
    bool is_of_change = true;  ///< otherwise of the run
};

std::span<const Metric> known_metrics();
/// Nothing for a metric that nobody measures.
std::optional<Metric> find_metric(std::string_view name);
/// "complexity, documentation, ...".
std::string metric_names();

/// What makes a value as bad as it is.
struct Place {
    std::string name, file;
    std::int32_t line = 0;
    std::string detail;
};

struct Measurement {
    std::optional<double> value;  ///< to two decimals
    std::string reason;           ///< why there is none
    std::vector<Place> where;     ///< the worst first, a few
};

/// By a metric of changes.
Measurement measure_change(std::string_view metric, const codebase::ChangedCode& code);
Measurement measure_failures(const std::vector<workflows::Progress::RecentFailure>& failures);

/// How a step, or the run, did by a gate.
struct GateOutcome {
    Gate gate;
    std::optional<int> step;
    Measurement measured;

    bool is_measured() const { return measured.value.has_value(); }
    bool is_missed() const;
    /// "step 2: complexity is 12 points, at most 7 wanted".
    std::string message() const;
    boost::json::object to_json() const;
};

/// Nothing can be measured by the gate, for this reason.
GateOutcome not_measured(Gate gate, std::optional<int> step, std::string reason);

/// Why a gate cannot be measured by, whatever the change: nobody knows its metric, or it counts otherwise. Empty when
/// it can.
std::string fault_of(const Gate& gate);

/// Checks a gate that somebody wants, and fills in what its metric decides: the unit and the description. Errors:
/// workflows.unknown_metric, workflows.bad_threshold.
Result<workflows::QualityGate> checked_gate(workflows::QualityGate gate);

boost::json::object to_json(const workflows::QualityGate& gate);

/// What a person is told of the gates that a run has missed, as its validations say.
std::vector<std::string> missed_gates(const std::vector<workflows::Validation>& validations);

inline constexpr std::string_view gates_validation = "quality_gates_pass";

}  // namespace gsdb::engine
