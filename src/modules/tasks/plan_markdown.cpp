#include "modules/tasks/plan_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <span>

#include "base/utf8.hpp"
#include "modules/tasks/markdown_sections.hpp"

namespace gsdb::tasks {

namespace {

using Lines = std::span<const MarkdownLine>;

struct StepText {
    std::string name;
    int line = 0;
    Lines body;
    std::string dependencies;  ///< as the text names them, separated by line ends
};

struct Outline {
    std::string title;
    std::vector<StepText> steps;
    std::vector<std::string> criteria;  ///< of the whole
};

std::string line_text(int line) {
    return fmt::format("line {} of the requirement", line);
}

bool is_one_of(const std::string& label, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view name) { return label == name; });
}

bool begins_steps(const MarkdownLine& line) {
    constexpr std::array<std::string_view, 8> names{"steps", "tasks", "plan",           "work",
                                                    "todo",  "to do", "implementation", "implementation steps"};
    return line.kind == LineKind::heading && is_one_of(label_of(line.text), names);
}

bool begins_criteria(const MarkdownLine& line) {
    constexpr std::array<std::string_view, 4> names{"acceptance criteria", "acceptance", "definition of done",
                                                    "done when"};
    const bool is_label =
        line.kind == LineKind::heading || label_of(line.text).size() + 1 < line.text.size() || line.text.ends_with(':');
    return (line.kind == LineKind::heading || line.kind == LineKind::text || line.kind == LineKind::item) && is_label &&
           is_one_of(label_of(line.text), names);
}

// ---- where the steps are ----------------------------------------------------------------------------------------

/// The lines below the heading at `place`, up to the next one of its level or above.
Lines below(Lines lines, std::size_t place) {
    const auto rest = lines.subspan(place + 1);
    const auto end = std::ranges::find_if(rest, [&](const MarkdownLine& line) {
        return line.kind == LineKind::heading && line.level <= lines[place].level;
    });
    return rest.first(static_cast<std::size_t>(end - rest.begin()));
}

/// The parts that begin with the lines that `begins` names; each ends where `ends` says so, or the next one begins.
std::vector<StepText> parts_of(Lines lines, const std::function<bool(const MarkdownLine&)>& begins,
                               const std::function<bool(const MarkdownLine&)>& ends) {
    std::vector<StepText> parts;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!begins(lines[i]) || lines[i].text.empty()) continue;
        const auto rest = lines.subspan(i + 1);
        const auto end =
            std::ranges::find_if(rest, [&](const MarkdownLine& line) { return begins(line) || ends(line); });
        parts.push_back({.name = std::string(lines[i].text),
                         .line = lines[i].number,
                         .body = rest.first(static_cast<std::size_t>(end - rest.begin())),
                         .dependencies = {}});
    }
    return parts;
}

std::vector<StepText> headed_parts(Lines lines, int level) {
    const auto ends = [&](const MarkdownLine& line) { return line.kind == LineKind::heading && line.level <= level; };
    return parts_of(
        lines,
        [&](const MarkdownLine& line) {
            return line.kind == LineKind::heading && line.level == level && !is_background(line.text) &&
                   !begins_criteria(line);
        },
        ends);
}

std::vector<StepText> listed_parts(Lines lines) {
    int outermost = -1;
    for (const auto& line : lines)
        if (line.kind == LineKind::item && (outermost < 0 || line.level < outermost)) outermost = line.level;
    if (outermost < 0) return {};
    return parts_of(
        lines, [&](const MarkdownLine& line) { return line.kind == LineKind::item && line.level == outermost; },
        [&](const MarkdownLine& line) {
            return line.kind == LineKind::heading || (line.kind == LineKind::text && line.level <= outermost);
        });
}

std::vector<StepText> parts_below(Lines section) {
    int level = 7;
    for (const auto& line : section)
        if (line.kind == LineKind::heading) level = std::min(level, line.level);
    return level < 7 ? headed_parts(section, level) : listed_parts(section);
}

