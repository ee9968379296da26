// Classes, and what else has members: enums and namespaces.

#include <algorithm>
#include <string>

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {

void JavascriptFlow::class_declaration(TSNode node) {
    const auto name = field(node, g.name);
    follow_class(node, text(name), name);
}

Index JavascriptFlow::class_value(TSNode node, const Naming& naming) {
    const auto name = field(node, g.name);
    if (!ts_node_is_null(name)) return follow_class(node, text(name), name);
    return follow_class(node, naming.name, naming.site);
}

std::vector<Index> JavascriptFlow::bases_of(TSNode node) {
    std::vector<Index> bases;
    for_each_part(g, node, [&](TSNode heritage) {
        if (kind(heritage) != Kind::class_heritage) return;
        for_each_part(g, heritage, [&](TSNode base) {
            if (kind(base) == Kind::type_syntax) return;
            const auto value = expression(kind(base) == Kind::extends_clause ? field(base, g.value) : base);
            if (value != none) bases.push_back(value);
        });
    });
    return bases;
}

/// `name` is empty where nothing gives it one.
Index JavascriptFlow::follow_class(TSNode node, std::string_view name, TSNode site) {
    auto decorators = std::exchange(exported_decorators_, {});
    const auto own_decorators = decorators_of(node);
    decorators.insert(decorators.end(), own_decorators.begin(), own_decorators.end());
    const auto bases = bases_of(node);
    ClassWalk walk;
    walk.index = b.add_class({.name = b.name(name),
                              .function = b.current(),
                              .outer_class = class_body_,
                              .site = Builder::site(ts_node_is_null(site) ? node : site)});
    if (name.empty()) unnamed_.push_back({.start = ts_node_start_byte(node), .class_ = walk.index});
    b.set_bases(walk.index, bases);
    walk.value = b.made(OpCode::class_, walk.index);
    const auto decorated = decorate(decorators, walk.value);
    const auto inside = kind(node) == Kind::class_expression ? enter_scope(node) : EnteredScope(this, scope_);
    if (!ts_node_is_null(field(node, g.name))) assign_name(name, decorated);
    const auto body = field(node, g.body);
    for_each_part(g, body, [&](TSNode each) {
        if (kind(each) == Kind::method_definition) walk.with_body.insert(text(field(each, g.name)));
    });
    const auto class_around = std::exchange(class_, walk.index);
    const auto body_around = std::exchange(class_body_, walk.index);
    for_each_part(g, body, [&](TSNode each) { class_member(walk, each); });
    class_body_ = body_around;
    class_ = class_around;
    b.set_members(walk.index, walk.members);
    return decorated;
}

void JavascriptFlow::class_member(ClassWalk& walk, TSNode node) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    switch (kind(node)) {
        case Kind::decorator:
            walk.decorators.push_back(node);
            return;
        case Kind::method_definition:
            method(walk, node);
            break;
        case Kind::method_signature:
        case Kind::abstract_method:
            method_signature(walk, node);
            break;
        case Kind::field_definition:
            class_field(walk, node);
            break;
        case Kind::static_block:
            static_block(walk, node);
            break;
        default:
            break;
    }
    walk.decorators.clear();
}

void JavascriptFlow::method(ClassWalk& walk, TSNode node) {
    const auto name_node = field(node, g.name);
    const auto key = key_name(name_node);
    const auto name = key ? *key : b.name(text(name_node));
    const auto value = function_value(node, {.name = flow_.names[name], .owner = walk.index});
    const bool is_static = has_word(node, "static");
    const auto decorated = decorate_member(walk, node, name, value);
    walk.members.push_back({is_static ? MemberKind::static_ : MemberKind::instance, name, decorated});
    if (key) return;
    // A name that is computed may be any.
    const auto computed = expression(part(name_node));
    const auto owner = is_static ? walk.value : b.made(OpCode::load, walk.value, b.name("prototype"));
    if (computed != none) b.op(OpCode::store_item, none, owner, computed, value);
}

/// An abstract method, or one of a declaration file; not the types of one that follows.
void JavascriptFlow::method_signature(ClassWalk& walk, TSNode node) {
    const auto name_node = field(node, g.name);
    if (walk.with_body.contains(text(name_node))) return;
    const auto key = key_name(name_node);
    auto function = described(node);
    function.name = key ? *key : b.name(text(name_node));
    function.owner = walk.index;
    function.site = Builder::site(name_node);
    if (text(name_node) == "constructor") function.flags |= static_cast<std::uint16_t>(FunctionFlag::constructor);
    const auto value = declared_function(node, function);
    const bool is_static = function.has(FunctionFlag::static_);
    walk.members.push_back({is_static ? MemberKind::static_ : MemberKind::instance, function.name, value});
}

/// The function that gives new instances their fields.
Index JavascriptFlow::initializer_of(ClassWalk& walk) {
    if (b.class_(walk.index).initializer != none) return b.class_(walk.index).initializer;
    const auto site = b.class_(walk.index).site;
    const auto index =
        b.add_function({.name = b.name("<fields>"), .parent = b.current(), .owner = walk.index, .site = site});
    const auto receiver = b.node_of(index);
    b.function(index).receiver = receiver;
    b.set_parameters(index, {});
    b.class_(walk.index).initializer = index;
    return index;
}

