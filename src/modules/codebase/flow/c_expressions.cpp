// C and C++: expressions.

#include <utility>

#include "modules/codebase/flow/c_flow.hpp"

namespace gsdb::codebase::flow::c {

Value CFlow::expression(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {};
    switch (kind(node)) {
        case Kind::identifier:
        case Kind::type_identifier:
            return identifier(node);
        case Kind::qualified:
            return qualified(node);
        case Kind::this_:
            return {.node = place_.this_, .type = {.class_ = place_.class_node}};
        case Kind::call:
        case Kind::field:
        case Kind::subscript:
            return chain(node);
        case Kind::assignment: {
            const auto right = field(node, g.right);
            const auto left = field(node, g.left);
            const auto value = expression(right);
            if (text(field(node, g.operator_)) == "=")
                assign_to(left, value);
            else
                expression(left);
            return value;
        }
        case Kind::binary:
            return binary(node);
        case Kind::new_:
            return new_expression(node);
        case Kind::lambda:
            return lambda(node);
        case Kind::string: {
            const auto written = text(node);
            return {.node = written.size() < 2 ? none : key_literal(written.substr(1, written.size() - 2), true)};
        }
        case Kind::number:
            return {.node = key_literal(text(node), false)};
        default:
            return other_expression(node);
    }
}

Value CFlow::other_expression(TSNode node) {
    switch (kind(node)) {
        case Kind::parenthesized:
            return expression(named_child(node, 0));
        case Kind::pointer_expression:
            return expression(field(node, g.argument));
        case Kind::unary:
        case Kind::update: {
            expression(field(node, g.argument));
            return {};
        }
        case Kind::cast: {
            const auto value = expression(field(node, g.value));
            const auto descriptor = field(node, g.type);
            const auto type = type_of(descriptor);
            return type.class_ == none ? value : Value{.node = typed(value.node, type), .type = type};
        }
        case Kind::conditional: {
            std::vector<Index> values;
            for (; kind(node) == Kind::conditional; node = field(node, g.alternative)) {
                expression(field(node, g.condition));
                maybe([&] { values.push_back(expression(field(node, g.consequence)).node); });
            }
            maybe([&] { values.push_back(expression(node).node); });
            return {.node = b.joined(values)};
        }
        case Kind::comma: {
            // Long ones lean to the right.
            for (; kind(node) == Kind::comma; node = field(node, g.right)) expression(field(node, g.left));
            return expression(node);
        }
        case Kind::delete_: {
            const auto value = expression(named_child(node, named_child_count(node) - 1)).node;
            if (value != none) call(CallKind::implied, {load(value, "~"), value}, "~", node, {});
            return {};
        }
        case Kind::compound_literal:
            return initializer_list(field(node, g.value), type_of(field(node, g.type)));
        case Kind::initializer_list:
            return initializer_list(node, {});
        case Kind::template_function:
            return expression(field(node, g.name));
        case Kind::comment:
        case Kind::type_descriptor:
        case Kind::literal_text:
        case Kind::class_specifier:
            return {};
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            return {};
    }
}

// --- names ---

Value CFlow::identifier(TSNode node) {
    const auto name = text(node);
    if (const auto* local = find_local(name)) return read(*local);
    std::vector<Index> nodes;
    Type type;
    if (const auto* class_ = place_.class_; class_ != nullptr && class_->fields.contains(name)) {
        const auto object = place_.this_ == none ? class_->value : place_.this_;
        const auto& known = class_->fields.at(name);
        return {.node = load(object, name), .type = declared_type(known.type, declared_by(known.declarator))};
    }
    const bool is_method = place_.class_ != nullptr && place_.class_->methods.contains(name);
    if (place_.class_node != none && place_.this_ != none) nodes.push_back(load(place_.this_, name));
    if (place_.class_node != none && place_.this_ == none) nodes.push_back(load(place_.class_node, name));
    if (!is_method) {
        const auto found = lookup(name, false);
        nodes.push_back(found);
        for (auto space = place_.space;;) {
            const auto known = names_.find(space.empty() ? std::string(name) : space + "::" + std::string(name));
            if (known != names_.end()) type = known->second.type;
            if (known != names_.end() || space.empty()) break;
            space.resize(space.rfind("::") == std::string::npos ? 0 : space.rfind("::"));
        }
    }
    return {.node = b.joined(nodes), .type = type};
}

/// `a::b::f`, `A::f`, `&A::f`
Value CFlow::qualified(TSNode node) {
    auto path = std::string(text(node));
    if (const auto open = path.find('<'); open != std::string::npos && path.find("operator") == std::string::npos) {
        // Type arguments say nothing here.
        std::string plain;
        int depth = 0;
        for (const auto c : path) {
            if (c == '<') ++depth;
            if (depth == 0) plain += c;
            if (c == '>') --depth;
        }
        path = plain;
    }
    std::erase(path, ' ');
    std::erase(path, '\n');
    // `::f` is of no namespace.
    const bool is_global = path.starts_with("::");
    if (is_global) path.erase(0, 2);
    const auto around = is_global ? std::exchange(place_.space, {}) : place_.space;
    const auto value = qualified_path(path);
    place_.space = around;
    return value;
}

Value CFlow::qualified_path(const std::string& path) {
    const auto cut = path.rfind("::");
    if (cut == std::string::npos) return {.node = lookup(path, false)};
    const auto name = path.substr(cut + 2);
    const auto class_ = lookup(path.substr(0, cut), true);
    const std::string_view kept = flow_.names[b.name(name)];
    std::vector<Index> nodes{lookup(path, false), load(class_, kept)};
    // `Base::f()` in a method is called on this.
    return {.node = b.joined(nodes)};
}

// --- chains ---

Value CFlow::chain(TSNode node) {
    std::vector<TSNode> links;
    auto at = node;
    for (;;) {
        links.push_back(at);
        at = kind(at) == Kind::call ? field(at, g.function) : field(at, g.argument);
        if (kind(at) != Kind::call && kind(at) != Kind::field && kind(at) != Kind::subscript) break;
    }
    auto value = kind(links.back()) == Kind::call && kind(at) == Kind::template_function ? Value{} : expression(at);
    for (auto i = links.size(); i-- > 0;) value = link(links[i], value);
    return value;
}

Type CFlow::field_type(const Type& of, std::string_view name) {
    const auto class_ = class_of_node_.find(of.class_);
    if (class_ == class_of_node_.end()) return {};
    const auto found = class_->second->fields.find(name);
    if (found == class_->second->fields.end()) return {};
    return declared_type(found->second.type, declared_by(found->second.declarator));
}

Value CFlow::link(TSNode node, const Value& below) {
    switch (kind(node)) {
        case Kind::field: {
            auto name = field(node, g.field);
            if (kind(name) == Kind::template_method) name = field(name, g.name);
            if (kind(name) == Kind::qualified) name = field(name, g.name);
            const auto member = text(name);
            return {.node = load(below.node, member), .type = field_type(below.type, member)};
        }
        case Kind::subscript: {
            const auto key = subscript_key(node);
            if (below.node == none) return {};
            std::vector<Index> nodes{b.made(OpCode::load_item, below.node, key)};
            if (is_cpp())
                nodes.push_back(call(CallKind::implied, {load(below.node, "operator[]"), below.node}, "operator[]",
                                     node, {{.value = key}}));
            return {.node = b.joined(nodes)};
        }
        default:
            return call_expression(node, below);
    }
}

Index CFlow::subscript_key(TSNode subscript) {
    if (!is_cpp()) return expression(field(subscript, g.index)).node;
    Index key = none;
    for_each_named_child(field(subscript, g.indices), [&](TSNode each) { key = expression(each).node; });
    return key;
}

std::vector<Argument> CFlow::arguments_of(TSNode list) {
    std::vector<Argument> arguments;
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) == Kind::comment) return;
        const auto value = kind(each) == Kind::initializer_list ? initializer_list(each, {}) : expression(each);
        arguments.push_back({.value = value.node});
    });
    return arguments;
}

