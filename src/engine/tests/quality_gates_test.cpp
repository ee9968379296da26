// What metrics make of a change, and thresholds of metrics.

#include "engine/quality_gates.hpp"

#include <gmock/gmock.h>

namespace gsdb::engine {
namespace {

using codebase::ChangedCode;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ChangedCode::Element function(const std::string& name, std::optional<int> complexity,
                              std::optional<bool> is_documented = {}, std::optional<bool> is_reached = {}) {
    return {.path = "a.py",
            .name = name,
            .line = 3,
            .cyclomatic_complexity = complexity,
            .is_documented = is_documented,
            .is_reached_by_a_test = is_reached};
}

TEST(QualityGates, ComplexityIsTheMeanOfFunctionsAndShowsTheWorst) {
    const ChangedCode code{.elements = {function("simple", 1), function("Type", std::nullopt), function("hard", 9),
                                        function("middling", 3)},
                           .copies = {},
                           .issues = {}};
    const auto made = measure_change("complexity", code);
    EXPECT_EQ(made.value, 4.33);
    ASSERT_THAT(made.where, SizeIs(3));
    EXPECT_EQ(made.where[0].name, "hard");
    EXPECT_EQ(made.where[0].detail, "9");
}

TEST(QualityGates, SharesAreOfWhatTheyCanBeSaidOf) {
    const ChangedCode code{.elements = {function("a", 1, true, false), function("b", 1, false, true),
                                        function("c", 1, std::nullopt, std::nullopt), function("d", 1, true, true)},
                           .copies = {},
                           .issues = {}};
    const auto documentation = measure_change("documentation", code), tested = measure_change("tested_functions", code);
    EXPECT_EQ(documentation.value, 66.67);
    EXPECT_THAT(documentation.where, ElementsAre(Field(&Place::name, "b")));
    EXPECT_EQ(tested.value, 66.67);
    EXPECT_THAT(tested.where, ElementsAre(Field(&Place::name, "a")));
}

TEST(QualityGates, DuplicationIsOfAddedLines) {
    const ChangedCode code{.elements = {},
                           .lines_added = 40,
                           .lines_copied = 10,
                           .copies = {{"a.py", 1, 2, "b.py", 7}, {"a.py", 10, 17, "c.py", 4}},
                           .issues = {}};
    const auto made = measure_change("duplication", code);
    EXPECT_EQ(made.value, 25);
    EXPECT_EQ(made.where.at(0).name, "lines 10 to 17");
    EXPECT_EQ(made.where.at(0).detail, "like c.py:4");
}

TEST(QualityGates, RisksAreSomeOfTheIssues) {
    const ChangedCode code{.elements = {},
                           .copies = {},
                           .issues = {{"risk/unwrap", "risk", "warning", "a.rs", 4, "Taken without looking."},
                                      {"unused/import", "unused", "note", "a.rs", 1, "Not used."}}};
    EXPECT_EQ(measure_change("new_issues", code).value, 2);
    const auto risks = measure_change("new_risks", code);
    EXPECT_EQ(risks.value, 1);
    EXPECT_THAT(risks.where, ElementsAre(Field(&Place::file, "a.rs")));
}

TEST(QualityGates, WhatCannotBeMeasuredHasAReasonAndIsNeverPassedOrMissed) {
    for (const auto* metric : {"complexity", "documentation", "duplication", "tested_functions"}) {
        const GateOutcome outcome{
            .gate = {.metric = metric, .comparison = "at_least", .unit = "percent", .threshold = 1},
            .step = 2,
            .measured = measure_change(metric, {})};
        EXPECT_FALSE(outcome.is_measured()) << metric;
        EXPECT_FALSE(outcome.is_missed()) << metric;
        EXPECT_EQ(outcome.to_json().at("outcome"), "not_measured");
        EXPECT_THAT(outcome.message(), testing::StartsWith(std::string("step 2: ") + metric + " is not measured: no"));
    }
    EXPECT_EQ(measure_change("new_issues", {}).value, 0);
}

TEST(QualityGates, AThresholdIsJustGoodEnough) {
    const auto outcome = [](const char* comparison, double value) {
        return GateOutcome{
            .gate = {.metric = "complexity", .comparison = comparison, .unit = "points", .threshold = 7.5},
            .step = {},
            .measured = {.value = value, .reason = {}, .where = {}}};
    };
    EXPECT_FALSE(outcome("at_most", 7.5).is_missed());
    EXPECT_TRUE(outcome("at_most", 7.51).is_missed());
    EXPECT_FALSE(outcome("at_least", 7.5).is_missed());
    EXPECT_TRUE(outcome("at_least", 7.49).is_missed());
    EXPECT_EQ(outcome("at_most", 8).message(), "complexity is 8 points, at most 7.5 wanted");
}

TEST(QualityGates, FailuresAreCountedWithTheirRuns) {
    const auto made = measure_failures({{.execution = Uuid{}, .stage = "task_execution", .message = "x\nmore"}});
    EXPECT_EQ(made.value, 1);
    EXPECT_EQ(made.where.at(0).name, "run 000000000000, task_execution");
    EXPECT_EQ(made.where.at(0).detail, "x");
    EXPECT_EQ(measure_failures({}).value, 0);
}

TEST(QualityGates, AGateThatCountsOtherwiseThanItsMetricIsAtFault) {
    EXPECT_THAT(fault_of({.metric = "complexity", .comparison = "at_most", .unit = "score"}),
                HasSubstr("the gate counts score, and the metric points"));
    EXPECT_THAT(fault_of({.metric = "security", .comparison = "at_least", .unit = "score"}),
                HasSubstr("nobody measures it"));
    EXPECT_THAT(fault_of({.metric = "complexity", .comparison = "at_most", .unit = "points"}), IsEmpty());
}

TEST(QualityGates, WhatSomebodyWantsIsChecked) {
    const auto wanted = [](const char* metric, double threshold) {
        return checked_gate({.project = {},
                             .metric = metric,
                             .comparison = "at_least",
                             .threshold = threshold,
                             .unit = {},
                             .description = {}});
    };
    EXPECT_EQ(wanted("documentation", 100)->unit, "percent");
    EXPECT_FALSE(wanted("documentation", 100)->description.empty());
    EXPECT_EQ(wanted("documentation", 100.5).error().code, "workflows.bad_threshold");
    EXPECT_EQ(wanted("complexity", -1).error().code, "workflows.bad_threshold");
    EXPECT_EQ(wanted("complexity", std::numeric_limits<double>::quiet_NaN()).error().code, "workflows.bad_threshold");
    const auto unknown = wanted("beauty", 1).error();
    EXPECT_EQ(unknown.code, "workflows.unknown_metric");
    EXPECT_THAT(unknown.detail, HasSubstr("complexity, documentation, duplication"));
}

}  // namespace
}  // namespace gsdb::engine
