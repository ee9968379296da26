// Plans as Markdown that reads back as the same plan: what would mean something else is escaped, and reading it back
// says what that is.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "modules/tasks/markdown_sections.hpp"
#include "modules/tasks/plan_markdown.hpp"

namespace gsdb::tasks {

namespace {

/// The only step of a text.
std::optional<PlannedStep> read_step(std::string_view text) {
    auto plan = plan_from_markdown(text);
    if (!plan || plan->steps.size() != 1 || !plan->acceptance_criteria.empty()) return std::nullopt;
    return std::move(plan->steps[0]);
}

constexpr std::string_view probe = "# T\n\n## Steps\n\n### 1. N\n";

bool is_safe_title(const std::string& title) {
    const auto plan =
        plan_from_markdown(fmt::format("# {}\n\n## Steps\n\n### 1. N\n\n## Acceptance criteria\n- [ ] x\n", title));
    return plan && *plan == Plan{.title = title, .steps = {{.name = "N"}}, .acceptance_criteria = {"x"}};
}

bool is_safe_name(const std::string& name) {
    return read_step(fmt::format("# T\n\n## Steps\n\n### 1. {}\n", name)) == PlannedStep{.name = name};
}

bool is_safe_criterion(const std::string& criterion) {
    const auto step = read_step(fmt::format("{}- [ ] {}\n- [ ] x\n", probe, criterion));
    return step == PlannedStep{.name = "N", .acceptance_criteria = {criterion, "x"}};
}

/// A part of a step that has lines of text.
struct Part {
    std::string_view heading;
    std::string PlannedStep::* text;
};
constexpr Part description{"", &PlannedStep::description}, approach{"#### Approach\n", &PlannedStep::approach},
    technical{"#### Technical requirements\n", &PlannedStep::technical_requirements};

bool is_safe_line(const Part& part, std::string_view line) {
    PlannedStep wanted{.name = "N"};
    wanted.*part.text = fmt::format("x\n{}\nx", line);
    return read_step(fmt::format("{}{}{}\n", probe, part.heading, wanted.*part.text)) == wanted;
}

/// How many of the lines are a block of code that is closed; 0 when it is not.
std::size_t closed_block(const std::vector<MarkdownLine>& lines, std::size_t start) {
    const char fence = fence_of(lines[start].text);
    for (auto i = start + 1; fence != 0 && i < lines.size(); ++i)
        if (fence_of(lines[i].text) == fence) return i - start + 1;
    return 0;
}

std::string safe_text(const Part& part, std::string_view text) {
    const auto lines = lines_of(text);
    std::string safe;
    for (std::size_t i = 0, code_end = 0; i < lines.size(); ++i) {
        if (i >= code_end) code_end = i + closed_block(lines, i);
        const auto& line = lines[i];
        const bool is_safe = i < code_end || line.kind == LineKind::blank ||
                             (fence_of(line.text) == 0 && is_safe_line(part, line.whole));
        safe += (is_safe ? std::string(line.whole) : with_escape(line.whole)) + '\n';
    }
    return safe;
}

void add_part(std::string& text, const Part& part, const PlannedStep& step) {
    if (const auto& said = step.*part.text; !said.empty())
        text += fmt::format("\n{}{}", part.heading, safe_text(part, said));
}

void add_criteria(std::string& text, std::string_view heading, const std::vector<std::string>& criteria) {
    if (criteria.empty()) return;
    text += fmt::format("\n{}\n", heading);
    for (const auto& criterion : criteria)
        text += fmt::format("- [ ] {}\n", is_safe_criterion(criterion) ? criterion : with_escape(criterion));
}

/// By numbers; one in a line where a step's name begins with what they are together.
std::string dependencies_of(const Plan& plan, const PlannedStep& step) {
    std::vector<std::size_t> numbers;
    for (const auto place : step.depends_on) numbers.push_back(place + 1);
    const auto together = fmt::format("{}", fmt::join(numbers, ", "));
    const bool is_a_name = std::ranges::any_of(
        plan.steps, [&](const PlannedStep& other) { return label_of(other.name).starts_with(together); });
    return is_a_name ? fmt::format("{}", fmt::join(numbers, "\nDepends on: ")) : together;
}

void add_step(std::string& text, const Plan& plan, std::size_t place) {
    const auto& step = plan.steps[place];
    text += fmt::format("\n### {}. {}\n", place + 1, is_safe_name(step.name) ? step.name : with_references(step.name));
    add_part(text, description, step);
    std::string figures;
    if (!step.depends_on.empty()) figures += fmt::format("Depends on: {}\n", dependencies_of(plan, step));
    if (step.estimated_hours) figures += fmt::format("Estimate: {} h\n", *step.estimated_hours);
    if (step.complexity) figures += fmt::format("Complexity: {}\n", *step.complexity);
    if (!figures.empty()) text += "\n" + figures;
    add_criteria(text, "#### Acceptance criteria", step.acceptance_criteria);
    add_part(text, approach, step);
    add_part(text, technical, step);
}

}  // namespace

std::string markdown_of(const Plan& plan) {
    auto text = fmt::format("# {}\n\n## Steps\n", is_safe_title(plan.title) ? plan.title : with_references(plan.title));
    for (std::size_t i = 0; i < plan.steps.size(); ++i) add_step(text, plan, i);
    add_criteria(text, "## Acceptance criteria", plan.acceptance_criteria);
    return text;
}

}  // namespace gsdb::tasks