Value CFlow::call_expression(TSNode node, const Value& callee) {
    const auto function = field(node, g.function);
    const auto inner = kind(function) == Kind::qualified ? field(function, g.name) : function;
    if (kind(function) == Kind::template_function || kind(inner) == Kind::template_function)
        return template_call(node, kind(inner) == Kind::template_function ? inner : function);
    const auto arguments = arguments_of(field(node, g.arguments));
    auto name_node = function;
    auto form = CalleeForm::expression;
    Index receiver = none;
    auto value = callee.node;
    if (kind(function) == Kind::field) {
        name_node = field(function, g.field);
        form = kind(field(function, g.argument)) == Kind::this_ ? CalleeForm::self_member : CalleeForm::member;
    } else if (kind(function) == Kind::identifier) {
        form = place_.class_ != nullptr && place_.class_->methods.contains(text(function)) ? CalleeForm::self_member
                                                                                           : CalleeForm::name;
        // `Foo(1)` makes an object.
        const auto* local = find_local(text(function));
        if (is_cpp() && local == nullptr && form == CalleeForm::name) {
            const auto class_ = type_named(function);
            if (class_of_node_.contains(class_)) return instantiate({.class_ = class_}, function, arguments);
            value = b.joined({value, class_});
        }
    } else if (kind(function) == Kind::qualified) {
        name_node = inner;
        while (kind(name_node) == Kind::qualified) name_node = field(name_node, g.name);
        form = CalleeForm::imported;
        receiver = place_.this_;
        if (is_cpp()) value = b.joined({value, lookup(text(function), true)});
    }
    const bool is_named = kind(name_node) == Kind::identifier || kind(name_node) == Kind::template_method;
    return {.node = call(CallKind::call, {value, receiver, form}, is_named ? text(name_node) : std::string_view{},
                         name_node, arguments)};
}