/// The lists of background sections and of criteria are no steps.
std::vector<MarkdownLine> without_background(Lines lines) {
    std::vector<MarkdownLine> kept;
    for (std::size_t i = 0; i < lines.size();) {
        const bool is_left_out =
            lines[i].kind == LineKind::heading && (is_background(lines[i].text) || begins_criteria(lines[i]));
        if (!is_left_out) kept.push_back(lines[i]);
        i += 1 + (is_left_out ? below(lines, i).size() : 0);
    }
    return kept;
}

std::string title_of(Lines lines) {
    const auto heading = std::ranges::find_if(
        lines, [](const MarkdownLine& line) { return line.kind == LineKind::heading && line.level == 1; });
    const auto found = heading != lines.end()
                           ? heading
                           : std::ranges::find_if(lines, [](const MarkdownLine& line) { return !line.text.empty(); });
    return found->text.empty() ? "Requirement" : without_references(found->text);
}

std::vector<std::string> criteria_below(Lines section) {
    std::vector<std::string> criteria;
    for (const auto& line : section)
        if (line.kind == LineKind::item) criteria.push_back(without_escape(line.text));
    return criteria;
}

bool is_within(const MarkdownLine& line, const std::vector<StepText>& steps) {
    return std::ranges::any_of(steps, [&](const StepText& step) {
        return !step.body.empty() && line.number >= step.body.front().number && line.number <= step.body.back().number;
    });
}

/// `kept` is what `outline` refers to beside `lines`; it must outlive it.
Outline outline_of(Lines lines, std::vector<MarkdownLine>& kept) {
    Outline outline{.title = title_of(lines), .steps = {}, .criteria = {}};
    const auto section = std::ranges::find_if(lines, begins_steps);
    if (section != lines.end())
        outline.steps = parts_below(below(lines, static_cast<std::size_t>(section - lines.begin())));
    if (outline.steps.empty()) outline.steps = headed_parts(lines, 2);
    if (outline.steps.empty()) {
        kept = without_background(lines);
        outline.steps = listed_parts(kept);
    }
    if (outline.steps.empty())
        outline.steps.push_back({.name = outline.title, .line = 1, .body = lines, .dependencies = {}});
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i].kind == LineKind::heading && begins_criteria(lines[i]) && !is_within(lines[i], outline.steps))
            std::ranges::copy(criteria_below(below(lines, i)), std::back_inserter(outline.criteria));
    return outline;
}

// ---- what a step says -------------------------------------------------------------------------------------------

/// What follows "NAME:" or, for `depends on`, "NAME " at the beginning of a line; nothing when it begins otherwise.
std::optional<std::string> said_after(std::string_view line, std::string_view name) {
    std::string plain;
    for (char c : line)
        if (c != '*' && c != '_') plain += c;
    if (plain.size() <= name.size() || label_of(plain.substr(0, name.size())) != name) return std::nullopt;
    if (plain[name.size()] != ':' && plain[name.size()] != ' ') return std::nullopt;
    if (plain[name.size()] == ' ' && name != "depends on") return std::nullopt;
    return std::string(trimmed(std::string_view(plain).substr(name.size() + 1)));
}

