// From the text of a requirement to its steps.

#include "modules/tasks/plan.hpp"

#include <gmock/gmock.h>

#include <random>

#include "modules/tasks/plan_markdown.hpp"

namespace gsdb::tasks {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Plan plan_of(std::string_view text) {
    return value_or_throw(plan_from_markdown(text));
}

std::vector<std::string> names_of(const Plan& plan) {
    std::vector<std::string> names;
    for (const auto& step : plan.steps) names.push_back(step.name);
    return names;
}

constexpr std::string_view headed = R"(# Greet people politely

The service says hello today. It should also say goodbye.

## Background
- It is old.

## 1. Add a farewell
Write `farewell(name)` beside `greeting`.

Estimate: 2 h
Complexity: 3

**Acceptance criteria:**
- [ ] `$ python3 -m unittest` passes
- The farewell names
  the person

### Approach
A function of its own.

## Step 2: Use it
Depends on: 1

- [ ] The command says goodbye

```
## not a heading
- not an item
```

## Document both (depends on Add a farewell and step 2)

## Acceptance criteria
- `$ make check` passes
)";

TEST(PlanFromMarkdown, ReadsStepsBelowHeadings) {
    const auto plan = plan_of(headed);
    EXPECT_EQ(plan.title, "Greet people politely");
    ASSERT_THAT(names_of(plan), ElementsAre("Add a farewell", "Use it", "Document both"));
    const auto& first = plan.steps[0];
    EXPECT_EQ(first.description, "Write `farewell(name)` beside `greeting`.");
    EXPECT_THAT(first.acceptance_criteria,
                ElementsAre("`$ python3 -m unittest` passes", "The farewell names the person"));
    EXPECT_EQ(first.approach, "A function of its own.");
    EXPECT_EQ(first.estimated_hours, 2);
    EXPECT_EQ(first.complexity, 3);
    EXPECT_THAT(first.depends_on, IsEmpty());
    EXPECT_THAT(plan.steps[1].depends_on, ElementsAre(0U));
    EXPECT_THAT(plan.steps[1].acceptance_criteria, ElementsAre("The command says goodbye"));
    EXPECT_THAT(plan.steps[1].description, AllOf(HasSubstr("## not a heading"), HasSubstr("- not an item")));
    EXPECT_THAT(plan.steps[2].depends_on, ElementsAre(0U, 1U));
    EXPECT_THAT(plan.acceptance_criteria, ElementsAre("`$ make check` passes"));
}

TEST(PlanFromMarkdown, ReadsTheItemsOfASectionOfSteps) {
    const auto plan = plan_of(
        "# Two things\n\n## Steps\n1. Make it\n   - [ ] It is there\n   Depends on: nothing\n2. Paint it, nicely\n"
        "   depends on Make it\n3. Show it\n   - depends on: Paint it, nicely\n\n## Notes\n- no step\n");
    EXPECT_THAT(names_of(plan), ElementsAre("Make it", "Paint it, nicely", "Show it"));
    EXPECT_THAT(plan.steps[0].acceptance_criteria, ElementsAre("It is there"));
    EXPECT_THAT(plan.steps[1].depends_on, ElementsAre(0U));
    EXPECT_THAT(plan.steps[2].depends_on, ElementsAre(1U));
}

TEST(PlanFromMarkdown, ReadsAListWithoutHeadings) {
    EXPECT_THAT(names_of(plan_of("Please:\n- [ ] first\n- [x] second\n  - detail\n* third\n")),
                ElementsAre("first", "second", "third"));
}

TEST(PlanFromMarkdown, TakesATextWithoutStructureAsOneStep) {
    const auto plan = plan_of("Say goodbye when the program ends.\nAnd mean it.");
    ASSERT_THAT(names_of(plan), ElementsAre("Say goodbye when the program ends."));
    EXPECT_THAT(plan.steps[0].description, HasSubstr("And mean it."));
}

TEST(PlanFromMarkdown, NamesWhatIsWrong) {
    const auto error_of = [](std::string_view text) { return plan_from_markdown(text).error(); };
    EXPECT_EQ(error_of(" \n\t\n").code, "tasks.empty_requirement");
    const auto unknown = error_of("# T\n## A\nDepends on: B, C\n## B\n");
    EXPECT_EQ(unknown.code, "tasks.unknown_step");
    EXPECT_THAT(unknown.message, HasSubstr("no step c"));
    EXPECT_THAT(unknown.detail, HasSubstr("line 2"));
    EXPECT_EQ(error_of("# T\n## A\nDepends on: 3\n## B\n").code, "tasks.unknown_step");
    EXPECT_EQ(error_of("# T\n## Add x\n## Add y\n## C\nDepends on: add\n").code, "tasks.ambiguous_step");
    const auto circle = error_of("# T\n## A\nDepends on: B\n## B\nDepends on: C\n## C\nDepends on: A\n");
    EXPECT_EQ(circle.code, "tasks.cyclic_plan");
    EXPECT_EQ(circle.detail, "1 (A) waits for 2 (B) waits for 3 (C) waits for 1 again");
    EXPECT_EQ(error_of("# T\n## A\nDepends on: A\n").code, "tasks.cyclic_plan");
}

