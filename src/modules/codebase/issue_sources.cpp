#include "modules/codebase/issue_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "modules/codebase/components.hpp"

namespace gsdb::codebase {

namespace {

using checks::RuleKey;
using Edges = std::vector<std::vector<std::uint32_t>>;

/// Related places that an issue shows at most.
constexpr std::size_t related_max = 20;

/// What an issue of an element is known by.
std::string subject_of(std::string_view kind, std::string_view name, std::int32_t overload) {
    return fmt::format("{} {} {}", kind, name, overload);
}

bool is_in_tests(std::string_view path) {
    if (is_test(path, {})) return true;
    for (const std::string_view folder :
         {"test/", "tests/", "__tests__/", "spec/", "testing/", "benches/", "examples/"})
        if (path.starts_with(folder) || path.contains("/" + std::string(folder))) return true;
    return false;
}

/// Where a finding is none, because of where the file lies.
bool is_left_alone(RuleKey rule, std::string_view path) {
    const bool is_unused =
        rule == RuleKey::unused_import || rule == RuleKey::unused_parameter || rule == RuleKey::unused_variable;
    if (is_unused && path.ends_with(".d.ts")) return true;
    if (rule == RuleKey::unused_import) return path.ends_with("__init__.py") || path.ends_with("conftest.py");
    return (rule == RuleKey::unused_parameter || rule == RuleKey::unwrap) && is_in_tests(path);
}

const StoredRule* enabled_rule_of_plugin(const RuleSet& rules, std::string_view id) {
    const auto* const found = rules.find(id);
    return found != nullptr && found->source == "plugin" && found->is_enabled() ? found : nullptr;
}

/// Functions that are handed on, or stand for others: who calls them decides what they take.
std::unordered_set<SymbolId> bound_functions(const UseGraph& graph) {
    std::unordered_set<SymbolId> bound;
    for (const auto& use : graph.summary.uses) {
        if (use.kind == RelationshipKind::pass || use.kind == RelationshipKind::read ||
            use.kind == RelationshipKind::decorate || use.kind == RelationshipKind::override_)
            bound.insert(use.target);
        if (use.kind == RelationshipKind::override_) bound.insert(use.source);
    }
    return bound;
}

std::unordered_map<SymbolId, std::uint32_t> numbers_of(const UseGraph& graph) {
    std::unordered_map<SymbolId, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < graph.symbols.size(); ++i) numbers.emplace(graph.symbols[i], i);
    return numbers;
}

bool is_function(std::string_view kind) {
    return kind == "function" || kind == "method" || kind == "constructor" || kind == "destructor" ||
           kind == "property";
}

/// A shortest way from `start` back to it through nodes of its component, `start` first; breadth first.
std::vector<std::uint32_t> shortest_cycle(const Edges& edges, const std::vector<std::uint32_t>& component,
                                          std::uint32_t start) {
    const std::unordered_set<std::uint32_t> inside(component.begin(), component.end());
    std::unordered_map<std::uint32_t, std::uint32_t> before;
    std::vector<std::uint32_t> open{start};
    for (std::size_t i = 0; i < open.size(); ++i)
        for (const auto next : edges[open[i]]) {
            if (next == start) {
                std::vector<std::uint32_t> way{open[i]};
                while (way.back() != start) way.push_back(before.at(way.back()));
                std::ranges::reverse(way);
                return way;
            }
            if (inside.contains(next) && before.try_emplace(next, open[i]).second) open.push_back(next);
        }
    return {start};
}

template <class Label>
std::string way_text(const std::vector<std::uint32_t>& way, const Label& label) {
    constexpr std::size_t shown_max = 8;
    std::string text;
    for (std::size_t i = 0; i < way.size() && i < shown_max; ++i) text += fmt::format("{} > ", label(way[i]));
    if (way.size() > shown_max) text += fmt::format("... ({} more) > ", way.size() - shown_max);
    return text + label(way.front());
}

/// Of a language without macros and templates.
bool is_read_as_written(std::string_view path) {
    constexpr std::array<std::string_view, 8> suffixes{".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".java"};
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return path.ends_with(suffix); });
}

