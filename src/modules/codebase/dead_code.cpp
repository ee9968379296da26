#include "modules/codebase/dead_code.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase {

namespace {

constexpr std::uint32_t none = 0xFFFFFFFF;

class Marking {
  public:
    Marking(const std::vector<ReachableElement>& elements, const std::vector<Use>& uses)
        : elements_(elements), marks_(elements.size()), inside_(elements.size()) {
        for (std::uint32_t i = 0; i < elements.size(); ++i) {
            numbers_.emplace(elements[i].symbol, i);
            if (elements[i].parent != none) inside_[elements[i].parent].push_back(i);
        }
        for (const auto& use : uses) {
            const auto target = numbers_.find(use.target);
            if (target != numbers_.end()) targets_[use.source].push_back(target->second);
        }
        // What is no element is a file, which runs.
        for (const auto& [source, targets] : targets_)
            if (!numbers_.contains(source))
                for (const auto target : targets) mark(target);
    }

    std::vector<bool> run() {
        for (std::uint32_t i = 0; i < elements_.size(); ++i)
            if (elements_[i].is_root) mark(i);
        while (!open_.empty()) {
            const auto number = open_.back();
            open_.pop_back();
            if (const auto found = targets_.find(elements_[number].symbol); found != targets_.end())
                for (const auto target : found->second) mark(target);
            for (const auto inner : inside_[number])
                if (!elements_[number].is_type || elements_[inner].is_implied || elements_[inner].is_type) mark(inner);
        }
        return std::move(marks_);
    }

  private:
    void mark(std::uint32_t number) {
        if (marks_[number]) return;
        marks_[number] = true;
        open_.push_back(number);
        // Who can name a member has its type.
        if (const auto parent = elements_[number].parent; parent != none) mark(parent);
    }

    const std::vector<ReachableElement>& elements_;
    std::vector<bool> marks_;
    std::vector<std::vector<std::uint32_t>> inside_;
    std::unordered_map<SymbolId, std::uint32_t> numbers_;
    std::unordered_map<SymbolId, std::vector<std::uint32_t>> targets_;
    std::vector<std::uint32_t> open_;
};

/// `__init__`, constructors: the language calls them.
bool is_implied(std::string_view kind, std::string_view name) {
    const auto last = name.substr(name.rfind('.') + 1);
    return kind == "constructor" || kind == "property" || last == "constructor" ||
           (last.starts_with("__") && last.ends_with("__"));
}

bool has(std::int32_t flags, extract::ElementFlag flag) {
    return (static_cast<std::uint32_t>(flags) & static_cast<std::uint32_t>(flag)) != 0;
}

bool is_type(std::string_view kind) {
    return kind != "function" && kind != "method" && kind != "constructor" && kind != "property";
}

/// A type and one that inherits from it.
using Inheritance = std::vector<std::pair<SymbolId, SymbolId>>;

/// The types that inherit from outside, directly or through others.
std::unordered_set<SymbolId> below_outside(const Inheritance& bases, const Inheritance& outside_bases) {
    std::unordered_multimap<SymbolId, SymbolId> below(bases.begin(), bases.end());
    std::unordered_set<SymbolId> found;
    std::vector<SymbolId> open;
    const auto find = [&](SymbolId type) {
        if (found.insert(type).second) open.push_back(type);
    };
    for (const auto& [base, type] : outside_bases) find(type);
    while (!open.empty()) {
        const auto [begin, end] = below.equal_range(open.back());
        open.pop_back();
        std::vector<SymbolId> types;
        for (auto one = begin; one != end; ++one) types.push_back(one->second);
        for (const auto type : types) find(type);
    }
    return found;
}

std::vector<ReachableElement> elements_of(const UseGraph& graph, const std::unordered_set<SymbolId>& types_from_outside,
                                          bool exported_are_roots) {
    const auto& rows = graph.elements;
    std::vector<ReachableElement> elements;
    std::unordered_map<std::int32_t, std::uint32_t> of_file;  // by ordinal
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (i > 0 && row.path != rows[i - 1].path) of_file.clear();
        ReachableElement element{.symbol = graph.symbols[i],
                                 .is_type = is_type(row.kind),
                                 .is_implied = is_implied(row.kind, row.qualified_name)};
        if (row.parent_ordinal)
            if (const auto found = of_file.find(*row.parent_ordinal); found != of_file.end())
                element.parent = found->second;
        // A decorator stands on a line before the name.
        const bool is_decorated = row.start_line < row.name_line;
        const bool may_be_called_from_outside =
            element.parent != none && types_from_outside.contains(elements[element.parent].symbol);
        element.is_root = is_decorated || may_be_called_from_outside || row.qualified_name == "main" ||
                          is_test(row.path, row.qualified_name) || has(row.flags, extract::ElementFlag::test) ||
                          (exported_are_roots && has(row.flags, extract::ElementFlag::exported));
        of_file.emplace(row.ordinal, i);
        elements.push_back(element);
    }
    return elements;
}

}  // namespace

