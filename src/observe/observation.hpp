#pragma once
// One observation, many sinks: code says what happened once, sinks turn it into a log line, a metric, or both.
//
//     struct StatementRan {
//         std::string statement;
//         double seconds;
//         static constexpr Definition definition{.name = "pg_statement", .description = "A statement ended.",
//             .level = Level::debug, .measure = {.field = "seconds", .kind = Measure::histogram}, .labels =
//             {"statement"}};
//         Fields fields() const { return {{"statement", statement}, {"seconds", seconds}}; }
//     };
//     observe::emit(StatementRan{...});
//
// Fields never carry secrets or the values of statement parameters.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gsdb::observe {

enum class Level { trace, debug, info, warn, error, off };

std::string_view to_string(Level level);

struct Field {
    std::string_view name;
    std::variant<std::int64_t, double, bool, std::string> value;
};
using Fields = std::vector<Field>;

/// What of an observation becomes a metric. The name on /metrics is gsdb_<name>_<field> for histograms and gauges,
/// gsdb_<name>_total for counters. `field` is empty for a counter that counts occurrences.
struct Measure {
    enum Kind { none, counter, gauge, histogram };
    std::string_view field{};
    Kind kind = none;
};

struct Definition {
    std::string_view name;         ///< snake_case, unique in the program
    std::string_view description;  ///< a sentence for the reference page and /metrics
    Level level = Level::debug;
    Measure measure{};
    std::array<std::string_view, 3> labels{};  ///< fields that become labels: few distinct values only
};

/// Takes every observation; must not throw and must not block for long. Called from any thread.
using Sink = std::function<void(const Definition&, const Fields&)>;

/// Adds a sink for the life of the program. Called at start-up, before other threads run.
void add_sink(Sink sink);

void emit(const Definition& definition, const Fields& fields);

template <class Observation>
void emit(const Observation& observation) {
    emit(Observation::definition, observation.fields());
}

}  // namespace gsdb::observe