/// `f<T>(x)`, `static_cast<T>(x)`, `std::make_unique<T>(x)`
Value CFlow::template_call(TSNode node, TSNode function) {
    const auto name = text(field(function, g.name));
    const auto first = named_child(field(function, g.arguments), 0);
    const auto arguments = arguments_of(field(node, g.arguments));
    if (name.ends_with("_cast")) {
        const auto type = type_of(first);
        const auto value = arguments.empty() ? none : arguments.front().value;
        return {.node = typed(value, type), .type = type};
    }
    if (name == "make_unique" || name == "make_shared" || name == "make_optional")
        return instantiate(type_of(first), field(function, g.name), arguments);
    const auto written = field(node, g.function);
    auto callee = kind(written) == Kind::qualified ? qualified(written) : identifier(field(function, g.name));
    if (const auto class_ = type_named(field(function, g.name)); class_of_node_.contains(class_))
        return instantiate({.class_ = class_}, written, arguments);
    return {.node = call(CallKind::call, {.value = callee.node, .form = CalleeForm::name}, name,
                         field(function, g.name), arguments)};
}

Value CFlow::instantiate(const Type& type, TSNode at, const std::vector<Argument>& arguments) {
    if (type.class_ == none || type.element != none) return {.node = new_container(ContainerKind::list), .type = type};
    return {
        .node = call(CallKind::instantiate, {.value = type.class_, .form = CalleeForm::name}, text(at), at, arguments),
        .type = type};
}

Value CFlow::new_expression(TSNode node) {
    const auto type = type_of(field(node, g.type));
    if (!ts_node_is_null(field(node, g.declarator))) {
        expression(field(node, g.declarator));
        return {.node = new_container(ContainerKind::list)};
    }
    return instantiate(type, field(node, g.type), arguments_of(field(node, g.arguments)));
}

Value CFlow::lambda(TSNode node) {
    const auto flags = static_cast<std::uint16_t>(flag(FunctionFlag::unnamed) | flag(FunctionFlag::lexical_this));
    const auto index =
        b.add_function({.name = b.name(""), .parent = b.current(), .flags = flags, .site = Builder::site(node)});
    count_function(index, "lambda", node);
    std::vector<std::pair<std::string_view, Value>> captured;
    for_each_named_child(field(node, g.captures), [&](TSNode each) {
        if (!ts_node_is_null(field(each, g.left)))
            captured.emplace_back(text(field(each, g.left)), expression(field(each, g.right)));
    });
    const auto around = place_;
    b.enter(index);
    {
        const EnteredBlock inside(*this);
        for (const auto& [name, value] : captured) declare(name, value.type, value.node);
        const auto declarator = field(node, g.declarator);
        b.set_parameters(index, parameters_of(field(declarator, g.parameters)));
        place_.result = b.function(index).result;
        statement(field(node, g.body));
    }
    b.leave();
    place_ = around;
    return {.node = b.made(OpCode::function, index)};
}

