// Names, and what assignments do to them.

#include <algorithm>

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {

JavascriptFlow::EnteredScope JavascriptFlow::enter_scope(TSNode node) {
    const auto before = scope_;
    const auto scope = scopes_.of(node);
    if (scope == none) return {this, before};
    scope_ = scope;
    scopes_[scope].function = b.current();
    return {this, before};
}

bool JavascriptFlow::has_versions(const Declared& known) {
    return known.assignments > 1 && !known.is_assigned_inside && !known.is_merged;
}

Declared* JavascriptFlow::declared(std::string_view name) {
    const auto scope = scopes_.declaring(scope_, name);
    return scope == none ? nullptr : &scopes_[scope].names[name];
}

Variable JavascriptFlow::variable(Index scope, std::string_view name) {
    auto& known = scopes_[scope].names[name];
    if (!known.variable) known.variable = b.declare_in(scopes_[scope].function, has_versions(known));
    return *known.variable;
}

Index JavascriptFlow::read_name(std::string_view name) {
    for (const auto& [narrowed, node] : body_.narrowed)
        if (narrowed == name) return node;
    if (const auto scope = scopes_.declaring(scope_, name); scope != none) return b.read(variable(scope, name));
    return given_name(name);
}

Index JavascriptFlow::all_of_name(std::string_view name) {
    if (const auto scope = scopes_.declaring(scope_, name); scope != none) return b.all_of(variable(scope, name));
    return given_name(name);
}

/// What the surroundings of a file give.
Index JavascriptFlow::given_name(std::string_view name) {
    if (name == "undefined" || name.empty()) return none;
    if (name == "arguments" && arguments_.function != none) return arguments_object();
    if (name == "exports") return exports_object();
    return b.global(b.name(name));
}

void JavascriptFlow::assign_name(std::string_view name, Index value) {
    if (name.empty()) return;
    std::erase_if(body_.narrowed, [&](const auto& entry) { return entry.first == name; });
    if (const auto scope = scopes_.declaring(scope_, name); scope != none)
        b.assign(variable(scope, name), value);
    else if (name == "exports")
        b.copy(exports_object(), value);
}

CalleeForm JavascriptFlow::form_of_name(std::string_view name) {
    const auto* known = declared(name);
    if (known == nullptr || known->assignments != 1) return CalleeForm::name;
    return known->binding == Binding::definition ? CalleeForm::definition
           : known->binding == Binding::import   ? CalleeForm::imported
                                                 : CalleeForm::name;
}

bool JavascriptFlow::is_undeclared(TSNode node, std::string_view name) {
    return kind(node) == Kind::identifier && text(node) == name && declared(name) == nullptr;
}

/// `arguments`: what the parameters hold, by number.
Index JavascriptFlow::arguments_object() {
    auto& object = arguments_.object;
    if (object != none) return object;
    const auto in = arguments_.function;
    object = b.node_of(in);
    b.op_in(in, OpCode::container, object, static_cast<Index>(ContainerKind::list));
    const auto& parameters = *arguments_.parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (parameters[i].kind == ParameterKind::positional)
            b.op_in(in, OpCode::store, none, object, b.name(std::to_string(i)), parameters[i].node);
    if (parameters.empty() || parameters.back().kind != ParameterKind::rest)
        arguments_.parameters->push_back({ParameterKind::rest, none, b.node_of(in)});
    const auto rest = b.node_of(in);
    b.op_in(in, OpCode::elements, rest, arguments_.parameters->back().node);
    b.op_in(in, OpCode::store_item, none, object, none, rest);
    return object;
}

// --- assignments ---

void JavascriptFlow::assign(TSNode target, Index value) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    switch (kind(target)) {
        case Kind::identifier:
        case Kind::shorthand_pattern:
            return assign_name(text(target), value);
        case Kind::member:
        case Kind::subscript:
            return assign_member(target, value);
        case Kind::array_pattern:
            return assign_array(target, value);
        case Kind::object_pattern:
            return assign_object(target, value);
        case Kind::assignment_pattern:
        case Kind::object_default_pattern: {
            const auto left = field(target, g.left);
            return assign(left, with_default(value, field(target, g.right), left));
        }
        case Kind::rest_pattern:
        case Kind::parenthesized:
        case Kind::non_null:
        case Kind::as_expression:
        case Kind::satisfies:
            return assign(part(target), value);
        default:
            return;
    }
}

/// The default is taken or not.
Index JavascriptFlow::with_default(Index value, TSNode default_value, TSNode target) {
    auto branches = begin_branches();
    const auto otherwise = expression(default_value, naming_of(target));
    end_branch(branches, true);
    end_branches(std::move(branches), false);
    return b.joined({value, otherwise});
}

