// Runs whose changes are held against quality gates, with a code graph of the repository.

#include <mutex>

#include "engine/quality_gates.hpp"
#include "engine_fixture.hpp"
#include "integrations/git/source.hpp"
#include "modules/codebase/index_run.hpp"

namespace gsdb::engine {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class GatesTest : public EngineTest {
  protected:
    GatesTest() {
        repository_.write("shop.py", "def sell():\n    \"\"\"Sells.\"\"\"\n    return 1\n");
        repository_.write("test_shop.py", "import shop\n\n\ndef test_sell():\n    assert shop.sell()\n");
        repository_.commit_all("shop");
        base_ = tip("main");
    }

    void gate(const std::string& metric, const std::string& comparison, double threshold, bool is_blocking) {
        value_or_throw(run_task(gates_.set(me_, value_or_throw(checked_gate({.project = project_id_,
                                                                             .metric = metric,
                                                                             .comparison = comparison,
                                                                             .threshold = threshold,
                                                                             .unit = {},
                                                                             .is_blocking = is_blocking,
                                                                             .description = {}})))));
    }
    workflows::Validation gates_validated(Uuid run) {
        workflows::Validation found;
        for (auto& validation : validations(run))
            if (validation.key == gates_validation) found = validation;
        return found;
    }
    /// "1 complexity passed 2", of the last validation.
    std::vector<std::string> outcomes(Uuid run) {
        std::vector<std::string> lines;
        for (const auto& finding : json::parse(gates_validated(run).findings).as_array()) {
            const auto text = [&](const char* name) {
                const auto& value = finding.at(name);
                return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
            };
            const auto value =
                finding.at("value").is_null() ? "-" : fmt::format("{}", finding.at("value").to_number<double>());
            lines.push_back(fmt::format("{} {} {} {}", text("step"), text("metric"), text("outcome"), value));
        }
        return lines;
    }
    json::object finding(Uuid run, std::string_view metric) {
        for (const auto& finding : json::parse(gates_validated(run).findings).as_array())
            if (finding.at("metric").as_string() == metric) return finding.as_object();
        return {};
    }

    IndexedCommit index(const std::string& commit) override {
        const std::lock_guard lock(indexing_);
        const auto tree = value_or_throw(git::open_source(repository_.string(), {.rev = commit}));
        codebase::IndexOptions options;
        options.analysis.threads = 1;
        const auto summary =
            run_task(codebase::run_index(codebases_, default_organization(), *tree, SystemClock(), std::move(options)));
        indexed_.push_back(commit);
        return {.codebase = to_string(summary.codebase), .run = summary.run_number, .text = ""};
    }
    codebase::ChangedCode changed_code(const IndexedCommit& before, const IndexedCommit& after,
                                       const std::vector<codebase::TouchedFile>& files) override {
        return run_task(codebase::changed_code(
            codebases_, default_organization(),
            {.codebase = CodebaseId::parse(after.codebase).value(), .before = before.run, .after = after.run}, files));
    }

    queryc::ModuleDatabase codebase_database_{"codebase", migrate::LayoutKind::split};
    pg::Database<codebase::Database> codebases_{pg::Pool({.connect = codebase_database_.login(), .size_max = 2})};
    workflows::QualityGates gates_{workflows_};
    std::mutex indexing_;
};

constexpr const char* one_step = "# T\n## One\n";
constexpr const char* branching =
    "printf '\\n\\ndef rob(a, b, c):\\n    if a and b and c:\\n        return eval(a)\\n    return 2\\n' >> shop.py\n";

TEST_F(GatesTest, AChangeThatMissesABlockingGateGoesBackToTheAgentWithWhatWasWrong) {
    gate("complexity", "at_most", 2, true);
    agent(std::string("if test $GSDB_ATTEMPT = 1; then ") + branching +
          "else grep -q 'complexity is 4 points, at most 2 wanted; rob at shop.py:6 (4)' \"$GSDB_PROMPT_FILE\"\n"
          "printf 'def sell():\\n    \"\"\"Sells.\"\"\"\\n    return 2\\n' > shop.py; fi\n");
    const auto id = start(parameters(one_step));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(step_tasks(id).at(0).attempts, 2);
    EXPECT_EQ(gates_validated(id).status, "passed");
    EXPECT_THAT(outcomes(id), Contains("1 complexity passed 1"));
    EXPECT_THAT(remarks(), HasSubstr("failed (gates_missed); it is tried again"));
    // What the folder holds is what questions are about afterwards.
    EXPECT_EQ(indexed_.back(), "");
}

TEST_F(GatesTest, WithoutAnAttemptLeftTheRunFailsWithTheGate) {
    gate("new_risks", "at_most", 0, true);
    agent(branching);
    auto asked = parameters(one_step);
    asked.attempts_max = 1;
    const auto run = carry(start(asked));
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(),
                AllOf(HasSubstr("gates_missed"), HasSubstr("new_risks is 1 issues, at most 0 wanted"),
                      HasSubstr("risk/dynamic-code at shop.py:8")));
}