Value CFlow::binary(TSNode node) {
    std::vector<std::pair<TSNode, std::string_view>> rights;
    for (; kind(node) == Kind::binary; node = field(node, g.left))
        rights.emplace_back(field(node, g.right), text(field(node, g.operator_)));
    auto left = expression(node);
    for (auto i = rights.size(); i-- > 0;) {
        const auto& [right_node, operator_] = rights[i];
        const auto right = expression(right_node).node;
        if (!is_cpp() || left.node == none || operator_ == "&&" || operator_ == "||") {
            left = {};
            continue;
        }
        const std::string_view method = flow_.names[b.name({"operator", operator_})];
        left = {.node = call(CallKind::implied, {load(left.node, method), left.node}, method, right_node,
                             {{.value = right}})};
    }
    return left;
}

// --- what is made of parts ---

/// `{a, b}`, `{.f = a}`: of a struct of this file the fields go by their order, too. A plain type is that of the
/// elements.
Value CFlow::initializer_list(TSNode node, const Type& type) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return {};
    const bool is_of_elements = type.is_plain;
    const auto known = class_of_node_.find(type.class_);
    auto* scope = is_of_elements || known == class_of_node_.end() ? nullptr : known->second;
    const bool is_object = type.class_ != none && !is_of_elements && type.element == none;
    const auto made = is_object ? b.made(OpCode::instance, type.class_) : new_container(ContainerKind::list);
    std::size_t number = 0;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::comment) return;
        const bool is_pair = kind(each) == Kind::initializer_pair;
        const auto value_node = is_pair ? field(each, g.value) : each;
        const auto designator = is_pair ? field(each, g.designator) : TSNode{};
        const bool is_field = kind(designator) == Kind::field_designator || kind(designator) == Kind::identifier;
        auto name = is_field ? text(kind(designator) == Kind::identifier ? designator : named_child(designator, 0))
                             : std::string_view{};
        if (!is_pair && scope != nullptr && number < scope->field_order.size()) name = scope->field_order[number];
        Type inner;
        if (is_of_elements) inner = {.class_ = type.class_};
        if (scope != nullptr && scope->fields.contains(name)) {
            const auto& known_field = scope->fields.at(name);
            inner = declared_type(known_field.type, declared_by(known_field.declarator));
        }
        const auto value = kind(value_node) == Kind::initializer_list ? initializer_list(value_node, inner).node
                                                                      : expression(value_node).node;
        const auto position = number++;
        if (value == none) return;
        if (!name.empty() && is_object)
            b.op(OpCode::store, none, made, b.name(name), value);
        else
            b.op(OpCode::store_item, none, made,
                 is_pair ? expression(named_child(designator, 0)).node : key_literal(std::to_string(position), false),
                 value);
    });
    return {.node = made, .type = is_of_elements ? Type{} : type};
}

Index CFlow::own_package() {
    if (own_package_ != none) return own_package_;
    own_package_ = b.node_of(0);
    flow_.imports.push_back({.kind = ImportKind::module, .module = b.name("::")});
    b.op_in(0, OpCode::import, own_package_, static_cast<Index>(flow_.imports.size() - 1));
    return own_package_;
}

void CFlow::assign_to(TSNode target, const Value& value) {
    switch (kind(target)) {
        case Kind::identifier: {
            const auto name = text(target);
            if (const auto* local = find_local(name)) return assign(*local, value.node);
            if (value.node == none) return;
            const bool is_field = place_.class_ != nullptr && place_.class_->fields.contains(name);
            if (is_field || (place_.class_ == nullptr && place_.this_ != none)) {
                b.op(OpCode::store, none, place_.this_ == none ? place_.class_node : place_.this_, b.name(name),
                     value.node);
                return;
            }
            if (const auto known = names_.find(scoped(name)); known != names_.end())
                return b.copy(known->second.node, value.node);
            if (const auto known = names_.find(name); known != names_.end())
                return b.copy(known->second.node, value.node);
            b.op(OpCode::store, none, own_package(), b.name(name), value.node);
            return;
        }
        case Kind::field: {
            const auto object = expression(field(target, g.argument)).node;
            if (object != none && value.node != none)
                b.op(OpCode::store, none, object, b.name(text(field(target, g.field))), value.node);
            return;
        }
        case Kind::subscript: {
            const auto object = expression(field(target, g.argument)).node;
            const auto key = subscript_key(target);
            if (object != none && value.node != none) b.op(OpCode::store_item, none, object, key, value.node);
            return;
        }
        case Kind::pointer_expression:
            return assign_to(field(target, g.argument), value);
        case Kind::parenthesized:
            return assign_to(named_child(target, 0), value);
        default:
            expression(target);
    }
}

}  // namespace gsdb::codebase::flow::c