std::optional<double> number_at(std::string_view text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Takes the lines of a step one by one.
class StepReader {
  public:
    explicit StepReader(StepText& text) : text_(text) {
        read_name();
        for (const auto& line : text.body) read(line);
        for (auto* part : {&step_.description, &step_.approach, &step_.technical_requirements})
            *part = std::string(trimmed(*part));
    }
    PlannedStep take() { return std::move(step_); }

  private:
    enum class Part { description, criteria, approach, technical };

    /// "Step 2: Add it (depends on 1)" is called "Add it".
    void read_name() {
        std::string_view name = trimmed(text_.name);
        const auto start = name.rfind('(');
        if (start != std::string_view::npos && name.ends_with(')')) {
            if (auto names = said_after(name.substr(start + 1, name.size() - start - 2), "depends on")) {
                text_.dependencies = std::move(*names);
                name = trimmed(name.substr(0, start));
            }
        }
        if (label_of(name).starts_with("step ")) name = trimmed(name.substr(5));
        const auto digits = std::min(name.find_first_not_of("0123456789"), name.size());
        if (digits > 0 && digits < name.size() && std::string_view(".:)").contains(name[digits]))
            name = trimmed(name.substr(digits + 1));
        step_.name = without_references(name.empty() ? trimmed(text_.name) : name);
        if (step_.name.size() > name_bytes_max) {
            step_.description = step_.name + "\n";
            step_.name = std::string(utf8_beginning(step_.name, name_bytes_max));
        }
    }

    void read(const MarkdownLine& line) {
        if (line.kind == LineKind::code) return append(line);
        if (begins_criteria(line)) {
            part_ = Part::criteria;
        } else if (begins(line, "approach") || begins(line, "implementation approach")) {
            part_ = Part::approach;
        } else if (begins(line, "technical requirements")) {
            part_ = Part::technical;
        } else if (!read_figure(line)) {
            if (line.kind == LineKind::heading) part_ = Part::description;
            read_content(line);
        }
    }

    static bool begins(const MarkdownLine& line, std::string_view label) {
        return (line.kind == LineKind::heading || line.text.ends_with(':') || line.text.ends_with(":**")) &&
               label_of(line.text) == label;
    }

    bool read_figure(const MarkdownLine& line) {
        if (line.kind != LineKind::text && line.kind != LineKind::item) return false;
        if (auto names = said_after(line.text, "depends on")) {
            text_.dependencies += (text_.dependencies.empty() ? "" : "\n") + *names;
            return true;
        }
        if (auto estimate = said_after(line.text, "estimate")) {
            const auto hours = number_at(*estimate);
            if (hours) step_.estimated_hours = hours;
            return hours.has_value();
        }
        if (auto complexity = said_after(line.text, "complexity")) {
            const auto value = number_at(*complexity);
            if (value) step_.complexity = static_cast<int>(std::clamp(*value, 1.0, 10.0));
            return value.has_value();
        }
        return false;
    }

    void read_content(const MarkdownLine& line) {
        const bool is_criterion = line.kind == LineKind::item && (line.is_check || part_ == Part::criteria);
        if (is_criterion && !line.text.empty()) {
            step_.acceptance_criteria.push_back(without_escape(line.text));
        } else if (part_ == Part::criteria && line.kind == LineKind::text && line.level > 0 &&
                   !step_.acceptance_criteria.empty()) {
            step_.acceptance_criteria.back() += " " + std::string(line.text);  // the item goes on
        } else {
            if (part_ == Part::criteria && line.kind == LineKind::text) part_ = Part::description;
            append(line);
        }
    }

    void append(const MarkdownLine& line) {
        auto& part = part_ == Part::approach    ? step_.approach
                     : part_ == Part::technical ? step_.technical_requirements
                                                : step_.description;
        const auto indentation = line.kind == LineKind::text ? line.whole.find(line.text) : line.whole.size();
        part += line.whole.substr(0, indentation);
        part += without_escape(line.whole.substr(indentation));
        part += '\n';
    }

    StepText& text_;
    PlannedStep step_;
    Part part_ = Part::description;
};

// ---- what waits for what ----------------------------------------------------------------------------------------

std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> names;
    std::string name;
    const auto take = [&] {
        auto one = label_of(name);
        while (!one.empty() && std::string_view(".\"'`#").contains(one.back())) one.pop_back();
        while (!one.empty() && std::string_view("\"'`#").contains(one.front())) one.erase(0, 1);
        if (one.starts_with("and ")) one = one.substr(4);
        if (one.starts_with("steps ")) one = one.substr(6);
        if (one.starts_with("step ")) one = one.substr(5);
        if (!one.empty() && one != "nothing" && one != "none") names.push_back(one);
        name.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ',' || text[i] == ';' || text[i] == '\n') {
            take();
        } else if (text.substr(i).starts_with(" and ")) {
            take();
            i += 4;
        } else {
            name += text[i];
        }
    }
    take();
    return names;
}

