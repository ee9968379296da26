#include "modules/codebase/graph_rows.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include "modules/codebase/digest.hpp"

namespace gsdb::codebase {

namespace {

using flow::none;

extract::Language language_of(const LinkedFile& file) {
    return file.flow->language;
}

/// How many callees were found at each call of a file.
class Candidates {
  public:
    template <class Edges>
    explicit Candidates(const Edges& edges) {
        for (const auto& edge : edges) ++counts_[{edge.file, edge.call}];
    }
    std::size_t of(std::uint32_t file, flow::Index call) const { return counts_.at({file, call}); }

  private:
    std::map<std::pair<std::uint32_t, flow::Index>, std::size_t> counts_;
};

}  // namespace

float confidence_of(link::Method method, std::size_t candidates) {
    // Right and found, as bench/call_graph --methods counts them. What is found by the class of the receiver is counted
    // together, and so are calls with several meanings: alone they are too few.
    struct Findings {
        float right, found;
        float succession() const { return (right + 1) / (found + 2); }
    };
    if (candidates > 1) return Findings{9, 12}.succession();
    switch (method) {
        case link::Method::scope:
            return Findings{80, 80}.succession();
        case link::Method::import:
            return Findings{33, 33}.succession();
        case link::Method::value_flow:
            return Findings{102, 102}.succession();
        default:
            return Findings{38, 38}.succession();
    }
}

CodebaseGraph::CodebaseGraph(CodebaseId codebase, std::vector<LinkedFile> files, const link::Links& links)
    : codebase_(codebase),
      files_(std::move(files)),
      links_(links),
      relationships_(files_.size()),
      outside_used_(files_.size()),
      unresolved_(files_.size()) {
    for (std::uint32_t file = 0; file < files_.size(); ++file) add_symbols(file);
    for (const auto& outside : links_.outside) outside_symbols_.push_back(outside_symbol(outside));
    add_calls();
    add_outside_calls();
    add_passes();
    add_uses();
    add_bases();
    add_overrides();
    add_imports();
    add_unresolved();
    sort();
}

// --- symbols ---

void CodebaseGraph::add_symbols(std::uint32_t file) {
    const auto& f = files_[file];
    file_symbols_.push_back(file_symbol(codebase_, f.path));
    auto& symbols = element_symbols_.emplace_back();
    for (const auto& e : f.places->elements)
        symbols.push_back(element_symbol(codebase_, f.path, e.kind, f.flow->names[e.qualified_name], e.overload));
}

CodebaseGraph::Source CodebaseGraph::source_of(std::uint32_t file, flow::Index function) const {
    const auto& f = files_[file];
    for (auto at = function; at != none; at = f.flow->functions[at].parent)
        if (const auto element = f.places->function_elements[at]; element != none)
            return {element_symbols_[file][element], f.places->elements[element].start_line};
    return {file_symbols_[file], 1};
}

CodebaseGraph::Source CodebaseGraph::source_of_class(std::uint32_t file, flow::Index class_) const {
    const auto& f = files_[file];
    const auto element = f.places->class_elements[class_];
    if (element == none) return source_of(file, f.flow->classes[class_].function);
    return {element_symbols_[file][element], f.places->elements[element].start_line};
}

bool CodebaseGraph::has_element(const link::Definition& definition) const {
    const auto& places = *files_[definition.file].places;
    return (definition.is_class ? places.class_elements : places.function_elements)[definition.index] != none;
}

/// The innermost element around a definition: an unnamed function is part of what it stands in.
SymbolId CodebaseGraph::target_of(const link::Definition& definition) const {
    return definition.is_class ? source_of_class(definition.file, definition.index).id
                               : source_of(definition.file, definition.index).id;
}

SymbolId CodebaseGraph::target_of(const link::Target& target) const {
    switch (target.kind) {
        case link::Target::Kind::file:
            return file_symbols_[target.file];
        case link::Target::Kind::outside:
            return outside_symbols_[target.file];
        default:
            return target_of(link::Definition{target.file, target.index, target.kind == link::Target::Kind::class_});
    }
}

// --- relationships ---

void CodebaseGraph::add(std::uint32_t file, const Source& source, const flow::Site& site, RelationshipKind kind,
                        SymbolId target, link::Method method, std::size_t candidates) {
    auto place = site;
    place.line = site.line > source.start_line ? site.line - source.start_line : 0;
    if (place.column == 0) place.column = 1;
    relationships_[file].push_back({source.id, place, kind, target, method, confidence_of(method, candidates)});
}

void CodebaseGraph::add_calls() {
    const Candidates callees(links_.edges), classes(links_.instantiations);
    for (const auto& edge : links_.edges) {
        if (edge.callee.is_class) continue;  // it is among the instantiations
        if (!has_element(edge.callee)) continue;
        const auto& call = files_[edge.file].flow->calls[edge.call];
        const bool decorates = call.kind == flow::CallKind::decorate;
        add(edge.file, source_of(edge.file, edge.caller), call.site,
            decorates ? RelationshipKind::decorate : RelationshipKind::call, target_of(edge.callee), edge.method,
            callees.of(edge.file, edge.call));
    }
    for (const auto& edge : links_.instantiations) {
        if (!has_element(edge.callee)) continue;
        const auto& call = files_[edge.file].flow->calls[edge.call];
        const bool decorates = call.kind == flow::CallKind::decorate;
        add(edge.file, source_of(edge.file, edge.caller), call.site,
            decorates ? RelationshipKind::decorate : RelationshipKind::instantiate, target_of(edge.callee), edge.method,
            classes.of(edge.file, edge.call));
    }
}

void CodebaseGraph::add_outside_calls() {
    const Candidates candidates(links_.outside_calls);
    for (const auto& edge : links_.outside_calls) {
        const auto& call = files_[edge.file].flow->calls[edge.call];
        const auto kind = call.kind == flow::CallKind::decorate      ? RelationshipKind::decorate
                          : call.kind == flow::CallKind::instantiate ? RelationshipKind::instantiate
                                                                     : RelationshipKind::call;
        const bool is_of_language = links_.outside[edge.outside].package.empty();
        const auto method = call.form == flow::CalleeForm::imported || call.form == flow::CalleeForm::member
                                ? link::Method::import
                            : is_of_language ? link::Method::scope
                                             : link::Method::value_flow;
        outside_used_[edge.file].insert(edge.outside);
        add(edge.file, source_of(edge.file, edge.caller), call.site, kind, outside_symbols_[edge.outside], method,
            candidates.of(edge.file, edge.call));
    }
}

void CodebaseGraph::add_passes() {
    const Candidates things(links_.passes);
    for (const auto& edge : links_.passes) {
        if (!has_element(edge.callee)) continue;
        add(edge.file, source_of(edge.file, edge.caller), files_[edge.file].flow->calls[edge.call].site,
            RelationshipKind::pass, target_of(edge.callee), edge.method, things.of(edge.file, edge.call));
    }
}

void CodebaseGraph::add_uses() {
    for (const auto& use : links_.uses) {
        if (!has_element(use.definition)) continue;
        const auto source = source_of(use.file, use.function);
        const auto target = target_of(use.definition);
        if (source.id == target) continue;
        const auto kind = use.kind == link::NameUse::Kind::read       ? RelationshipKind::read
                          : use.kind == link::NameUse::Kind::type_use ? RelationshipKind::type_use
                                                                      : RelationshipKind::pass;
        add(use.file, source, {.line = source.start_line, .column = 1}, kind, target, link::Method::value_flow);
    }
}

void CodebaseGraph::add_bases() {
    for (const auto& inheritance : links_.bases) {
        const auto source = source_of_class(inheritance.file, inheritance.class_);
        const auto target = target_of(inheritance.base);
        if (target == source.id) continue;
        const bool is_here =
            inheritance.base.kind != link::Target::Kind::outside && inheritance.base.file == inheritance.file;
        if (inheritance.base.kind == link::Target::Kind::outside)
            outside_used_[inheritance.file].insert(inheritance.base.file);
        auto site = files_[inheritance.file].flow->classes[inheritance.class_].site;
        site.length = 0;  // the class is written there, not the base
        add(inheritance.file, source, site, RelationshipKind::inherit, target,
            is_here ? link::Method::scope : link::Method::import);
    }
}

void CodebaseGraph::add_imports() {
    for (const auto& edge : links_.imports) {
        const auto& flow = *files_[edge.file].flow;
        if (!is_shown(edge)) continue;
        if (edge.target.kind == link::Target::Kind::outside) outside_used_[edge.file].insert(edge.target.file);
        const bool re_exports = edge.is_wildcard && flow.wildcards[edge.import].is_export_only;
        add(edge.file, {file_symbols_[edge.file], 1}, site_of(edge),
            re_exports ? RelationshipKind::re_export : RelationshipKind::import, target_of(edge.target),
            link::Method::import);
    }
}

/// An unnamed function that a module exports has no row.
bool CodebaseGraph::is_shown(const link::ImportEdge& edge) const {
    return edge.target.kind != link::Target::Kind::function ||
           files_[edge.target.file].places->function_elements[edge.target.index] != none;
}

flow::Site CodebaseGraph::site_of(const link::ImportEdge& edge) const {
    const auto& places = *files_[edge.file].places;
    auto site = (edge.is_wildcard ? places.wildcard_sites : places.import_sites)[edge.import];
    if (site.line == 0) site = {.line = 1, .column = 1};
    return site;
}

namespace {

/// The methods of each class by their names.
using Methods = std::map<std::pair<std::uint32_t, flow::Index>, std::map<std::string_view, flow::Index>>;

Methods methods_of(const std::vector<LinkedFile>& files) {
    Methods methods;
    for (std::uint32_t file = 0; file < files.size(); ++file) {
        const auto& functions = files[file].flow->functions;
        for (flow::Index f = 0; f < functions.size(); ++f)
            if (functions[f].owner != none && functions[f].name != none &&
                files[file].places->function_elements[f] != none)
                methods[{file, functions[f].owner}].try_emplace(files[file].flow->names[functions[f].name], f);
    }
    return methods;
}

}  // namespace

/// A method overrides the nearest one of its name in the classes above, breadth first.
void CodebaseGraph::add_overrides() {
    using Class = std::pair<std::uint32_t, flow::Index>;
    std::map<Class, std::vector<Class>> bases;
    for (const auto& inheritance : links_.bases)
        if (inheritance.base.kind == link::Target::Kind::class_)
            bases[{inheritance.file, inheritance.class_}].emplace_back(inheritance.base.file, inheritance.base.index);
    const auto methods = methods_of(files_);
    for (const auto& [class_, direct] : bases) {
        const auto own = methods.find(class_);
        if (own == methods.end()) continue;
        std::vector<Class> above = direct;
        for (std::size_t i = 0; i < above.size(); ++i)
            if (const auto next = bases.find(above[i]); next != bases.end())
                for (const auto& base : next->second)
                    if (base != class_ && std::ranges::find(above, base) == above.end()) above.push_back(base);
        for (const auto& [name, function] : own->second) {
            for (const auto& base : above) {
                const auto of_base = methods.find(base);
                if (of_base == methods.end() || !of_base->second.contains(name)) continue;
                const auto& site = files_[class_.first].flow->functions[function].site;
                add(class_.first, source_of(class_.first, function), site, RelationshipKind::override_,
                    target_of(link::Definition{base.first, of_base->second.at(name), false}),
                    link::Method::inherited_member);
                break;
            }
        }
    }
}

void CodebaseGraph::add_unresolved() {
    std::set<std::pair<std::uint32_t, flow::Index>> outside;
    for (const auto& call : links_.outside_calls) outside.emplace(call.file, call.call);
    for (const auto& unknown : links_.unknown) {
        const auto reference = files_[unknown.file].places->call_references[unknown.call];
        if (reference == none || outside.contains({unknown.file, unknown.call})) continue;
        unresolved_[unknown.file].emplace_back(reference, static_cast<std::int32_t>(unknown.reason));
        const auto& flow = *files_[unknown.file].flow;
        if (const auto name = flow.calls[unknown.call].name; name != none) unresolved_names_.insert(flow.names[name]);
    }
}

void CodebaseGraph::sort() {
    for (auto& of_file : relationships_) {
        std::ranges::sort(of_file, [](const auto& a, const auto& b) {
            // Of two ways to the same finding the surer one stays.
            return std::tuple(a.key(), a.method) < std::tuple(b.key(), b.method);
        });
        const auto repeated = std::ranges::unique(of_file, {}, &Relationship::key);
        of_file.erase(repeated.begin(), repeated.end());
    }
    for (auto& of_file : unresolved_) {
        std::ranges::sort(of_file);
        const auto repeated = std::ranges::unique(of_file, {}, [](const auto& one) { return one.first; });
        of_file.erase(repeated.begin(), repeated.end());
    }
}

// --- without places ---

void CodebaseGraph::add_uses_to(GraphSummary& summary) const {
    const std::unordered_set<SymbolId> outside(outside_symbols_.begin(), outside_symbols_.end());
    for (const auto& of_file : relationships_)
        for (const auto& r : of_file)
            if (r.kind != RelationshipKind::import && r.kind != RelationshipKind::re_export)
                summary.uses.push_back({r.source, r.target, r.kind, outside.contains(r.target), r.confidence});
}

void CodebaseGraph::add_imports_to(GraphSummary& summary) const {
    for (const auto& edge : links_.imports) {
        const auto language = language_of(files_[edge.file]);
        const bool loads_files = language == extract::Language::python || language == extract::Language::javascript ||
                                 language == extract::Language::typescript || language == extract::Language::tsx;
        if (!loads_files || edge.target.kind == link::Target::Kind::outside || edge.target.file == edge.file ||
            !is_shown(edge))
            continue;
        summary.imports.push_back({std::string(path(edge.file)), std::string(path(edge.target.file)),
                                   static_cast<std::int32_t>(site_of(edge).line)});
    }
}

GraphSummary CodebaseGraph::summary() const {
    GraphSummary summary;
    add_uses_to(summary);
    add_imports_to(summary);
    summary.unresolved_names.assign(unresolved_names_.begin(), unresolved_names_.end());
    normalise(summary);
    return summary;
}

// --- writing ---

Uuid CodebaseGraph::digest(std::uint32_t file) const {
    Digest digest;
    digest.add(files_[file].blob);
    for (const auto symbol : element_symbols_[file]) digest.add(symbol);
    for (const auto& r : relationships_[file]) {
        digest.add(r.source), digest.add(r.target), digest.add(r.kind), digest.add(r.method), digest.add(r.confidence);
        digest.add(r.site.line), digest.add(r.site.column), digest.add(r.site.length);
    }
    for (const auto& [reference, reason] : unresolved_[file]) digest.add(reference), digest.add(reason);
    return digest.finish();
}

void CodebaseGraph::append(GraphRows& rows, std::uint32_t file) {
    const auto& f = files_[file];
    const std::optional<std::string_view> nothing;
    const auto language = extract::to_label(language_of(f));
    const auto number = [](std::size_t value) { return static_cast<std::int32_t>(value); };
    const auto add_symbol = [&](SymbolId id, extract::ElementKind kind, std::string_view name, std::uint32_t overload) {
        rows.symbols.row(id, "codebase", std::optional(codebase_), std::optional(f.path), nothing, nothing, language,
                         std::optional(extract::to_label(kind)), name, number(overload));
    };
    add_symbol(file_symbols_[file], extract::ElementKind::module, {}, 0);
    for (std::size_t i = 0; i < f.places->elements.size(); ++i) {
        const auto& e = f.places->elements[i];
        add_symbol(element_symbols_[file][i], e.kind, f.flow->names[e.qualified_name], e.overload);
    }
    for (const auto number_of : outside_used_[file]) {
        if (!outside_written_.insert(number_of).second) continue;
        const auto& o = links_.outside[number_of];
        const bool is_of_package = !o.package.empty();
        rows.symbols.row(outside_symbols_[number_of], is_of_package ? "package" : "language",
                         std::optional<CodebaseId>{}, nothing,
                         is_of_package ? std::optional(ecosystem_of(o.language)) : nothing,
                         is_of_package ? std::optional<std::string_view>(o.package) : nothing,
                         extract::to_label(o.language), nothing, o.name, 0);
    }
    std::int32_t ordinal = 0;
    std::optional<SymbolId> source;
    for (const auto& r : relationships_[file]) {
        if (source != r.source) ordinal = 0, source = r.source;
        rows.relationships.row(r.source, r.target, ordinal++, to_label(r.kind), to_label(r.method), r.confidence,
                               number(r.site.line), number(r.site.column), number(r.site.length));
    }
    std::vector<std::int32_t> references;
    std::vector<std::int16_t> reasons;
    for (const auto& [reference, reason] : unresolved_[file]) {
        references.push_back(reference);
        reasons.push_back(static_cast<std::int16_t>(reason));
    }
    rows.resolutions.row(f.path, f.blob, digest(file), references, reasons);
    rows.files.row(f.path);
}

}  // namespace gsdb::codebase
