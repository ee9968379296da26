#include "modules/codebase/flow/javascript_scopes.hpp"

namespace gsdb::codebase::flow::javascript {
namespace {

/// Scopes nested deeper are part of the one around them: values are not followed that deep.
constexpr std::size_t open_scopes_max = 1000;

/// Names that each file has from its surroundings, assigned or not.
bool is_given(std::string_view name) {
    return name == "exports" || name == "module" || name == "arguments" || name == "undefined";
}

}  // namespace

const Grammar& grammar(extract::Language language) {
    static const Grammar javascript(extract::Language::javascript);
    static const Grammar typescript(extract::Language::typescript);
    static const Grammar tsx(extract::Language::tsx);
    return language == extract::Language::javascript   ? javascript
           : language == extract::Language::typescript ? typescript
                                                       : tsx;
}

Scopes::Scopes(const Grammar& grammar, TSNode root, std::string_view source) : g(grammar), source_(source) {
    declare_names(root);
    count_uses(root);
}

std::string_view Scopes::text(TSNode node) const {
    if (ts_node_is_null(node)) return {};
    const auto start = ts_node_start_byte(node);
    return source_.substr(start, ts_node_end_byte(node) - start);
}

Index Scopes::declaring(Index scope, std::string_view name) const {
    for (; scope != none; scope = scopes_[scope].parent)
        if (scopes_[scope].names.contains(name)) return scope;
    return none;
}

TSNode Scopes::type_alias(std::string_view name) const {
    const auto found = type_aliases_.find(name);
    return found == type_aliases_.end() ? TSNode{} : found->second;
}

/// enter(node, kind, kind of the node around), then its children, then leave(node).
template <class Enter, class Leave>
void Scopes::walk(TSNode root, Enter enter, Leave leave) {
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    std::vector<Kind> above{Kind::other};
    for (;;) {
        const auto node = ts_tree_cursor_current_node(&cursor);
        const auto kind = g.kind[node];
        enter(node, kind, above.back());
        if (ts_tree_cursor_goto_first_child(&cursor)) {
            above.push_back(kind);
            continue;
        }
        leave(node);
        while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
            if (!ts_tree_cursor_goto_parent(&cursor)) return ts_tree_cursor_delete(&cursor);
            above.pop_back();
            leave(ts_tree_cursor_current_node(&cursor));
        }
    }
}

void Scopes::declare_names(TSNode root) {
    std::uint32_t arrows = 0;
    walk(
        root,
        [&](TSNode node, Kind kind, Kind parent) {
            if (scopes_.empty()) push(node, true, true);
            if (kind == Kind::arrow_function) arrows_.emplace(node.id, ++arrows);
            enter(node, kind, parent);
        },
        [&](TSNode node) { leave(node); });
}

void Scopes::push(TSNode node, bool is_function, bool takes_variables) {
    if (open_.size() >= open_scopes_max) return;
    const auto index = static_cast<Index>(scopes_.size());
    Scope scope{.parent = open_.empty() ? none : open_.back().second};
    scope.code = is_function ? index : scopes_[scope.parent].code;
    scope.variables = is_function || takes_variables ? index : scopes_[scope.parent].variables;
    scopes_.push_back(std::move(scope));
    by_node_.emplace(node.id, index);
    open_.emplace_back(node.id, index);
}

void Scopes::leave(TSNode node) {
    const auto kind = g.kind[node];
    if (kind == Kind::identifier) return;
    const auto close = [&](TSNode opener) {
        if (!open_.empty() && open_.back().first == opener.id) open_.pop_back();
    };
    close(node);
    if (kind == Kind::function_expression) close(field(node, g.name));
}

Declared& Scopes::declare(Index scope, std::string_view name, Binding binding, bool is_assigned) {
    auto& known = scopes_[scope].names[name];
    if (is_assigned) known.binding = known.assignments++ == 0 ? binding : Binding::other;
    return known;
}

