// C and C++: how values move, as their syntax trees say. Here are files, names and functions.

#include <algorithm>
#include <utility>

#include "modules/codebase/flow/c_flow.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {
namespace c {

namespace {

const Grammar& grammar(extract::Language language) {
    static const Grammar of_c(extract::Language::c), of_cpp(extract::Language::cpp);
    return language == extract::Language::cpp ? of_cpp : of_c;
}

/// Types that are taken for what they point to.
bool is_transparent(std::string_view name) {
    static const std::unordered_set<std::string_view> names{
        "unique_ptr", "shared_ptr", "weak_ptr", "optional", "reference_wrapper", "atomic", "observer_ptr", "not_null"};
    return names.contains(name);
}

bool is_collection(std::string_view name) {
    static const std::unordered_set<std::string_view> names{
        "vector",   "list",  "deque",          "array", "set",  "unordered_set", "map",   "unordered_map", "multimap",
        "multiset", "queue", "priority_queue", "stack", "span", "pair",          "tuple", "forward_list"};
    return names.contains(name);
}

}  // namespace

CFlow::CFlow(FileFlow& flow, TSNode root, std::string_view source)
    : TypedFlow(flow, root, source), g(grammar(flow.language)) {}

void CFlow::follow() {
    flow_.package = b.name("");
    collect(root_);
    declarations(root_);
    for (auto& scope : classes_) {
        b.set_bases(scope.index, scope.bases);
        b.set_members(scope.index, scope.members);
    }
    for (const auto& [name, known] : names_) {
        // What only this file sees others see where it is a header, which is not known here.
        const auto shown = known.is_static ? "static:" + name : name;
        flow_.exports.push_back({b.name(shown), known.node});
    }
    name_unnamed();
    b.finish();
}

// --- what there is ---

CFlow::FileName& CFlow::file_name(std::string_view name, bool is_type) {
    std::string key = scoped(name);
    if (is_type) key.insert(key.size() - name.size(), 1, type_mark);
    auto& known = names_[key];
    if (known.node == none) known.node = b.node_of(0);
    return known;
}

std::string_view CFlow::dotted(std::string_view name) {
    auto whole = scoped(name);
    for (std::size_t at = 0; (at = whole.find("::", at)) != std::string::npos;) whole.replace(at, 2, ".");
    return flow_.names[b.name(whole)];
}

bool CFlow::has_storage(TSNode node, std::string_view word) const {
    bool has = false;
    for_each_named_child(node, [&](TSNode each) { has |= kind(each) == Kind::storage_class && text(each) == word; });
    return has;
}

void CFlow::collect(TSNode list) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    for_each_named_child(list, [&](TSNode each) { collect_one(each); });
}

void CFlow::collect_one(TSNode node) {
    switch (kind(node)) {
        case Kind::preproc:
        case Kind::linkage:
        case Kind::declaration_list:
        case Kind::template_declaration:
            return collect(node);
        case Kind::namespace_:
            return namespace_definition(node, true);
        case Kind::using_:
            return using_directive(node);
        case Kind::function_definition:
            return collect_function(node);
        case Kind::class_specifier:
            return collect_class(node, {});
        case Kind::type_definition: {
            const auto type = field(node, g.type);
            const auto name = declared_by(field(node, g.declarator)).name;
            if (kind(type) == Kind::class_specifier) collect_class(type, text(name));
            if (!ts_node_is_null(name)) file_name(text(name), true).is_static = false;
            return;
        }
        case Kind::declaration:
            return collect_declaration(node);
        default:
            return;
    }
}

void CFlow::namespace_definition(TSNode node, bool collects) {
    const auto before = place_.space;
    const auto name = field(node, g.name);
    auto written = std::string(text(name));
    for (const auto space : {' ', '\n'}) std::erase(written, space);
    if (!written.empty()) place_.space = scoped(written);
    collects ? collect(field(node, g.body)) : declarations(field(node, g.body));
    place_.space = before;
}