void JavascriptFlow::assign_member(TSNode target, Index value) {
    if (is_module_exports(target)) return b.copy(module_exports(), value);
    const auto object_node = field(target, g.object);
    const auto is_name = kind(object_node) == Kind::identifier;
    const auto object = is_name                            ? read_name(text(object_node))
                        : kind(object_node) == Kind::super ? current_this()
                                                           : expression(object_node);
    const auto key =
        kind(target) == Kind::member ? key_name(field(target, g.property)) : key_text(field(target, g.index));
    const auto key_node = key ? none : expression(field(target, g.index));
    if (object == none) return;
    auto& slots = body_.slots;
    const bool is_tracked = is_name && slots.is_tracked(object);
    if (!is_tracked) slots.change_shared();
    if (value == none) {
        if (is_tracked && key) slots.put(object, *key, b.node(), KnownSlots::no_op);
        if (is_tracked && !key) slots.overwrite(object, none);
        return;
    }
    if (!key) {
        slots.overwrite(object, none);
        const bool is_any = key_node == none || unknown_keys_.contains(key_node);
        return b.op(OpCode::store_item, none, object, is_any ? none : key_node, value);
    }
    if (is_tracked) slots.put(object, *key, value, flow_.ops.size());
    b.op(OpCode::store, none, object, *key, value);
}

void JavascriptFlow::assign_array(TSNode pattern, Index value) {
    const auto literal = literal_.node == value && value != none ? std::exchange(literal_, {}) : Literal{};
    std::vector<Index> by_protocol;
    if (value != none && literal.node == none) by_protocol = protocol_elements(value, pattern, false);
    std::size_t position = 0;
    const auto taken = [&]() -> Index {
        if (value == none) return none;
        const auto key = b.name(std::to_string(position));
        if (literal.is_plain) {
            for (const auto& [slot, held, op] : literal.slots)
                if (slot == key) return held;
            return none;
        }
        std::vector<Index> values{b.made(OpCode::load, value, key)};
        values.insert(values.end(), by_protocol.begin(), by_protocol.end());
        return b.joined(values);
    };
    TSTreeCursor cursor = ts_tree_cursor_new(pattern);
    std::vector<std::pair<TSNode, Index>> targets;
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        const auto target = ts_tree_cursor_current_node(&cursor);
        if (text(target) == ",") ++position;
        if (!ts_node_is_named(target) || kind(target) == Kind::comment) continue;
        if (kind(target) != Kind::rest_pattern) {
            targets.emplace_back(target, taken());
            continue;
        }
        const auto rest = new_container(ContainerKind::list);
        if (value != none) b.op(OpCode::store_item, none, rest, none, elements(value, pattern, false));
        targets.emplace_back(target, rest);
    }
    ts_tree_cursor_delete(&cursor);
    for (const auto& [target, held] : targets) assign(target, held);
}

void JavascriptFlow::assign_object(TSNode pattern, Index value) {
    const auto loaded = [&](std::optional<Index> key, TSNode key_node) -> Index {
        if (key) return value == none ? none : b.made(OpCode::load, value, *key);
        const auto held_key = expression(part(key_node));
        return value == none ? none : b.made(OpCode::load_item, value, held_key);
    };
    for_each_part(g, pattern, [&](TSNode target) {
        switch (kind(target)) {
            case Kind::shorthand_pattern:
                return assign(target, loaded(b.name(text(target)), {}));
            case Kind::object_default_pattern: {
                const auto left = field(target, g.left);
                return assign(target, loaded(b.name(text(left)), {}));
            }
            case Kind::pair_pattern: {
                const auto key = field(target, g.key);
                return assign(field(target, g.value), loaded(key_name(key), key));
            }
            case Kind::rest_pattern: {
                const auto rest = new_container(ContainerKind::object);
                if (value != none) b.op(OpCode::merge, none, rest, value);
                return assign(target, rest);
            }
            default:
                return;
        }
    });
}

/// After `name = {...}`: the order of what is done to the object is known as long as one variable alone has it.
void JavascriptFlow::track(TSNode name, Index value) {
    if (kind(name) != Kind::identifier || value == none || literal_.node != value || !literal_.is_plain) return;
    const auto scope = scopes_.declaring(scope_, text(name));
    if (scope == none || scopes_[scope].function != b.current()) return;
    const auto& known = scopes_[scope].names[text(name)];
    if (known.assignments != 1 && !has_versions(known)) return;
    const auto node = b.read(variable(scope, text(name)));
    if (node == none) return;
    body_.slots.track(node, known.is_captured);
    for (const auto& [key, held, op] : literal_.slots) body_.slots.put(node, key, held, op);
    literal_ = {};
}

}  // namespace gsdb::codebase::flow::javascript
