// From the text of a requirement to its steps.

#include "modules/tasks/plan.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <random>

#include "modules/tasks/plan_json.hpp"
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

TEST(PlanFromMarkdown, AnEscapeLetsALineMeanNothing) {
    const auto plan = plan_of(
        "# &#80;lan\n## Steps\n### 1. &#40;depends on x)\n\\## no heading\n  &#68;epends on: nobody\n- [ ] \\- [ ] a "
        "box\n");
    EXPECT_EQ(plan.title, "Plan");
    ASSERT_THAT(names_of(plan), ElementsAre("(depends on x)"));
    EXPECT_EQ(plan.steps[0].description, "## no heading\n  Depends on: nobody");
    EXPECT_THAT(plan.steps[0].acceptance_criteria, ElementsAre("- [ ] a box"));
    EXPECT_EQ(plan_of("# T\n## A\n\\x &#7; &#68\n").steps[0].description, "\\x &#7; &#68");
}

// ---- as Markdown and as JSON ------------------------------------------------------------------------------------

/// Plans whose texts are made of what means something in Markdown.
class MadeUpPlans {
  public:
    explicit MadeUpPlans(unsigned seed) : random_(seed) {}

    Plan next() {
        Plan plan{.title = line(), .steps = std::vector<PlannedStep>(1 + below(4)), .acceptance_criteria = lines()};
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            auto& step = plan.steps[i];
            step = {.name = line(),
                    .description = text(),
                    .acceptance_criteria = lines(),
                    .approach = text(),
                    .technical_requirements = text()};
            for (std::size_t before = 0; before < i; ++before)
                if (below(2) == 0) step.depends_on.push_back(before);
            if (below(2) == 0) step.estimated_hours = static_cast<double>(below(100'000)) / 100;
            if (below(2) == 0) step.complexity = static_cast<int>(1 + below(10));
        }
        return plan;
    }

  private:
    std::size_t below(std::size_t end) { return random_() % end; }
    std::string made_of(const std::vector<std::string>& pieces) {
        std::string text;
        for (auto count = below(9); count > 0; --count) text += pieces[below(pieces.size())];
        const auto start = text.find_first_not_of(" \t\r\n");
        return start == std::string::npos ? "" : text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
    }
    std::string line() {
        auto text = made_of(pieces_);
        return text.empty() ? "x" : text;
    }
    std::string text() {
        auto pieces = pieces_;
        pieces.insert(pieces.end(), {"\n", "\n", "\n", "\n\n", "\n```\n", "\n~~~\n", "\n    "});
        return made_of(pieces);
    }
    std::vector<std::string> lines() {
        std::vector<std::string> all(below(3));
        for (auto& one : all) one = line();
        return all;
    }

    std::minstd_rand random_;
    const std::vector<std::string> pieces_{"# ",
                                           "## ",
                                           "#",
                                           "- ",
                                           "- [ ] ",
                                           "1. ",
                                           "2",
                                           "Depends on: ",
                                           "depends",
                                           " on ",
                                           "Estimate: ",
                                           "Complexity: ",
                                           "3",
                                           ", ",
                                           "A",
                                           "```",
                                           "~~~",
                                           "Step 2: ",
                                           "(",
                                           ")",
                                           "(depends on 1)",
                                           "**",
                                           "_",
                                           ":",
                                           "\xC3\xA4",
                                           "   ",
                                           "Acceptance criteria:",
                                           "Approach",
                                           "Technical requirements:",
                                           "Steps",
                                           "Plan",
                                           "Notes",
                                           "\\",
                                           "&#68;",
                                           "&#",
                                           ";",
                                           "nothing",
                                           "\t"};
};

TEST(Plan, IsTheSameBehindMarkdownAndBehindJson) {
    constexpr unsigned seed = 5;
    MadeUpPlans plans(seed);
    for (int round = 0; round < 500; ++round) {
        const auto plan = plans.next();
        ASSERT_THAT(problems_of(plan), IsEmpty());
        const auto markdown = markdown_of(plan);
        const auto read = plan_from_markdown(markdown);
        ASSERT_TRUE(read) << markdown << read.error().message;
        ASSERT_TRUE(*read == plan) << round << "\n" << markdown << "\n---- reads as\n" << markdown_of(*read);
        const auto json = plan_from_json(json_of(plan));
        ASSERT_TRUE(json) << json_of(plan) << json.error().front();
        ASSERT_TRUE(*json == plan) << json_of(plan);
    }
}

TEST(Plan, IsWrittenAsAPersonWouldWriteIt) {
    const auto plan = plan_of(headed);
    EXPECT_EQ(markdown_of(plan), R"(# Greet people politely

## Steps

### 1. Add a farewell

Write `farewell(name)` beside `greeting`.

Estimate: 2 h
Complexity: 3

#### Acceptance criteria
- [ ] `$ python3 -m unittest` passes
- [ ] The farewell names the person

#### Approach
A function of its own.

### 2. Use it

```
## not a heading
- not an item
```

Depends on: 1

#### Acceptance criteria
- [ ] The command says goodbye

### 3. Document both

Depends on: 1, 2

## Acceptance criteria
- [ ] `$ make check` passes
)");
}

std::vector<std::string> problems_in(std::string_view json) {
    const auto plan = plan_from_json(json);
    return plan ? std::vector<std::string>{} : plan.error();
}

TEST(PlanFromJson, ReadsWhatTheSchemaSays) {
    const auto plan = plan_from_json(R"(```json
{"title": " T ", "acceptance_criteria": ["`$ true`"], "steps": [
  {"name": "One", "description": "first\n"},
  {"name": "Two", "description": "", "depends_on": ["One", 1], "estimated_hours": 1.239, "complexity": null,
   "approach": "so", "technical_requirements": "this", "acceptance_criteria": ["it is"]}]}
```)");
    ASSERT_TRUE(plan) << plan.error().front();
    EXPECT_EQ(*plan, (Plan{.title = "T",
                           .steps = {{.name = "One", .description = "first"},
                                     {.name = "Two",
                                      .acceptance_criteria = {"it is"},
                                      .approach = "so",
                                      .technical_requirements = "this",
                                      .depends_on = {0},
                                      .estimated_hours = 1.24}},
                           .acceptance_criteria = {"`$ true`"}}));
}

TEST(PlanFromJson, NamesAllThatIsWrongAtOnce) {
    EXPECT_THAT(problems_in(R"({"title": 1, "more": 0, "acceptance_criteria": ["", 2], "steps": [
        {"name": "A", "description": "d", "depends_on": ["B", "C", 9, true, 2]},
        {"name": "B", "description": "d", "depends_on": [1], "hours": 3, "estimated_hours": -1, "complexity": 11},
        {"description": 5, "complexity": 1.5, "acceptance_criteria": "no", "estimated_hours": "2"},
        "no"]})"),
                testing::UnorderedElementsAre(
                    "title: it is not a text", "more: there is no such field", "acceptance_criteria 1: it is empty",
                    "acceptance_criteria 2: it is not a text", "step 1, depends_on 2: there is no step \"C\"",
                    "step 1, depends_on 3: there is no step 9",
                    "step 1, depends_on 4: it is not the number or the name of a step",
                    "step 2, hours: there is no such field", "step 2, estimated_hours: -1 is not within 0 and 1000",
                    "step 2, complexity: 11 is not within 1 and 10", "step 3, name: it is missing",
                    "step 3, description: it is not a text", "step 3, complexity: it is not a whole number",
                    "step 3, acceptance_criteria: it is not an array", "step 3, estimated_hours: it is not a number",
                    "step 4, all of it: it is not an object", "step 4, name: it is empty",
                    "steps: they wait for each other in a circle: 1 (A) waits for 2 (B) waits for 1 again"));
    EXPECT_THAT(problems_in(""), ElementsAre("there is no answer"));
    EXPECT_THAT(problems_in("I think"), ElementsAre(HasSubstr("no JSON")));
    EXPECT_THAT(problems_in("[]"), ElementsAre("the answer is no JSON object"));
    EXPECT_THAT(problems_in("{}"), testing::UnorderedElementsAre("title: it is missing", "steps: it is missing"));
    EXPECT_THAT(problems_in(R"({"title": "T", "steps": []})"), ElementsAre("steps: there are none"));
    EXPECT_THAT(problems_in(R"({"title": "T\u0000", "steps": [{"name": "A", "description": "", "depends_on": ["A"]},
                               {"name": "A\nB", "description": ""}, {"name": "A", "description": ""}]})"),
                testing::UnorderedElementsAre("title: it has a NUL", "step 2, name: it has more than one line",
                                              "step 1, depends_on 1: more than one step is called \"A\""));
}

TEST(PlanFromJson, KeepsToTheSizesThatTheSchemaHas) {
    Plan plan{.title = "T", .steps = std::vector<PlannedStep>(steps_max, {.name = "A"}), .acceptance_criteria = {}};
    EXPECT_THAT(problems_in(json_of(plan)), IsEmpty());
    plan.steps.push_back({.name = "A"});
    plan.steps[1].name = std::string(name_bytes_max + 1, 'x');
    plan.steps[2].description = std::string(text_bytes_max + 1, 'x');
    plan.acceptance_criteria = std::vector<std::string>(criteria_max + 1, "c");
    EXPECT_THAT(problems_in(json_of(plan)),
                testing::UnorderedElementsAre("steps: there are 201, more than 200",
                                              "step 2, name: it has 401 bytes, more than 400",
                                              "step 3, description: it has 20001 bytes, more than 20000",
                                              "acceptance_criteria: there are 51, more than 50"));
    const auto schema = boost::json::parse(plan_schema());
    EXPECT_EQ(schema.at_pointer("/properties/steps/maxItems").as_int64(), steps_max);
    EXPECT_EQ(schema.at_pointer("/$defs/name/maxLength").as_int64(), name_bytes_max);
    EXPECT_EQ(schema.at_pointer("/$defs/text/maxLength").as_int64(), text_bytes_max);
    EXPECT_EQ(schema.at_pointer("/$defs/criteria/maxItems").as_int64(), criteria_max);
    EXPECT_EQ(schema.at_pointer("/$defs/criteria/items/maxLength").as_int64(), criterion_bytes_max);
    EXPECT_EQ(schema.at_pointer("/$defs/step/properties/estimated_hours/maximum").as_int64(), hours_max);
    // What is written has the schema's fields, all of them.
    const auto whole = boost::json::parse(json_of(
        {.title = "T", .steps = {{.name = "A", .estimated_hours = 1, .complexity = 1}}, .acceptance_criteria = {}}));
    const auto& step = whole.at_pointer("/steps/0").as_object();
    const auto& fields = schema.at_pointer("/$defs/step/properties").as_object();
    EXPECT_EQ(step.size(), fields.size());
    for (const auto& [name, value] : fields) EXPECT_TRUE(step.contains(name)) << name;
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