/// `using namespace a::b;`, `using a::f;`
void CFlow::using_directive(TSNode node) {
    const auto name = named_child(node, named_child_count(node) - 1);
    const bool is_namespace = text(node).find("namespace") != std::string_view::npos;
    if (is_namespace) {
        flow_.wildcards.push_back({.module = b.name(text(name))});
        return;
    }
    const auto path = text(name);
    const auto last = path.substr(path.rfind(':') == std::string_view::npos ? 0 : path.rfind(':') + 1);
    for (const bool is_type : {false, true}) {
        auto marked = std::string(path);
        if (is_type) marked.insert(path.size() - last.size(), 1, type_mark);
        auto& known = file_name(last, is_type);
        known.is_static = true;
        b.op_in(0, OpCode::copy, known.node, import_of(marked));
    }
}

void CFlow::collect_function(TSNode node) {
    const auto type = field(node, g.type);
    if (kind(type) == Kind::class_specifier) collect_class(type, {});
    const auto declared = declared_by(field(node, g.declarator));
    if (!ts_node_is_null(declared.qualifier) || ts_node_is_null(declared.name)) return;
    auto& known = file_name(text(declared.name), false);
    known.is_static = has_storage(node, "static");
}

void CFlow::collect_class(TSNode node, std::string_view typedef_name) {
    const auto name_node = field(node, g.name);
    if (ts_node_is_null(field(node, g.body)) || class_of_tree_.contains(node.id)) return;
    const auto named = kind(name_node) == Kind::template_type ? field(name_node, g.name) : name_node;
    auto* scope = declare_class(node, ts_node_is_null(named) ? typedef_name : text(named));
    // One within another is a name of that class alone.
    if (scope->outer != nullptr) return;
    for (const auto name : {text(named), typedef_name}) {
        if (name.empty()) continue;
        auto& known = file_name(name, true);
        if (class_of_node_.contains(known.node)) continue;
        b.op_in(0, OpCode::copy, known.node, scope->value);
        class_of_node_[known.node] = scope;
    }
}

void CFlow::collect_declaration(TSNode node) {
    const auto type = field(node, g.type);
    if (kind(type) == Kind::class_specifier) collect_class(type, {});
    if (has_storage(node, "extern")) return;
    const bool is_static = has_storage(node, "static");
    for_each_named_child(node, [&](TSNode each) {
        if (each.id == type.id) return;
        const auto declared = declared_by(each);
        if (declared.is_function || ts_node_is_null(declared.name) || !ts_node_is_null(declared.qualifier)) return;
        auto& known = file_name(text(declared.name), false);
        known.is_static |= is_static;
    });
}

/// Goes through pointers, arrays and parentheses to the name.
CFlow::Declared CFlow::declared_by(TSNode declarator) const {
    Declared declared;
    constexpr int parts_max = 64;
    for (int i = 0; i < parts_max && !ts_node_is_null(declarator); ++i) {
        switch (kind(declarator)) {
            case Kind::function_declarator:
                if (ts_node_is_null(declared.parameters)) declared.parameters = field(declarator, g.parameters);
                declared.is_function = true;
                declarator = field(declarator, g.declarator);
                continue;
            case Kind::pointer_declarator:
            case Kind::reference_declarator: {
                declared.is_pointer = true;
                // `(*f)(int)` is a variable.
                declared.is_function = false;
                const auto inner = field(declarator, g.declarator);
                declarator =
                    ts_node_is_null(inner) ? named_child(declarator, named_child_count(declarator) - 1) : inner;
                continue;
            }
            case Kind::array_declarator:
                declared.is_array = true;
                declarator = field(declarator, g.declarator);
                continue;
            case Kind::init_declarator:
                declarator = field(declarator, g.declarator);
                continue;
            case Kind::parenthesized_declarator:
            case Kind::attributed:
                declarator = named_child(declarator, 0);
                continue;
            case Kind::qualified: {
                if (ts_node_is_null(declared.qualifier)) declared.qualifier = declarator;
                declarator = field(declarator, g.name);
                continue;
            }
            case Kind::template_function:
            case Kind::template_method:
                declarator = field(declarator, g.name);
                continue;
            case Kind::identifier:
            case Kind::type_identifier:
            case Kind::destructor_name:
            case Kind::operator_name:
            case Kind::primitive:
                declared.name = declarator;
                return declared;
            default:
                return declared;
        }
    }
    return declared;
}