TEST(PlanFromMarkdown, SurvivesWhateverItIsGiven) {
    std::mt19937 random(7);
    const std::vector<std::string> pieces{"#",
                                          "## ",
                                          "- ",
                                          "- [ ] ",
                                          "1. ",
                                          "Depends on: ",
                                          "1",
                                          ", ",
                                          "A",
                                          "\n",
                                          "\n\n",
                                          "```",
                                          "Step 2: ",
                                          "(depends on 1)",
                                          "**",
                                          ":",
                                          "\xC3\xA4",
                                          "\xFF",
                                          "   ",
                                          "Acceptance criteria:",
                                          "Estimate: 1e400",
                                          "999999999999"};
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (int i = 0; i < 20; ++i) text += pieces[random() % pieces.size()];
        const auto plan = plan_from_markdown(text);
        if (!plan) continue;
        EXPECT_FALSE(plan->steps.empty()) << text;
        EXPECT_EQ(order_of(*plan).size(), plan->steps.size()) << text;
        for (const auto& step : plan->steps) EXPECT_FALSE(step.name.empty()) << text;
    }
}

TEST(Plan, OrderPutsEachStepAfterWhatItDependsOn) {
    std::mt19937 random(11);
    for (int round = 0; round < 200; ++round) {
        Plan plan{.title = "t", .steps = std::vector<PlannedStep>(30), .acceptance_criteria = {}};
        for (std::size_t i = 1; i < 30; ++i)
            for (int k = 0; k < 3; ++k) {
                const auto before = random() % i;
                if (std::ranges::find(plan.steps[i].depends_on, before) == plan.steps[i].depends_on.end())
                    plan.steps[i].depends_on.push_back(before);
            }
        std::vector<std::size_t> at(30);
        const auto order = order_of(plan);
        ASSERT_THAT(order, SizeIs(30));
        for (std::size_t i = 0; i < 30; ++i) at[order[i]] = i;
        for (std::size_t i = 0; i < 30; ++i)
            for (const auto before : plan.steps[i].depends_on) EXPECT_LT(at[before], at[i]);
        EXPECT_THAT(cycle_of(plan), IsEmpty());
        plan.steps[0].depends_on.push_back(order.back());
        const bool is_reached = !cycle_of(plan).empty();
        EXPECT_EQ(is_reached, order_of(plan).size() < 30);
    }
}

TEST(Plan, FindsTheCommandsOfACriterion) {
    EXPECT_THAT(commands_of("`$ make test` and `$ ./x --y` pass, not `make`"), ElementsAre("make test", "./x --y"));
    EXPECT_THAT(commands_of("`$ open"), IsEmpty());
}

TEST(PlanQuality, SaysWhatIsMissing) {
    const auto good = assess(plan_of(headed), headed);
    EXPECT_NEAR(good.coverage, 1, 0.35) << good.findings.size();
    EXPECT_GT(good.score, 70);
    EXPECT_THAT(good.findings, Contains(Field(&PlanQuality::Finding::subject, "Document both")));

    auto plan = plan_of(headed);
    plan.steps.pop_back();
    plan.steps[0].description.clear();
    plan.steps[0].name = "Something different";
    plan.steps[0].acceptance_criteria.clear();
    plan.steps[1].estimated_hours = 40;
    const auto poor = assess(plan, headed);
    EXPECT_LT(poor.score, good.score);
    EXPECT_LT(poor.coverage, good.coverage);
    EXPECT_THAT(poor.findings, Contains(Field(&PlanQuality::Finding::rule, "coverage")));
    EXPECT_THAT(poor.findings, Contains(Field(&PlanQuality::Finding::rule, "size")));
    EXPECT_THAT(poor.findings, Contains(AllOf(Field(&PlanQuality::Finding::rule, "criteria"),
                                              Field(&PlanQuality::Finding::subject, "Something different"))));
    plan.steps[0].depends_on = {1};
    EXPECT_EQ(assess(plan, headed).score, 0);
}

}  // namespace
}  // namespace gsdb::tasks