std::vector<TSNode> Scopes::targets(TSNode pattern) const {
    std::vector<TSNode> names;
    std::vector<TSNode> open{pattern};
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        switch (g.kind[node]) {
            case Kind::identifier:
            case Kind::shorthand_pattern:
                names.push_back(node);
                break;
            case Kind::object_default_pattern:
            case Kind::assignment_pattern:
                open.push_back(field(node, g.left));
                break;
            case Kind::pair_pattern:
                open.push_back(field(node, g.value));
                break;
            case Kind::parameter:
                open.push_back(field(node, g.pattern));
                break;
            case Kind::array_pattern:
            case Kind::object_pattern:
            case Kind::rest_pattern:
            case Kind::parenthesized:
            case Kind::non_null:
                for_each_named_child(node, [&](TSNode child) { open.push_back(child); });
                break;
            default:
                break;
        }
    }
    return names;
}

void Scopes::declare_pattern(Index scope, TSNode pattern, bool is_assigned) {
    for (const auto name : targets(pattern)) declare(scope, text(name), Binding::other, is_assigned);
}

void Scopes::enter(TSNode node, Kind kind, Kind parent) {
    const auto here = open_.back().second;
    switch (kind) {
        case Kind::function_declaration:
            declare(scopes_[here].variables, text(field(node, g.name)), Binding::definition, true).has_body = true;
            enter_function(node);
            break;
        case Kind::function_expression:
            if (const auto name = field(node, g.name); !ts_node_is_null(name)) {
                push(name, false, false);
                if (of(name) != none) declare(of(name), text(name), Binding::definition, true);
            }
            enter_function(node);
            break;
        case Kind::arrow_function:
        case Kind::method_definition:
            enter_function(node);
            break;
        case Kind::function_signature: {
            auto& known = declare(here, text(field(node, g.name)), Binding::definition, false);
            known.is_merged = true;
            if (known.assignments == 0) declare(here, text(field(node, g.name)), Binding::definition, true);
            break;
        }
        case Kind::class_declaration:
            declare(here, text(field(node, g.name)), Binding::definition, true);
            break;
        case Kind::class_expression:
            if (const auto name = field(node, g.name); !ts_node_is_null(name)) {
                push(node, false, false);
                if (of(node) != none) declare(of(node), text(name), Binding::definition, true);
            }
            break;
        case Kind::field_definition:
            if (!has_word(node, "static")) push(node, true, true);
            break;
        case Kind::static_block:
            push(node, false, true);
            break;
        case Kind::block:
            if (parent == Kind::namespace_)
                push(node, false, true);
            else if (parent != Kind::function_declaration && parent != Kind::function_expression &&
                     parent != Kind::arrow_function && parent != Kind::method_definition)
                push(node, false, false);
            break;
        case Kind::for_statement:
        case Kind::switch_body:
            push(node, false, false);
            break;
        case Kind::for_in_statement:
            push(node, false, false);
            if (const auto word = field(node, g.kind_word); !ts_node_is_null(word))
                declare_pattern(text(word) == "var" ? scopes_[here].variables : open_.back().second,
                                field(node, g.left), true);
            break;
        case Kind::catch_clause:
            push(node, false, false);
            declare_pattern(open_.back().second, field(node, g.parameter), true);
            break;
        case Kind::variable_declarator:
            declare_pattern(parent == Kind::variable_declaration ? scopes_[here].variables : here, field(node, g.name),
                            !ts_node_is_null(field(node, g.value)));
            break;
        case Kind::enum_declaration:
            declare(here, text(field(node, g.name)), Binding::definition, true).is_merged = true;
            break;
        case Kind::namespace_: {
            auto name = field(node, g.name);
            for (int i = 0; i < 64 && g.kind[name] == Kind::nested_identifier; ++i) name = field(name, g.object);
            if (g.kind[name] == Kind::identifier) declare(here, text(name), Binding::definition, true).is_merged = true;
            break;
        }
        case Kind::type_alias:
            type_aliases_.emplace(text(field(node, g.name)), field(node, g.value));
            break;
        default:
            enter_import(node, kind);
    }
}