// --- what it does ---

void CFlow::declarations(TSNode list) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    for_each_named_child(list, [&](TSNode each) { declaration_at_file(each); });
}

void CFlow::declaration_at_file(TSNode node) {
    switch (kind(node)) {
        case Kind::preproc:
        case Kind::linkage:
        case Kind::declaration_list:
            return declarations(node);
        case Kind::template_declaration:
            template_parameters(node);
            declarations(node);
            type_parameters_.pop_back();
            return;
        case Kind::namespace_:
            return namespace_definition(node, false);
        case Kind::function_definition:
            return function_definition(node);
        case Kind::class_specifier:
            if (const auto found = class_of_tree_.find(node.id); found != class_of_tree_.end())
                follow_class(*found->second);
            return;
        case Kind::type_definition:
            return type_definition(node);
        case Kind::alias_declaration: {
            const auto type = type_of(field(node, g.type)).class_;
            if (type != none) b.op_in(0, OpCode::copy, file_name(text(field(node, g.name)), true).node, type);
            return;
        }
        case Kind::declaration:
            if (const auto found = class_of_tree_.find(field(node, g.type).id); found != class_of_tree_.end())
                follow_class(*found->second);
            return file_variables(node);
        case Kind::expression_statement:
            expression(named_child(node, 0));
            return;
        default:
            return;
    }
}

void CFlow::template_parameters(TSNode node) {
    auto& names = type_parameters_.emplace_back();
    for_each_named_child(field(node, g.parameters), [&](TSNode each) {
        if (kind(each) != Kind::type_parameter && kind(each) != Kind::optional_type_parameter) return;
        for_each_named_child(each, [&](TSNode name) {
            if (kind(name) == Kind::type_identifier) names.insert(text(name));
        });
    });
}

bool CFlow::is_type_parameter(std::string_view name) const {
    return std::ranges::any_of(type_parameters_, [&](const auto& names) { return names.contains(name); });
}

void CFlow::type_definition(TSNode node) {
    const auto type = field(node, g.type);
    if (const auto found = class_of_tree_.find(type.id); found != class_of_tree_.end())
        return follow_class(*found->second);
    const auto declared = declared_by(field(node, g.declarator));
    if (ts_node_is_null(declared.name) || declared.is_function || !ts_node_is_null(declared.parameters)) return;
    const auto class_ = type_of(type).class_;
    auto& known = file_name(text(declared.name), true);
    if (class_ != none && class_ != known.node) b.op_in(0, OpCode::copy, known.node, class_);
}

void CFlow::file_variables(TSNode node) {
    const auto type_node = field(node, g.type);
    const bool is_extern = has_storage(node, "extern");
    for_each_named_child(node, [&](TSNode each) {
        if (each.id == type_node.id) return;
        const auto declared = declared_by(each);
        if (declared.is_function || ts_node_is_null(declared.name)) return;
        const auto type = declared_type(type_node, declared);
        const auto value_node = kind(each) == Kind::init_declarator ? field(each, g.value) : TSNode{};
        if (is_extern && ts_node_is_null(value_node)) return;
        const auto value = initial_value(value_node, type, type_node, declared, declared.name);
        if (!ts_node_is_null(declared.qualifier)) {
            // `int A::x = f();`
            const auto class_ = type_named(field(declared.qualifier, g.scope));
            if (class_ != none && value.node != none)
                b.op(OpCode::store, none, class_, b.name(text(declared.name)), value.node);
            return;
        }
        auto& known = file_name(text(declared.name), false);
        known.type = type;
        b.copy(known.node, value.node);
    });
}

