#include "modules/tasks/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "modules/tasks/markdown_sections.hpp"

namespace gsdb::tasks {

namespace {

/// Depth first, without recursion: a plan may be as long as its author likes.
class CycleSearch {
  public:
    explicit CycleSearch(const Plan& plan) : plan_(plan), marks_(plan.steps.size(), Mark::none) {}

    std::vector<std::size_t> find() {
        for (std::size_t start = 0; start < plan_.steps.size(); ++start)
            if (marks_[start] == Mark::none && follow(start)) return cycle_;
        return {};
    }

  private:
    enum class Mark : char { none, on_path, done };
    struct Visit {
        std::size_t place, next = 0;
    };

    bool follow(std::size_t start) {
        std::vector<Visit> path{{start}};
        marks_[start] = Mark::on_path;
        while (!path.empty()) {
            auto& [place, next] = path.back();
            if (next == plan_.steps[place].depends_on.size()) {
                marks_[place] = Mark::done;
                path.pop_back();
                continue;
            }
            const auto step = plan_.steps[place].depends_on[next++];
            if (marks_[step] == Mark::on_path) {
                for (auto at = std::ranges::find(path, step, &Visit::place); at != path.end(); ++at)
                    cycle_.push_back(at->place);
                return true;
            }
            if (marks_[step] == Mark::none) {
                marks_[step] = Mark::on_path;
                path.push_back({step});
            }
        }
        return false;
    }

    const Plan& plan_;
    std::vector<Mark> marks_;
    std::vector<std::size_t> cycle_;
};

std::set<std::string> words_of(std::string_view text) {
    static const std::set<std::string, std::less<>> common{
        "that",  "this",  "with",  "from", "have", "must", "should", "shall", "when", "then",  "will", "each",
        "which", "there", "their", "into", "also", "they", "them",   "some",  "what", "where", "been", "being"};
    std::set<std::string> words;
    std::string word;
    const auto take = [&] {
        if (word.size() >= 4 && !common.contains(word)) words.insert(word);
        word.clear();
    };
    for (char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0)
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else
            take();
    }
    take();
    return words;
}

/// The parts of a requirement that steps have to speak of.
std::vector<std::string_view> parts_of(std::string_view requirement) {
    std::vector<std::string_view> parts;
    int background_level = 0;
    bool is_in_code = false;
    for (const auto& line : lines_of(requirement)) {
        is_in_code = line.kind == LineKind::code;
        if (line.kind == LineKind::heading) {
            if (background_level != 0 && line.level <= background_level) background_level = 0;
            if (background_level == 0 && is_background(line.text)) background_level = line.level;
        }
        const bool is_title = line.kind == LineKind::heading && line.level == 1;
        if (background_level != 0 || is_in_code || is_title || line.text.empty()) continue;
        parts.push_back(line.text);
    }
    return parts;
}

std::string text_of(const PlannedStep& step) {
    auto text = step.name + "\n" + step.description + "\n" + step.approach + "\n" + step.technical_requirements;
    for (const auto& criterion : step.acceptance_criteria) text += "\n" + criterion;
    return text;
}

bool is_spoken_of(const std::set<std::string>& words, const std::vector<std::set<std::string>>& steps) {
    return std::ranges::any_of(steps, [&](const std::set<std::string>& step) {
        const auto known = std::ranges::count_if(words, [&](const std::string& word) { return step.contains(word); });
        return static_cast<std::size_t>(known) * 5 >= words.size() * 3;
    });
}

/// What is said before the first step introduces the whole; dependencies and figures are said of a step.
bool is_about_work(std::string_view part) {
    const auto label = label_of(part);
    return !label.starts_with("depends on") && !label.starts_with("estimate:") && !label.starts_with("complexity:") &&
           label != "steps" && label != "tasks" && label != "plan" && label != "work" &&
           label != "acceptance criteria" && label != "approach" && label != "technical requirements";
}

double coverage_of(const Plan& plan, std::string_view requirement, std::vector<PlanQuality::Finding>& findings) {
    std::vector<std::set<std::string>> steps;
    for (const auto& step : plan.steps) steps.push_back(words_of(text_of(step)));
    std::string whole;
    for (const auto& criterion : plan.acceptance_criteria) whole += criterion + "\n";
    steps.push_back(words_of(whole));
    std::size_t parts = 0, covered = 0;
    for (const auto part : parts_of(requirement)) {
        const auto words = words_of(part);
        if (words.empty() || !is_about_work(part)) continue;
        ++parts;
        if (is_spoken_of(words, steps))
            ++covered;
        else
            findings.push_back({"coverage", std::string(part), "no step speaks of it"});
    }
    return parts == 0 ? 1 : static_cast<double>(covered) / static_cast<double>(parts);
}

bool is_of_good_size(const PlannedStep& step) {
    return step.acceptance_criteria.size() <= 12 && step.estimated_hours.value_or(0) <= 16 &&
           step.complexity.value_or(1) <= 8 && text_of(step).size() <= 4'000;
}

/// What is wrong with the fields of a plan.
struct Inspection {
    std::vector<std::string> problems;