bool is_test(std::string_view path, std::string_view name) {
    const auto file = path.substr(path.rfind('/') + 1);
    const auto last = name.substr(name.rfind('.') + 1);
    return last.starts_with("test") || last.starts_with("Test") || file.starts_with("test_") ||
           file.find("_test.") != std::string_view::npos || file.find(".test.") != std::string_view::npos ||
           file.find(".spec.") != std::string_view::npos || file == "conftest.py";
}

std::vector<bool> reachable(const std::vector<ReachableElement>& elements, const std::vector<Use>& uses) {
    return Marking(elements, uses).run();
}

std::vector<DeadElement> dead_code(const UseGraph& graph, bool exported_are_roots) {
    std::vector<Use> uses;
    std::unordered_map<SymbolId, std::int32_t> callers;
    Inheritance bases, outside_bases;
    for (const auto& use : graph.summary.uses) {
        const bool inherits = use.kind == RelationshipKind::inherit,
                   overrides = use.kind == RelationshipKind::override_;
        if (inherits) (use.is_outside ? outside_bases : bases).emplace_back(use.target, use.source);
        if (overrides)
            uses.push_back({use.target, use.source});
        else
            uses.push_back({use.source, use.target});
        if (!overrides && !inherits) ++callers[use.target];
    }
    const auto elements = elements_of(graph, below_outside(bases, outside_bases), exported_are_roots);
    const auto alive = reachable(elements, uses);
    std::vector<DeadElement> dead;
    for (std::uint32_t i = 0; i < graph.elements.size(); ++i) {
        if (alive[i] || (elements[i].parent != none && !alive[elements[i].parent])) continue;
        const auto& row = graph.elements[i];
        const auto called = callers.find(elements[i].symbol);
        dead.push_back({.symbol = elements[i].symbol,
                        .path = row.path,
                        .kind = row.kind,
                        .name = row.qualified_name,
                        .start_line = row.start_line,
                        .end_line = row.end_line,
                        .name_line = row.name_line,
                        .name_column = row.name_column,
                        .is_exported = has(row.flags, extract::ElementFlag::exported),
                        .dead_callers = called == callers.end() ? 0 : called->second});
    }
    return dead;
}

bool may_be_meant(const UseGraph& graph, const DeadElement& element) {
    return std::ranges::binary_search(graph.summary.unresolved_names, element.name.substr(element.name.rfind('.') + 1));
}

Task<UseGraph> load_use_graph(pg::TransactionOf<Database> tx, OrganizationId organization, CodebaseId codebase,
                              std::optional<GraphSummary> known) {
    UseGraph graph;
    graph.elements = co_await tx.query<sql::GraphElements>({.organization_id = organization, .codebase_id = codebase});
    for (const auto& row : graph.elements)
        graph.symbols.push_back(element_symbol(codebase, row.path, extract::element_kind_from_label(row.kind),
                                               row.qualified_name, static_cast<std::uint32_t>(row.overload)));
    graph.summary = known ? *std::move(known) : co_await load_graph_summary(tx, organization, codebase);
    co_return graph;
}

Task<std::vector<DeadElement>> dead_code(pg::Database<Database> database, OrganizationId organization,
                                         CodebaseId codebase) {
    const auto graph = co_await database.transaction(
        {.organization = organization, .access = pg::Access::read_only},
        [&](pg::TransactionOf<Database>& tx) { return load_use_graph(tx, organization, codebase); });
    co_return dead_code(graph);
}

}  // namespace gsdb::codebase