void Scopes::enter_import(TSNode node, Kind kind) {
    const auto here = open_.back().second;
    const auto bind_identifiers = [&] {
        for_each_named_child(node, [&](TSNode child) {
            if (g.kind[child] == Kind::identifier) declare(here, text(child), Binding::import, true);
        });
    };
    switch (kind) {
        case Kind::import_clause:
        case Kind::namespace_import:
        case Kind::import_require:
            return bind_identifiers();
        case Kind::import_specifier: {
            const auto alias = field(node, g.alias);
            declare(here, text(ts_node_is_null(alias) ? field(node, g.name) : alias), Binding::import, true);
            return;
        }
        case Kind::import_alias:
            declare(here, text(first_part(g, node)), Binding::other, true);
            return;
        default:
            return;
    }
}

void Scopes::enter_function(TSNode node) {
    const auto depth = open_.size();
    push(node, true, true);
    if (open_.size() == depth) return;
    const auto scope = open_.back().second;
    if (const auto only = field(node, g.parameter); !ts_node_is_null(only)) declare_pattern(scope, only, true);
    for_each_named_child(field(node, g.parameters), [&](TSNode each) { declare_pattern(scope, each, true); });
}

// --- uses ---

void Scopes::count_uses(TSNode root) {
    walk(
        root,
        [&](TSNode node, Kind kind, Kind parent) {
            if (kind == Kind::function_expression)
                if (const auto name = field(node, g.name); !ts_node_is_null(name) && of(name) != none)
                    open_.emplace_back(name.id, of(name));
            if (const auto scope = of(node); scope != none && kind != Kind::identifier)
                open_.emplace_back(node.id, scope);
            use(node, kind, parent);
        },
        [&](TSNode node) { leave(node); });
}

void Scopes::use(TSNode node, Kind kind, Kind parent) {
    const auto assign_all = [&](TSNode pattern) {
        for (const auto name : targets(pattern)) assigned(text(name));
    };
    switch (kind) {
        case Kind::assignment:
        case Kind::augmented_assignment:
            return assign_all(field(node, g.left));
        case Kind::for_in_statement:
            if (ts_node_is_null(field(node, g.kind_word))) assign_all(field(node, g.left));
            return;
        case Kind::identifier:
        case Kind::shorthand:
        case Kind::shorthand_pattern: {
            const auto name = text(node);
            const auto scope = declaring(open_.back().second, name);
            if (scope == none) return;
            const bool is_exported = parent == Kind::export_specifier;
            if (is_exported || scopes_[scope].code != scopes_[open_.back().second].code)
                scopes_[scope].names[name].is_captured = true;
            return;
        }
        case Kind::export_statement: {
            const auto declaration = field(node, g.declaration);
            for_each_named_child(declaration, [&](TSNode declarator) {
                if (g.kind[declarator] == Kind::variable_declarator)
                    for (const auto name : targets(field(declarator, g.name))) captured(text(name));
            });
            return;
        }
        default:
            return;
    }
}

void Scopes::captured(std::string_view name) {
    if (const auto scope = declaring(open_.back().second, name); scope != none)
        scopes_[scope].names[name].is_captured = true;
}

/// What nothing declares is a variable of the file.
void Scopes::assigned(std::string_view name) {
    const auto here = open_.back().second;
    auto scope = declaring(here, name);
    if (scope == none) {
        if (is_given(name)) return;
        scope = 0;
        scopes_[0].names[name].is_captured = true;
    }
    auto& known = scopes_[scope].names[name];
    known.binding = Binding::other;
    ++known.assignments;
    if (scopes_[scope].code != scopes_[here].code) known.is_assigned_inside = true;
}

}  // namespace gsdb::codebase::flow::javascript