    void add(std::string_view place, std::string_view problem) {
        problems.push_back(fmt::format("{}: {}", place, problem));
    }
    void text(std::string_view place, std::string_view text, std::size_t bytes_max = text_bytes_max) {
        if (text.size() > bytes_max) add(place, fmt::format("it has {} bytes, more than {}", text.size(), bytes_max));
        if (text.contains('\0')) add(place, "it has a NUL");
        if (text != trimmed(text)) add(place, "it has blanks around it");
    }
    void line(std::string_view place, std::string_view line, std::size_t bytes_max) {
        if (line.empty()) add(place, "it is empty");
        if (line.contains('\n')) add(place, "it has more than one line");
        text(place, line, bytes_max);
    }
    void criteria(std::string_view place, const std::vector<std::string>& criteria) {
        if (criteria.size() > criteria_max)
            add(place, fmt::format("there are {}, more than {}", criteria.size(), criteria_max));
        for (std::size_t i = 0; i < criteria.size() && i < criteria_max; ++i)
            line(fmt::format("{} {}", place, i + 1), criteria[i], criterion_bytes_max);
    }
    void step(const std::string& place, const PlannedStep& step) {
        line(place + "name", step.name, name_bytes_max);
        text(place + "description", step.description);
        text(place + "approach", step.approach);
        text(place + "technical_requirements", step.technical_requirements);
        criteria(place + "acceptance_criteria", step.acceptance_criteria);
        const auto hours = step.estimated_hours.value_or(0);
        if (!(hours >= 0 && hours <= hours_max))
            add(place + "estimated_hours", fmt::format("{} is not within 0 and {}", hours, hours_max));
        const auto complexity = step.complexity.value_or(1);
        if (complexity < 1 || complexity > 10)
            add(place + "complexity", fmt::format("{} is not within 1 and 10", complexity));
    }
};

}  // namespace

std::vector<std::size_t> cycle_of(const Plan& plan) {
    return CycleSearch(plan).find();
}

std::string cycle_text(const Plan& plan) {
    const auto cycle = cycle_of(plan);
    if (cycle.empty()) return "";
    std::vector<std::string> names;
    for (const auto place : cycle) names.push_back(fmt::format("{} ({})", place + 1, plan.steps[place].name));
    names.push_back(fmt::format("{} again", cycle.front() + 1));
    return fmt::format("{}", fmt::join(names, " waits for "));
}

std::vector<std::string> problems_of(const Plan& plan) {
    Inspection found;
    found.line("title", plan.title, name_bytes_max);
    if (plan.steps.empty()) found.add("steps", "there are none");
    if (plan.steps.size() > steps_max)
        found.add("steps", fmt::format("there are {}, more than {}", plan.steps.size(), steps_max));
    for (std::size_t i = 0; i < plan.steps.size() && i < steps_max; ++i)
        found.step(fmt::format("step {}, ", i + 1), plan.steps[i]);
    found.criteria("acceptance_criteria", plan.acceptance_criteria);
    if (const auto cycle = cycle_text(plan); !cycle.empty())
        found.add("steps", "they wait for each other in a circle: " + cycle);
    return std::move(found.problems);
}

std::vector<std::size_t> order_of(const Plan& plan) {
    std::vector<std::size_t> order;
    std::vector<std::size_t> open(plan.steps.size());
    std::vector<std::vector<std::size_t>> later(plan.steps.size());
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        open[i] = plan.steps[i].depends_on.size();
        for (const auto before : plan.steps[i].depends_on) later[before].push_back(i);
        if (open[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
        const auto place = *ready.begin();
        ready.erase(ready.begin());
        order.push_back(place);
        for (const auto next : later[place])
            if (--open[next] == 0) ready.insert(next);
    }
    return order;
}

std::vector<std::string> commands_of(std::string_view criterion) {
    std::vector<std::string> commands;
    for (std::size_t start = criterion.find('`'); start != std::string_view::npos; start = criterion.find('`', start)) {
        const auto end = criterion.find('`', start + 1);
        if (end == std::string_view::npos) break;
        const auto span = trimmed(criterion.substr(start + 1, end - start - 1));
        if (span.starts_with("$ ")) commands.emplace_back(trimmed(span.substr(2)));
        start = end + 1;
    }
    return commands;
}

PlanQuality assess(const Plan& plan, std::string_view requirement) {
    PlanQuality quality;
    quality.coverage = coverage_of(plan, requirement, quality.findings);
    std::set<std::size_t> connected;
    std::size_t with_criteria = 0, of_good_size = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const auto& step = plan.steps[i];
        if (!step.depends_on.empty()) connected.insert(i);
        connected.insert(step.depends_on.begin(), step.depends_on.end());
        if (step.acceptance_criteria.empty())
            quality.findings.push_back({"criteria", step.name, "nothing says when it is done"});
        else
            ++with_criteria;
        if (is_of_good_size(step))
            ++of_good_size;
        else
            quality.findings.push_back({"size", step.name, "it is too large for one change"});
    }
    for (std::size_t i = 0; i < plan.steps.size() && !connected.empty(); ++i)
        if (!connected.contains(i))
            quality.findings.push_back({"orphan", plan.steps[i].name, "it has no connection with any other step"});
    if (!cycle_of(plan).empty()) {
        quality.findings.push_back({"cycle", plan.title, "steps wait for each other in a circle"});
        return quality;
    }
    const auto steps = static_cast<double>(std::max<std::size_t>(plan.steps.size(), 1));
    const double connection = connected.empty() ? 1 : static_cast<double>(connected.size()) / steps;
    quality.score = 100 * (0.5 * quality.coverage + 0.25 * static_cast<double>(with_criteria) / steps +
                           0.15 * static_cast<double>(of_good_size) / steps + 0.1 * connection);
    return quality;
}

}  // namespace gsdb::tasks