/// Where the graph has all uses of what it has: compilers tell of C, C++, Go and Rust, which mention functions in
/// macros and tables, and types are mentioned where no value is.
bool is_told_by_graph(const DeadElement& element) {
    return is_read_as_written(element.path) && (is_function(element.kind) || element.kind == "class") &&
           !is_in_tests(element.path);
}

/// `from . import module` also mentions the package, which is being loaded and gives nothing but the module.
std::vector<FileImport> without_own_packages(const std::vector<FileImport>& rows) {
    constexpr std::string_view package = "__init__.py";
    const auto folder_of = [](std::string_view path) { return path.substr(0, path.rfind('/') + 1); };
    std::set<std::tuple<std::string_view, std::int32_t, std::string_view>> with_modules;  // source, line, folder
    for (const auto& row : rows)
        if (!row.target_path.ends_with(package)) {
            with_modules.emplace(row.source_path, row.line, folder_of(row.target_path));
        } else {
            const auto folder = folder_of(row.target_path);
            with_modules.emplace(row.source_path, row.line, folder_of(folder.substr(0, folder.size() - 1)));
        }
    std::vector<FileImport> kept;
    for (const auto& row : rows)
        if (!row.target_path.ends_with(package) ||
            !with_modules.contains({row.source_path, row.line, folder_of(row.target_path)}))
            kept.push_back(row);
    return kept;
}

struct Limit {
    RuleKey rule;
    std::int32_t value;
    std::string_view words;
};

}  // namespace

Issue IssueSources::issue_of(const StoredRule& rule, std::string path, std::string message) const {
    return {.rule = rule.id,
            .severity = rule.severity,
            .effort_minutes = rule.effort_minutes,
            .message = std::move(message),
            .path = std::move(path)};
}

Issue IssueSources::issue_of_element(const StoredRule& rule, const UseGraph& graph, std::uint32_t element,
                                     std::string message) const {
    const auto& row = graph.elements[element];
    auto issue = issue_of(rule, row.path, std::move(message));
    issue.symbol = graph.symbols[element];
    issue.start_line = issue.end_line = row.name_line;
    issue.start_column = issue.end_column = row.name_column;
    issue.first_line = std::min(row.start_line, row.name_line);
    issue.subject = subject_of(row.kind, row.qualified_name, row.overload);
    return issue;
}

void IssueSources::add_findings(const std::vector<sql::CurrentFindings::Row>& rows, const UseGraph& graph) {
    const auto bound = bound_functions(graph);
    for (const auto& row : rows) {
        const auto* const built_in = checks::find_rule(row.rule_id);
        const auto* const rule =
            built_in == nullptr ? enabled_rule_of_plugin(rules_, row.rule_id) : rules_.enabled(built_in->key);
        if (rule == nullptr || (built_in != nullptr && is_left_alone(built_in->key, row.path))) continue;
        auto issue = issue_of(*rule, row.path, row.message);
        if (row.kind)
            issue.symbol = element_symbol(codebase_, row.path, extract::element_kind_from_label(*row.kind),
                                          *row.qualified_name, static_cast<std::uint32_t>(*row.overload));
        const bool is_parameter = built_in != nullptr && built_in->key == RuleKey::unused_parameter;
        if (is_parameter && issue.symbol && bound.contains(*issue.symbol)) continue;
        issue.start_line = row.start_line, issue.start_column = row.start_column;
        issue.end_line = row.end_line, issue.end_column = row.end_column;
        issue.start_character = row.start_character, issue.end_character = row.end_character;
        issue.subject = fmt::format("{} {}", row.qualified_name.value_or(""), row.source);
        issues_.push_back(std::move(issue));
    }
}

