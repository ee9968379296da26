#include "modules/tasks/plan_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <initializer_list>

#include "modules/tasks/markdown_sections.hpp"

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

constexpr char schema[] = {
#embed "../../../docs/reference/plan.schema.json"
};

/// Takes what has the right form and notes what has not; sizes are problems_of's to judge.
class PlanReader {
  public:
    Plan read(const json::object& whole) {
        refuse_unknown("", whole, {"title", "steps", "acceptance_criteria"});
        Plan plan{
            .title = text("", whole, "title", Needed::yes), .steps = {}, .acceptance_criteria = criteria("", whole)};
        const auto* steps = find("", whole, "steps", Needed::yes);
        if (steps == nullptr || !is(steps->is_array(), "steps", "an array")) return plan;
        for (const auto& step : steps->get_array()) read_step(plan, step);
        for (std::size_t i = 0; i < plan.steps.size(); ++i) read_dependencies(plan, i, steps->get_array()[i]);
        return plan;
    }
    std::vector<std::string> problems;

  private:
    enum class Needed : char { no, yes };

    bool is(bool holds, const std::string& place, std::string_view wanted) {
        if (!holds) problems.push_back(fmt::format("{}: it is not {}", place, wanted));
        return holds;
    }

    static std::string place_of(std::size_t step) { return fmt::format("step {}, ", step + 1); }

    void refuse_unknown(const std::string& place, const json::object& object,
                        std::initializer_list<std::string_view> known) {
        for (const auto& [name, value] : object)
            if (std::ranges::find(known, std::string_view(name)) == known.end())
                problems.push_back(fmt::format("{}{}: there is no such field", place, std::string_view(name)));
    }

    const json::value* find(const std::string& place, const json::object& object, std::string_view name,
                            Needed needed = Needed::no) {
        const auto* value = object.if_contains(name);
        if (value == nullptr && needed == Needed::yes)
            problems.push_back(fmt::format("{}{}: it is missing", place, name));
        return value;
    }

    std::string text(const std::string& place, const json::object& object, std::string_view name,
                     Needed needed = Needed::no) {
        const auto* value = find(place, object, name, needed);
        if (value == nullptr || !is(value->is_string(), fmt::format("{}{}", place, name), "a text")) return "";
        return std::string(trimmed(value->get_string()));
    }

    std::vector<std::string> criteria(const std::string& place, const json::object& object) {
        const auto name = place + "acceptance_criteria";
        std::vector<std::string> all;
        const auto* value = find(place, object, "acceptance_criteria");
        if (value == nullptr || !is(value->is_array(), name, "an array")) return all;
        for (const auto& one : value->get_array())
            if (is(one.is_string(), fmt::format("{} {}", name, all.size() + 1), "a text"))
                all.emplace_back(trimmed(one.get_string()));
        return all;
    }

    void read_step(Plan& plan, const json::value& value) {
        const auto place = place_of(plan.steps.size());
        auto& step = plan.steps.emplace_back();
        if (!is(value.is_object(), place + "all of it", "an object")) return;
        const auto& object = value.get_object();
        refuse_unknown(place, object,
                       {"name", "description", "acceptance_criteria", "approach", "technical_requirements",
                        "depends_on", "estimated_hours", "complexity"});
        step.name = text(place, object, "name", Needed::yes);
        step.description = text(place, object, "description", Needed::yes);
        step.acceptance_criteria = criteria(place, object);
        step.approach = text(place, object, "approach");
        step.technical_requirements = text(place, object, "technical_requirements");
        const auto* hours = find(place, object, "estimated_hours");
        if (hours != nullptr && !hours->is_null() && is(hours->is_number(), place + "estimated_hours", "a number"))
            step.estimated_hours = std::round(hours->to_number<double>() * 100) / 100;
        const auto* complexity = find(place, object, "complexity");
        if (complexity != nullptr && !complexity->is_null() &&
            is(complexity->is_int64(), place + "complexity", "a whole number"))
            step.complexity = static_cast<int>(std::clamp<std::int64_t>(complexity->get_int64(), 0, 11));
    }

