#include "engine/quality_gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "base/or_null.hpp"
#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

using codebase::ChangedCode;
using Element = ChangedCode::Element;

constexpr std::size_t places_max = 5;

constexpr std::array metrics{
    Metric{"complexity", "points", "Mean cyclomatic complexity of the functions that the change adds or touches."},
    Metric{"documentation", "percent",
           "Public functions and types that the change adds or touches and that are described."},
    Metric{"duplication", "percent", "Lines that the change adds and that stand elsewhere, too."},
    Metric{"new_issues", "issues", "Issues that the change brings."},
    Metric{"new_risks", "issues", "Issues of the category risk that the change brings."},
    Metric{"recent_failures", "failures",
           "Attempts at stages that failed in other runs on the repository in the last seven days.", false},
    Metric{"tested_functions", "percent", "Functions that the change adds or touches and that a test reaches."},
};

double rounded(double value) {
    constexpr double hundredths = 100;
    return std::round(value * hundredths) / hundredths;
}

Measurement none(std::string reason) {
    return {.value = std::nullopt, .reason = std::move(reason), .where = {}};
}

double percent(std::size_t part, std::size_t whole) {
    return rounded(100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

Measurement measure_complexity(const ChangedCode& code) {
    std::vector<const Element*> functions;
    double sum = 0;
    for (const auto& element : code.elements)
        if (element.cyclomatic_complexity) {
            functions.push_back(&element);
            sum += *element.cyclomatic_complexity;
        }
    if (functions.empty()) return none("no function was added or touched");
    std::ranges::sort(functions, {}, [](const Element* e) {
        return std::tuple(-*e->cyclomatic_complexity, std::string_view(e->path), e->line);
    });
    Measurement made{.value = rounded(sum / static_cast<double>(functions.size())), .reason = {}, .where = {}};
    for (std::size_t i = 0; i < std::min(places_max, functions.size()); ++i)
        made.where.push_back({.name = functions[i]->name,
                              .file = functions[i]->path,
                              .line = functions[i]->line,
                              .detail = std::to_string(*functions[i]->cyclomatic_complexity)});
    return made;
}

/// The share of elements of which something is true, of those that it can be said of; the others are where.
Measurement measure_share(const ChangedCode& code, std::optional<bool> Element::* property, const std::string& nothing,
                          const std::string& what_is_wrong) {
    std::size_t all = 0, good = 0;
    Measurement made;
    for (const auto& element : code.elements) {
        const auto& is_good = element.*property;
        if (!is_good) continue;
        ++all;
        if (*is_good)
            ++good;
        else if (made.where.size() < places_max)
            made.where.push_back(
                {.name = element.name, .file = element.path, .line = element.line, .detail = what_is_wrong});
    }
    if (all == 0) return none(nothing);
    made.value = percent(good, all);
    return made;
}

Measurement measure_duplication(const ChangedCode& code) {
    if (code.lines_added == 0) return none("no line was added in a language that is understood");
    Measurement made{
        .value = percent(static_cast<std::size_t>(code.lines_copied), static_cast<std::size_t>(code.lines_added)),
        .reason = {},
        .where = {}};
    auto copies = code.copies;
    std::ranges::sort(copies, {}, [](const ChangedCode::Copy& copy) {
        return std::tuple(copy.first_line - copy.last_line, std::string_view(copy.path), copy.first_line);
    });
    for (std::size_t i = 0; i < std::min(places_max, copies.size()); ++i)
        made.where.push_back({.name = fmt::format("lines {} to {}", copies[i].first_line, copies[i].last_line),
                              .file = copies[i].path,
                              .line = copies[i].first_line,
                              .detail = fmt::format("like {}:{}", copies[i].other_path, copies[i].other_line)});
    return made;
}

/// Of one category, or of all where it is empty.
Measurement measure_issues(const ChangedCode& code, std::string_view category) {
    Measurement made{.value = 0, .reason = {}, .where = {}};
    for (const auto& issue : code.issues) {
        if (!category.empty() && issue.category != category) continue;
        ++*made.value;
        if (made.where.size() < places_max)
            made.where.push_back({.name = issue.rule, .file = issue.path, .line = issue.line, .detail = issue.message});
    }
    return made;
}

std::string text_of(const Place& place) {
    auto text = place.name;
    if (!place.file.empty()) text += fmt::format(" at {}:{}", place.file, place.line);
    return place.detail.empty() ? text : fmt::format("{} ({})", text, place.detail);
}

json::object place_json(const Place& place) {
    return {{"name", place.name},
            {"file", place.file.empty() ? json::value() : json::value(place.file)},
            {"line", place.file.empty() ? json::value() : json::value(place.line)},
            {"detail", place.detail}};
}

std::string_view words_of(std::string_view comparison) {
    return comparison == "at_least" ? "at least" : "at most";
}

}  // namespace

std::span<const Metric> known_metrics() {
    return metrics;
}

std::optional<Metric> find_metric(std::string_view name) {
    const auto found = std::ranges::find(metrics, name, &Metric::name);
    return found == metrics.end() ? std::nullopt : std::optional(*found);
}

std::string metric_names() {
    std::string names;
    for (const auto& metric : metrics) names += fmt::format("{}{}", names.empty() ? "" : ", ", metric.name);
    return names;
}

Measurement measure_change(std::string_view metric, const ChangedCode& code) {
    if (metric == "complexity") return measure_complexity(code);
    if (metric == "documentation")
        return measure_share(code, &Element::is_documented, "nothing that others may use was added or touched",
                             "has no description");
    if (metric == "duplication") return measure_duplication(code);
    if (metric == "new_issues") return measure_issues(code, "");
    if (metric == "new_risks") return measure_issues(code, "risk");
    if (metric == "tested_functions")
        return measure_share(code, &Element::is_reached_by_a_test,
                             "no function that is no test, and whose calls can be followed, was added or touched",
                             "no test reaches it");
    return none(fmt::format("{} is not measured on a change", metric));
}

Measurement measure_failures(const std::vector<workflows::Progress::RecentFailure>& failures) {
    Measurement made{.value = static_cast<double>(failures.size()), .reason = {}, .where = {}};
    for (std::size_t i = 0; i < std::min(places_max, failures.size()); ++i)
        made.where.push_back(
            {.name = fmt::format("run {}, {}", workflows::short_id(failures[i].execution), failures[i].stage),
             .file = {},
             .line = 0,
             .detail = failures[i].message.substr(0, failures[i].message.find('\n'))});
    return made;
}

// ---- outcomes ---------------------------------------------------------------------------------------------------

bool GateOutcome::is_missed() const {
    if (!measured.value) return false;
    return gate.comparison == "at_least" ? *measured.value < gate.threshold : *measured.value > gate.threshold;
}

std::string GateOutcome::message() const {
    auto text = step ? fmt::format("step {}: ", *step) : std::string();
    if (!measured.value) return text + fmt::format("{} is not measured: {}", gate.metric, measured.reason);
    text += fmt::format("{} is {} {}, {} {} wanted", gate.metric, *measured.value, gate.unit, words_of(gate.comparison),
                        gate.threshold);
    if (!is_missed() || measured.where.empty()) return text;
    text += "; ";
    for (const auto& place : measured.where)
        text += fmt::format("{}{}", &place == &measured.where.front() ? "" : ", ", text_of(place));
    return text;
}

json::object GateOutcome::to_json() const {
    json::array where;
    for (const auto& place : measured.where) where.push_back(place_json(place));
    return {{"step", or_null(step)},
            {"metric", gate.metric},
            {"outcome", !is_measured() ? "not_measured"
                        : is_missed()  ? "missed"
                                       : "passed"},
            {"value", or_null(measured.value)},
            {"comparison", gate.comparison},
            {"threshold", gate.threshold},
            {"unit", gate.unit},
            {"is_blocking", gate.is_blocking},
            {"reason", measured.reason.empty() ? json::value() : json::value(measured.reason)},
            {"where", std::move(where)},
            {"message", message()}};
}

GateOutcome not_measured(Gate gate, std::optional<int> step, std::string reason) {
    return {.gate = std::move(gate), .step = step, .measured = none(std::move(reason))};
}

std::string fault_of(const Gate& gate) {
    const auto metric = find_metric(gate.metric);
    if (!metric) return fmt::format("nobody measures it; what is measured: {}", metric_names());
    if (metric->unit != gate.unit)
        return fmt::format("the gate counts {}, and the metric {}; gsdb workflow gate set mends it", gate.unit,
                           metric->unit);
    return "";
}

std::vector<std::string> missed_gates(const std::vector<workflows::Validation>& validations) {
    const json::array* last = nullptr;
    json::value findings;
    for (const auto& validation : validations) {
        if (validation.key != gates_validation) continue;
        findings = json::parse(validation.findings);
        last = findings.if_array();
    }
    std::vector<std::string> missed;
    if (last == nullptr) return missed;
    for (const auto& finding : *last)
        if (finding.is_object() && text_in(finding.get_object(), "outcome") == "missed")
            missed.push_back(text_in(finding.get_object(), "message"));
    return missed;
}

// ---- what somebody wants ----------------------------------------------------------------------------------------

Result<workflows::QualityGate> checked_gate(workflows::QualityGate gate) {
    constexpr double threshold_max = 1e9;
    const auto metric = find_metric(gate.metric);
    if (!metric)
        return std::unexpected(Error{.code = "workflows.unknown_metric",
                                     .message = fmt::format("nobody measures {}", gate.metric),
                                     .detail = fmt::format("what is measured: {}", metric_names()),
                                     .hint = "docs/guides/workflows.md says what each of them means",
                                     .exit_code = ExitCode::usage});
    const auto most = metric->unit == "percent" ? 100 : threshold_max;
    if (!(gate.threshold >= 0 && gate.threshold <= most))
        return std::unexpected(Error{.code = "workflows.bad_threshold",
                                     .message = fmt::format("{} is no threshold for {}", gate.threshold, gate.metric),
                                     .detail = fmt::format("it counts {}, from 0 to {}", metric->unit, most),
                                     .hint = "give a number within that",
                                     .exit_code = ExitCode::usage});
    gate.unit = metric->unit;
    gate.description = metric->description;
    return gate;
}

json::object to_json(const workflows::QualityGate& gate) {
    return {
        {"metric", gate.metric},
        {"comparison", gate.comparison},
        {"threshold", gate.threshold},
        {"unit", gate.unit},
        {"is_blocking", gate.is_blocking},
        {"project", gate.project ? json::value(to_string(*gate.project)) : json::value()},
        {"description", gate.description},
        {"is_measured", fault_of({.metric = gate.metric, .comparison = gate.comparison, .unit = gate.unit}).empty()}};
}

}  // namespace gsdb::engine