void IssueSources::add_figures(const std::vector<sql::FiguresAbove::Row>& rows) {
    for (const auto& row : rows) {
        const auto check = [&](const Limit& limit) {
            const auto* const rule = rules_.enabled(limit.rule);
            const auto most = rules_.parameter(limit.rule);
            if (rule == nullptr || limit.value <= most) return;
            const auto name = row.qualified_name.value_or(row.path);
            auto issue = issue_of(*rule, row.path,
                                  fmt::format("{} has {} {}, more than {}", name, limit.value, limit.words, most));
            if (row.kind) {
                issue.symbol = element_symbol(codebase_, row.path, extract::element_kind_from_label(*row.kind),
                                              *row.qualified_name, static_cast<std::uint32_t>(*row.overload));
                issue.start_line = issue.end_line = *row.name_line;
                issue.start_column = issue.end_column = *row.name_column;
                issue.first_line = std::min(*row.start_line, *row.name_line);
                issue.subject = subject_of(*row.kind, *row.qualified_name, *row.overload);
            }
            issues_.push_back(std::move(issue));
        };
        if (row.ordinal < 0) {
            check({RuleKey::file_lines, row.code_lines, "lines of code"});
        } else if (row.kind && is_function(*row.kind)) {
            check({RuleKey::cognitive, row.cognitive_complexity, "points of cognitive complexity"});
            check({RuleKey::cyclomatic, row.cyclomatic_complexity, "points of cyclomatic complexity"});
            check({RuleKey::nesting, row.nesting_max, "levels of nested control structures"});
            check({RuleKey::function_lines, row.code_lines, "lines of code"});
            check({RuleKey::parameters, row.parameters, "parameters"});
        } else if (row.cohesion_groups) {
            check({RuleKey::cohesion, *row.cohesion_groups, "groups of methods that share nothing"});
        }
    }
}

void IssueSources::add_dead_code(const UseGraph& graph) {
    const auto* const rule = rules_.enabled(RuleKey::unreached);
    if (rule == nullptr) return;
    const bool with_exported = rules_.parameter(RuleKey::unreached) != 0;
    const auto numbers = numbers_of(graph);
    std::unordered_map<SymbolId, std::vector<std::uint32_t>> callers;
    const auto dead = dead_code(graph, !with_exported);
    for (const auto& d : dead) callers[d.symbol];
    for (const auto& use : graph.summary.uses)
        if (const auto found = callers.find(use.target);
            found != callers.end() && use.kind != RelationshipKind::override_ &&
            use.kind != RelationshipKind::inherit && use.source != use.target)
            if (const auto source = numbers.find(use.source); source != numbers.end())
                found->second.push_back(source->second);
    for (const auto& d : dead) {
        if (!is_told_by_graph(d) || may_be_meant(graph, d)) continue;
        auto& of_this = callers[d.symbol];
        std::ranges::sort(of_this);
        of_this.erase(std::ranges::unique(of_this).begin(), of_this.end());
        auto issue = issue_of_element(
            *rule, graph, numbers.at(d.symbol),
            of_this.empty() ? fmt::format("nothing calls, passes or mentions the {} {}", d.kind, d.name)
                            : fmt::format("the {} {} is used by {} alone that nothing reaches", d.kind, d.name,
                                          of_this.size() == 1 ? "one" : fmt::format("{}", of_this.size())));
        for (const auto caller : of_this) {
            if (issue.related.size() == related_max) break;
            const auto& row = graph.elements[caller];
            issue.related.push_back(
                {row.path, row.name_line, row.qualified_name + " uses it, and nothing reaches that"});
        }
        issues_.push_back(std::move(issue));
    }
}

void IssueSources::add_symbol_cycles(const StoredRule& rule, const UseGraph& graph, const Edges& edges,
                                     std::string_view what, bool crosses_files) {
    const auto label = [&](std::uint32_t i) { return graph.elements[i].qualified_name; };
    for (auto& component : strongly_connected(edges)) {
        const auto& first_path = graph.elements[component.front()].path;
        const bool is_of_one_file =
            std::ranges::all_of(component, [&](auto i) { return graph.elements[i].path == first_path; });
        if (component.size() < 2 || (crosses_files && is_of_one_file)) continue;
        std::ranges::sort(component);  // by path and line
        const auto way = shortest_cycle(edges, component, component.front());
        auto issue = issue_of_element(
            rule, graph, component.front(),
            fmt::format("{} {} each other in a circle: {}", component.size(), what, way_text(way, label)));
        for (const auto one : way) {
            if (issue.related.size() == related_max) break;
            issue.related.push_back({graph.elements[one].path, graph.elements[one].name_line, label(one)});
        }
        issues_.push_back(std::move(issue));
    }
}