void CFlow::function_definition(TSNode node) {
    if (const auto found = class_of_tree_.find(field(node, g.type).id); found != class_of_tree_.end())
        follow_class(*found->second);
    const auto declared = declared_by(field(node, g.declarator));
    if (ts_node_is_null(declared.name)) return;
    if (!ts_node_is_null(declared.qualifier)) return method_outside(node, declared);
    const auto name = text(declared.name);
    const auto index = b.add_function({.name = b.name(dotted(name)),
                                       .parent = b.current(),
                                       .flags = name == "main" ? flag(FunctionFlag::runs_once) : std::uint16_t{0},
                                       .site = Builder::site(declared.name)});
    b.op_in(0, OpCode::function, file_name(name, false).node, index);
    auto around = place_;
    place_.this_ = none;
    place_.class_ = nullptr;
    place_.class_node = none;
    function_body(index, node, declared);
    place_ = std::move(around);
}

std::vector<Parameter> CFlow::parameters_of(TSNode list) {
    std::vector<Parameter> parameters;
    for_each_named_child(list, [&](TSNode each) {
        const bool is_optional = kind(each) == Kind::optional_parameter;
        const bool is_rest = kind(each) == Kind::variadic_parameter;
        if (kind(each) != Kind::parameter && !is_optional && !is_rest) return;
        const auto declared = declared_by(field(each, g.declarator));
        const auto type_node = field(each, g.type);
        const bool is_void = text(type_node) == "void" && ts_node_is_null(field(each, g.declarator));
        if (is_void) return;
        const auto node = b.node();
        parameters.push_back({.kind = is_rest ? ParameterKind::rest : ParameterKind::positional,
                              .name = ts_node_is_null(declared.name) ? none : b.name(text(declared.name)),
                              .node = node,
                              .is_optional = is_optional});
        auto value = node;
        if (is_optional) value = b.joined({node, expression(field(each, g.default_value)).node});
        if (!ts_node_is_null(declared.name))
            declare(text(declared.name), is_rest ? Type{.is_open = true} : declared_type(type_node, declared), value);
    });
    for (std::uint32_t i = 0; i < child_count(list); ++i)
        if (std::string_view(ts_node_type(ts_node_child(list, i))) == "...")
            parameters.push_back({.kind = ParameterKind::rest, .node = b.node()});
    return parameters;
}

void CFlow::function_body(Index function, TSNode node, const Declared& declared) {
    if (b.current() == 0)
        shared_names_ = assigned_inside(
            field(node, g.body), [&](TSNode each) { return kind(each) == Kind::lambda; },
            [&](TSNode each, auto& names) {
                if (kind(each) == Kind::assignment) names.insert(text(field(each, g.left)));
            });
    b.enter(function);
    {
        const EnteredBlock inside(*this);
        b.set_parameters(function, parameters_of(declared.parameters));
        const auto inner = b.function(function).result;
        place_.result = inner;
        const auto returns = declared_type(field(node, g.type), declared);
        if (returns.class_ != none) {
            const auto outer = b.node();
            b.op(OpCode::typed, outer, returns.class_, returns.element, inner);
            b.function(function).result = outer;
        }
        if (b.function(function).has(FunctionFlag::constructor)) constructor_initializers(node);
        statement(field(node, g.body));
    }
    b.leave();
}

// --- types and names ---

Index CFlow::import_of(std::string_view path) {
    const auto key = place_.space + " " + std::string(path);
    const auto [found, is_new] = paths_.try_emplace(key, none);
    if (!is_new) return found->second;
    const auto node = b.node_of(0);
    flow_.imports.push_back({.kind = ImportKind::path, .module = b.name(path), .name = b.name(place_.space)});
    b.op_in(0, OpCode::import, node, static_cast<Index>(flow_.imports.size() - 1));
    return found->second = node;
}