void JavascriptFlow::class_field(ClassWalk& walk, TSNode node) {
    const auto name_node = ts_node_is_null(field(node, g.property)) ? field(node, g.name) : field(node, g.property);
    const auto value_node = field(node, g.value);
    const auto type = field(node, g.type);
    const auto key = key_name(name_node);
    const auto name = key ? *key : b.name(text(name_node));
    decorate_member(walk, node, name, none);
    const auto computed = key ? none : expression(part(name_node));
    if (ts_node_is_null(value_node) && ts_node_is_null(type)) return;
    const bool is_static = has_word(node, "static");
    const auto around = std::exchange(arguments_, {});
    const auto store = [&](Index object) {
        const auto value = expression(value_node, {.name = flow_.names[name], .site = name_node, .owner = walk.index});
        const auto held = b.joined({value, value_of_type(type)});
        if (held == none) return;
        if (key)
            b.op(OpCode::store, none, object, name, held);
        else
            b.op(OpCode::store_item, none, object, computed, held);
    };
    if (is_static) {
        const auto this_around = std::exchange(body_.this_, walk.value);
        store(walk.value);
        body_.this_ = this_around;
    } else {
        const auto initializer = initializer_of(walk);
        const auto receiver = b.function(initializer).receiver;
        auto outer = begin_body(initializer, receiver);
        {
            const auto inside = enter_scope(node);
            store(receiver);
        }
        end_body(std::move(outer));
    }
    arguments_ = around;
}

void JavascriptFlow::static_block(ClassWalk& walk, TSNode node) {
    const auto inside = enter_scope(node);
    const auto this_around = std::exchange(body_.this_, walk.value);
    statement(field(node, g.body));
    body_.this_ = this_around;
}

// --- decorators ---

std::vector<TSNode> JavascriptFlow::decorators_of(TSNode node) const {
    std::vector<TSNode> decorators;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::decorator) decorators.push_back(each);
    });
    return decorators;
}

/// A class is itself or what its decorators give.
Index JavascriptFlow::decorate(const std::vector<TSNode>& decorators, Index value) {
    std::vector<Index> called;
    for (const auto each : decorators) called.push_back(expression(part(each)));
    for (auto i = called.size(); i-- > 0;)
        value = b.joined({value, call(CallKind::decorate, part(decorators[i]), called[i], none, {{.value = value}})});
    return value;
}

/// Decorators of members get the member, or as older ones do its class, its name and a descriptor that holds it.
Index JavascriptFlow::decorate_member(const ClassWalk& walk, TSNode node, Index name, Index value) {
    auto decorators = walk.decorators;
    const auto own = decorators_of(node);
    decorators.insert(decorators.end(), own.begin(), own.end());
    if (decorators.empty()) return value;
    std::vector<Index> called;
    for (const auto each : decorators) called.push_back(expression(part(each)));
    const auto value_name = b.name("value");
    for (auto i = called.size(); i-- > 0;) {
        const auto descriptor = new_container(ContainerKind::object);
        if (value != none) b.op(OpCode::store, none, descriptor, value_name, value);
        const auto holder = b.made(OpCode::load, walk.value, b.name("prototype"));
        const auto result =
            call(CallKind::decorate, part(decorators[i]), called[i], none,
                 {{.value = b.joined({value, holder})}, {.value = literal(flow_.names[name])}, {.value = descriptor}});
        if (value != none)
            value = b.joined({value, result, b.made(OpCode::load, result, value_name),
                              b.made(OpCode::load, descriptor, value_name)});
    }
    return value;
}

// --- enums and namespaces ---

void JavascriptFlow::enum_declaration(TSNode node) {
    const auto container = new_container(ContainerKind::object);
    assign_name(text(field(node, g.name)), container);
    std::size_t number = 0;
    for_each_part(g, field(node, g.body), [&](TSNode each) {
        const bool has_value = kind(each) == Kind::enum_assignment;
        const auto key = key_name(has_value ? field(each, g.name) : each);
        const auto value = has_value ? expression(field(each, g.value)) : literal(std::to_string(number));
        ++number;
        if (key && value != none) b.op(OpCode::store, none, container, *key, value);
    });
}

/// `namespace A.B {}`: an object with what it exports.
void JavascriptFlow::namespace_declaration(TSNode node) {
    auto name = field(node, g.name);
    const auto object = new_container(ContainerKind::object);
    auto outermost = object;
    for (int i = 0; i < 64 && kind(name) == Kind::nested_identifier; ++i) {
        const auto around = new_container(ContainerKind::object);
        b.op(OpCode::store, none, around, b.name(text(field(name, g.property))), outermost);
        outermost = around;
        name = field(name, g.object);
    }
    if (kind(name) == Kind::identifier) assign_name(text(name), outermost);
    const auto body = field(node, g.body);
    if (ts_node_is_null(body)) return;
    const auto inside = enter_scope(body);
    const auto around = std::exchange(namespace_, object);
    statements(body);
    namespace_ = around;
    if (!is_ambient_ || scopes_.of(body) == none) return;
    std::vector<std::string_view> names;
    for (const auto& [declared, known] : scopes_[scope_].names) names.push_back(declared);
    std::ranges::sort(names);
    for (const auto declared : names) b.op(OpCode::store, none, object, b.name(declared), all_of_name(declared));
}

}  // namespace gsdb::codebase::flow::javascript