Result<std::size_t> find_step(const Plan& plan, const std::string& name, int line) {
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 6) {
        const auto number = static_cast<std::size_t>(std::stoul(name));
        if (number >= 1 && number <= plan.steps.size()) return number - 1;
    }
    std::vector<std::size_t> equal, beginning;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const auto label = label_of(plan.steps[i].name);
        if (label == name) equal.push_back(i);
        if (!name.empty() && label.starts_with(name)) beginning.push_back(i);
    }
    const auto& found = equal.empty() ? beginning : equal;
    if (found.size() == 1) return found.front();
    return std::unexpected(Error{.code = found.empty() ? "tasks.unknown_step" : "tasks.ambiguous_step",
                                 .message = found.empty() ? fmt::format("there is no step {} to depend on", name)
                                                          : fmt::format("{} steps are called {}", found.size(), name),
                                 .detail = fmt::format("{}; there are {} steps", line_text(line), plan.steps.size()),
                                 .hint = "name the step by its number or its whole name",
                                 .exit_code = ExitCode::usage});
}

/// The names as a whole may be the name of one step that has a comma in it.
Result<std::vector<std::size_t>> steps_named(const Plan& plan, const StepText& text) {
    std::vector<std::size_t> places;
    for (std::size_t start = 0; start < text.dependencies.size();) {
        const auto end = std::min(text.dependencies.find('\n', start), text.dependencies.size());
        const auto names = std::string_view(text.dependencies).substr(start, end - start);
        start = end + 1;
        if (auto whole = find_step(plan, label_of(names), text.line)) {
            places.push_back(*whole);
            continue;
        }
        for (const auto& name : names_in(names)) {
            auto place = find_step(plan, name, text.line);
            if (!place) return std::unexpected(place.error());
            places.push_back(*place);
        }
    }
    std::ranges::sort(places);
    places.erase(std::ranges::unique(places).begin(), places.end());
    return places;
}

Result<void> refuse_cycle(const Plan& plan) {
    auto cycle = cycle_text(plan);
    if (cycle.empty()) return {};
    return std::unexpected(Error{.code = "tasks.cyclic_plan",
                                 .message = "the steps wait for each other in a circle",
                                 .detail = std::move(cycle),
                                 .hint = "take one of these dependencies out of the requirement",
                                 .exit_code = ExitCode::usage});
}

/// Its lines, of which one says something.
Result<std::vector<MarkdownLine>> said_lines(std::string_view text) {
    auto lines = lines_of(text);
    if (std::ranges::all_of(lines, [](const MarkdownLine& line) { return line.text.empty(); }))
        return std::unexpected(Error{.code = "tasks.empty_requirement",
                                     .message = "the requirement says nothing",
                                     .detail = "",
                                     .hint = "write what is to be done, as Markdown",
                                     .exit_code = ExitCode::usage});
    return lines;
}

}  // namespace

Result<std::string> title_from_markdown(std::string_view text) {
    const auto lines = said_lines(text);
    if (!lines) return std::unexpected(lines.error());
    return title_of(*lines);
}

Result<Plan> plan_from_markdown(std::string_view text) {
    const auto lines = said_lines(text);
    if (!lines) return std::unexpected(lines.error());
    std::vector<MarkdownLine> kept;
    auto outline = outline_of(*lines, kept);
    Plan plan{.title = outline.title, .steps = {}, .acceptance_criteria = std::move(outline.criteria)};
    for (auto& step : outline.steps) plan.steps.push_back(StepReader(step).take());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        auto places = steps_named(plan, outline.steps[i]);
        if (!places) return std::unexpected(places.error());
        plan.steps[i].depends_on = std::move(*places);
    }
    if (auto acyclic = refuse_cycle(plan); !acyclic) return std::unexpected(acyclic.error());
    return plan;
}

}  // namespace gsdb::tasks