void IssueSources::add_call_cycles(const UseGraph& graph) {
    const auto* const rule = rules_.enabled(RuleKey::call_cycle);
    if (rule == nullptr) return;
    constexpr float sure = 0.9F;  // a circle of guesses is none
    const auto numbers = numbers_of(graph);
    Edges edges(graph.elements.size());
    for (const auto& use : graph.summary.uses) {
        if (use.kind != RelationshipKind::call || use.confidence < sure) continue;
        const auto from = numbers.find(use.source), to = numbers.find(use.target);
        if (from != numbers.end() && to != numbers.end()) edges[from->second].push_back(to->second);
    }
    add_symbol_cycles(*rule, graph, edges, "functions call", true);
}

void IssueSources::add_inheritance_cycles(const UseGraph& graph) {
    const auto* const rule = rules_.enabled(RuleKey::inheritance_cycle);
    if (rule == nullptr) return;
    const auto numbers = numbers_of(graph);
    Edges edges(graph.elements.size());
    for (const auto& use : graph.summary.uses) {
        if (use.kind != RelationshipKind::inherit) continue;
        const auto from = numbers.find(use.source), to = numbers.find(use.target);
        if (from != numbers.end() && to != numbers.end() && is_read_as_written(graph.elements[from->second].path))
            edges[from->second].push_back(to->second);
    }
    add_symbol_cycles(*rule, graph, edges, "types inherit from", false);
}

void IssueSources::add_import_cycles(const std::vector<FileImport>& rows) {
    const auto* const rule = rules_.enabled(RuleKey::import_cycle);
    if (rule == nullptr) return;
    const auto edges_kept = without_own_packages(rows);
    std::map<std::string, std::uint32_t> numbers;  // in the order of the paths
    for (const auto& row : edges_kept) numbers[row.source_path], numbers[row.target_path];
    std::vector<std::string> paths;
    for (auto& [path, number] : numbers) {
        number = static_cast<std::uint32_t>(paths.size());
        paths.push_back(path);
    }
    Edges edges(paths.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::int32_t> lines;
    for (const auto& row : edges_kept) {
        const auto from = numbers.at(row.source_path), to = numbers.at(row.target_path);
        edges[from].push_back(to);
        lines.try_emplace({from, to}, row.line);
    }
    for (auto& component : strongly_connected(edges)) {
        if (component.size() < 2) continue;
        std::ranges::sort(component);
        const auto way = shortest_cycle(edges, component, component.front());
        const auto label = [&](std::uint32_t i) { return paths[i]; };
        auto issue =
            issue_of(*rule, paths[component.front()],
                     fmt::format("{} files import each other in a circle: {}", component.size(), way_text(way, label)));
        issue.start_line = issue.end_line = lines.at({way[0], way.size() > 1 ? way[1] : way[0]});
        for (std::size_t i = 0; i < way.size() && i < related_max; ++i) {
            const auto next = way[(i + 1) % way.size()];
            issue.related.push_back({paths[way[i]], lines.at({way[i], next}), "imports " + paths[next]});
        }
        issues_.push_back(std::move(issue));
    }
}

void IssueSources::add_duplicates(const std::vector<DuplicateBlock>& blocks) {
    const auto* const rule = rules_.enabled(RuleKey::duplicate_block);
    if (rule == nullptr) return;
    for (const auto& block : blocks) {
        const auto shown =
            std::ranges::find_if(block.places, [](const auto& place) { return !is_in_tests(place.path); });
        if (shown == block.places.end()) continue;
        auto issue = issue_of(*rule, shown->path,
                              fmt::format("{} lines ({} tokens) stand in {} places{}",
                                          shown->end_line - shown->start_line + 1, block.tokens, block.places.size(),
                                          block.clone_type == 1 ? "" : ", with other names, types or values"));
        issue.start_line = shown->start_line, issue.end_line = shown->end_line;
        issue.subject = to_string(block.digest);
        for (auto place = block.places.begin(); place != block.places.end(); ++place) {
            if (issue.related.size() == related_max) break;
            if (place != shown)
                issue.related.push_back(
                    {place->path, place->start_line, fmt::format("also to line {} here", place->end_line)});
        }
        issues_.push_back(std::move(issue));
    }
}

}  // namespace gsdb::codebase