/// A name of this file, from the innermost namespace to the outermost, or of another.
Index CFlow::lookup(std::string_view path, bool is_type) {
    auto marked = std::string(path);
    if (is_type) marked.insert(path.rfind(':') == std::string_view::npos ? 0 : path.rfind(':') + 1, 1, type_mark);
    for (auto space = place_.space;;) {
        const auto key = space.empty() ? marked : space + "::" + marked;
        if (const auto found = names_.find(key); found != names_.end()) return found->second.node;
        if (space.empty()) break;
        const auto cut = space.rfind("::");
        space.resize(cut == std::string::npos ? 0 : cut);
    }
    return import_of(marked);
}

/// The class that a name or a qualified name means.
Index CFlow::type_named(TSNode name) {
    if (kind(name) == Kind::template_type) name = field(name, g.name);
    auto path = std::string(text(name));
    if (const auto open = path.find('<'); open != std::string::npos) path.resize(open);
    if (path.starts_with("::")) path.erase(0, 2);
    if (is_type_parameter(path)) return none;
    if (const auto* local = find_local(path); local != nullptr && local->constant != none) return local->constant;
    for (const auto* scope = place_.class_; scope != nullptr; scope = scope->outer) {
        if (scope->name == path) return scope->value;
        if (const auto found = scope->nested.find(path); found != scope->nested.end()) return found->second;
    }
    return lookup(path, true);
}

Type CFlow::template_type(TSNode node) {
    const auto name = text(field(node, g.name));
    const auto arguments = field(node, g.arguments);
    const auto count = named_child_count(arguments);
    if (count > 0 && is_transparent(name)) return type_of(named_child(arguments, 0));
    if (count > 0 && is_collection(name)) {
        const bool is_keyed = name.find("map") != std::string_view::npos;
        const auto element = type_of(named_child(arguments, is_keyed && count > 1 ? 1 : 0));
        return {.class_ = global("[]"), .element = element.class_ == none ? none : typed(b.node(), element)};
    }
    if (name == "function") return {.is_open = true};
    return {.class_ = type_named(node)};
}

Type CFlow::type_of(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {.is_open = true};
    switch (kind(node)) {
        case Kind::type_identifier:
        case Kind::identifier:
            return is_type_parameter(text(node)) ? Type{.is_open = true} : Type{.class_ = type_named(node)};
        case Kind::class_specifier: {
            const auto found = class_of_tree_.find(node.id);
            if (found != class_of_tree_.end()) return {.class_ = found->second->value};
            return ts_node_is_null(field(node, g.name)) ? Type{.is_open = true} : type_of(field(node, g.name));
        }
        case Kind::qualified: {
            const auto name = field(node, g.name);
            if (kind(name) == Kind::template_type) {
                const auto plain = text(field(name, g.name));
                if (is_transparent(plain) || is_collection(plain) || plain == "function") return template_type(name);
            }
            if (kind(name) == Kind::qualified && text(node).starts_with("std::")) return type_of(name);
            return {.class_ = type_named(node)};
        }
        case Kind::template_type:
            return template_type(node);
        case Kind::type_descriptor:
            return type_of(field(node, g.type));
        case Kind::dependent_type:
            return {.is_open = true};
        default:
            return {.is_open = true};
    }
}

Type CFlow::declared_type(TSNode type, const Declared& declared) {
    // A pointer to a function is no pointer to what the function gives.
    if (!ts_node_is_null(declared.parameters) && !declared.is_function) return {.is_open = true};
    const auto element = type_of(type);
    if (!declared.is_array || declared.is_function) return element;
    return element.class_ == none ? Type{.is_open = true}
                                  : Type{.class_ = global("[]"), .element = typed(b.node(), element)};
}

}  // namespace c

void follow_c(FileFlow& flow, TSNode root, std::string_view source) {
    c::CFlow(flow, root, source).follow();
}

}  // namespace gsdb::codebase::flow