    /// Nothing, and a problem, where it names no step.
    std::optional<std::size_t> step_named(const Plan& plan, const json::value& value, const std::string& place) {
        const auto refuse = [&](std::string problem) {
            problems.push_back(fmt::format("{}: {}", place, problem));
            return std::nullopt;
        };
        if (value.is_int64()) {
            const auto number = value.get_int64();
            if (number >= 1 && static_cast<std::uint64_t>(number) <= plan.steps.size())
                return static_cast<std::size_t>(number - 1);
            return refuse(fmt::format("there is no step {}", number));
        }
        if (!is(value.is_string(), place, "the number or the name of a step")) return std::nullopt;
        const auto name = trimmed(value.get_string());
        const auto first = std::ranges::find(plan.steps, name, &PlannedStep::name);
        if (first == plan.steps.end()) return refuse(fmt::format("there is no step \"{}\"", name));
        if (std::ranges::count(plan.steps, name, &PlannedStep::name) > 1)
            return refuse(fmt::format("more than one step is called \"{}\"", name));
        return static_cast<std::size_t>(first - plan.steps.begin());
    }

    void read_dependencies(Plan& plan, std::size_t number, const json::value& step) {
        if (!step.is_object()) return;
        const auto place = place_of(number) + "depends_on";
        const auto* value = step.get_object().if_contains("depends_on");
        if (value == nullptr || !is(value->is_array(), place, "an array")) return;
        auto& places = plan.steps[number].depends_on;
        std::size_t item = 0;
        for (const auto& one : value->get_array())
            if (const auto found = step_named(plan, one, fmt::format("{} {}", place, ++item))) places.push_back(*found);
        std::ranges::sort(places);
        places.erase(std::ranges::unique(places).begin(), places.end());
    }
};

/// A text that is one fenced block is what is in it.
std::string_view without_fence(std::string_view text) {
    text = trimmed(text);
    constexpr std::string_view fence = "```";
    if (!text.starts_with(fence) || !text.ends_with(fence)) return text;
    const auto begin = text.find('\n');
    return begin == std::string_view::npos ? text : text.substr(begin, text.size() - fence.size() - begin);
}

/// Whether there is another problem of the same place: what is missing is empty, too.
bool is_told_of(const std::vector<std::string>& problems, const std::string& found) {
    const auto place = found.substr(0, found.find(": ") + 2);
    return std::ranges::any_of(problems, [&](const std::string& problem) { return problem.starts_with(place); });
}

json::array json_list(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

json::object json_of_step(const PlannedStep& step) {
    json::array before;
    for (const auto place : step.depends_on) before.push_back(place + 1);
    json::object object{{"name", step.name},
                        {"description", step.description},
                        {"acceptance_criteria", json_list(step.acceptance_criteria)},
                        {"approach", step.approach},
                        {"technical_requirements", step.technical_requirements},
                        {"depends_on", std::move(before)}};
    if (step.estimated_hours) object["estimated_hours"] = *step.estimated_hours;
    if (step.complexity) object["complexity"] = *step.complexity;
    return object;
}

}  // namespace

std::string_view plan_schema() {
    return {schema, sizeof schema};
}

std::expected<Plan, std::vector<std::string>> plan_from_json(std::string_view text) {
    if (trimmed(text).empty()) return std::unexpected(std::vector<std::string>{"there is no answer"});
    boost::system::error_code problem;
    const auto value = json::parse(without_fence(text), problem);
    if (problem) return std::unexpected(std::vector{fmt::format("the answer is no JSON: {}", problem.message())});
    if (!value.is_object()) return std::unexpected(std::vector<std::string>{"the answer is no JSON object"});
    PlanReader reader;
    auto plan = reader.read(value.get_object());
    for (auto& found : problems_of(plan))
        if (!is_told_of(reader.problems, found)) reader.problems.push_back(std::move(found));
    if (!reader.problems.empty()) return std::unexpected(std::move(reader.problems));
    return plan;
}

std::string json_of(const Plan& plan) {
    json::array steps;
    for (const auto& step : plan.steps) steps.push_back(json_of_step(step));
    return json::serialize(json::object{{"title", plan.title},
                                        {"steps", std::move(steps)},
                                        {"acceptance_criteria", json_list(plan.acceptance_criteria)}});
}

}  // namespace gsdb::tasks