TEST_F(GatesTest, TheDefaultGatesDoNotBlockAndAreSaidAndWhatNobodyKnowsIsNeverPassed) {
    value_or_throw(run_task(gates_.set(me_, {.project = project_id_,
                                             .metric = "beauty",
                                             .comparison = "at_least",
                                             .threshold = 1,
                                             .unit = "points",
                                             .is_blocking = true,
                                             .description = {}})));
    agent(std::string("if test $GSDB_STEP = 2; then echo words > notes.md; exit; fi\n") + branching);
    const auto id = start(parameters("# T\n## One\n## Two\n"));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(gates_validated(id).status, "passed");
    EXPECT_THAT(
        outcomes(id),
        ElementsAre("1 complexity passed 4", "1 documentation missed 0", "1 duplication passed 0",
                    testing::StartsWith("1 new_issues missed"), "1 new_risks missed 1", "1 tested_functions missed 0",
                    "2 complexity not_measured -", "2 documentation not_measured -", "2 duplication not_measured -",
                    "2 new_issues passed 0", "2 new_risks passed 0", "2 tested_functions not_measured -",
                    "null beauty not_measured -", "null recent_failures passed 0"));
    EXPECT_THAT(std::string(finding(id, "beauty").at("reason").as_string()),
                HasSubstr("nobody measures it; what is measured: complexity"));
    const auto documentation = finding(id, "documentation");
    EXPECT_EQ(documentation.at("where").at(0),
              (json::object{{"name", "rob"}, {"file", "shop.py"}, {"line", 6}, {"detail", "has no description"}}));
    EXPECT_EQ(documentation.at("is_blocking"), false);
    EXPECT_THAT(missed_gates(validations(id)), SizeIs(4));
    EXPECT_THAT(remarks(), HasSubstr("quality gate missed by step 1: documentation is 0 percent, at least 70 wanted"));
    const auto report = json::parse(*stages(id).back().output).as_object();
    EXPECT_THAT(report.at("missed_gates").as_array(), SizeIs(4));
    EXPECT_THAT(std::string(report.at("summary").as_string()), HasSubstr("4 quality gates are missed"));
}

TEST_F(GatesTest, AChangeThatKeepsAllGatesPasses) {
    gate("documentation", "at_least", 100, true);
    gate("tested_functions", "at_least", 100, true);
    agent(
        "printf '\\n\\ndef buy():\\n    \"\"\"Buys.\"\"\"\\n    return 2\\n' >> shop.py\n"
        "printf '    assert shop.buy()\\n' >> test_shop.py\n");
    const auto id = start(parameters(one_step));
    const auto run = carry(id);
    ASSERT_EQ(run.status, "completed") << run.status_reason.value_or("") << remarks();
    EXPECT_EQ(step_tasks(id).at(0).attempts, 1);
    EXPECT_THAT(outcomes(id), AllOf(Contains("1 documentation passed 100"), Contains("1 tested_functions passed 100"),
                                    Contains("1 complexity passed 1")));
    EXPECT_THAT(missed_gates(validations(id)), IsEmpty());
}

TEST_F(GatesTest, WhatHistoryMissesFailsTheValidationUntilTheGateIsAnother) {
    agent("false\n");
    auto asked = parameters(one_step);
    asked.attempts_max = 1;
    ASSERT_EQ(carry(start(asked)).status, "failed");
    agent("echo words > notes.md\n");
    gate("recent_failures", "at_most", 0, true);
    const auto id = start(asked);
    const auto run = carry(id);
    EXPECT_EQ(run.status, "failed");
    EXPECT_THAT(run.status_reason.value(),
                AllOf(HasSubstr("changes miss quality gates that block"),
                      HasSubstr("recent_failures is 1 failures, at most 0 wanted"), HasSubstr("task_execution")));
    EXPECT_EQ(gates_validated(id).status, "failed");
    EXPECT_THAT(repository_.git("branch --list dev"), IsEmpty());
    gate("recent_failures", "at_most", 0, false);
    ASSERT_TRUE(run_task(executions_.retry(me_, id, "the gate was changed")));
    EXPECT_EQ(carry(id).status, "completed") << remarks();
}

}  // namespace
}  // namespace gsdb::engine
