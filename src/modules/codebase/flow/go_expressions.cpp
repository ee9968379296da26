// Go: expressions.

#include <utility>

#include "modules/codebase/flow/go_flow.hpp"

namespace gsdb::codebase::flow::go {

Value GoFlow::expression(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {};
    switch (kind(node)) {
        case Kind::identifier:
        case Kind::type_identifier:
            return identifier(node);
        case Kind::selector:
        case Kind::call:
        case Kind::index:
        case Kind::slice:
        case Kind::type_assertion:
            return chain(node);
        case Kind::composite:
            return composite(node);
        case Kind::func_literal:
            return function_literal(node, {});
        case Kind::string: {
            const auto written = text(node);
            return {.node = written.size() < 2 ? none : key_literal(written.substr(1, written.size() - 2), true)};
        }
        case Kind::number:
            return {.node = key_literal(text(node), false)};
        case Kind::binary: {
            // Long sums lean to the left.
            std::vector<TSNode> rights;
            for (; kind(node) == Kind::binary; node = field(node, g.left)) rights.push_back(field(node, g.right));
            expression(node);
            for (auto i = rights.size(); i-- > 0;) expression(rights[i]);
            return {};
        }
        default:
            return other_expression(node);
    }
}

Value GoFlow::other_expression(TSNode node) {
    switch (kind(node)) {
        case Kind::parenthesized:
            return expression(named_child(node, 0));
        case Kind::unary: {
            const auto value = expression(field(node, g.operand));
            const auto operator_ = text(field(node, g.operator_));
            if (operator_ == "<-") return {.node = value.node == none ? none : b.made(OpCode::elements, value.node)};
            return operator_ == "&" || operator_ == "*" ? value : Value{};
        }
        case Kind::qualified_type:
            return {.node = type_of(node).class_};
        case Kind::pointer_type:
            return expression(named_child(node, 0));
        case Kind::type_conversion: {
            const auto value = expression(field(node, g.operand));
            const auto type = type_of(field(node, g.type));
            if (type.class_ == none) return value;
            return {.node = call(CallKind::call, {.value = type.class_}, {}, node, {{.value = value.node}}),
                    .type = type};
        }
        case Kind::type_instantiation:
            return expression(field(node, g.type));
        case Kind::generic_type:
            return expression(field(node, g.type));
        case Kind::literal_element:
        case Kind::expression_list: {
            Value last;
            for_each_named_child(node, [&](TSNode child) { last = expression(child); });
            return last;
        }
        case Kind::comment:
        case Kind::slice_type:
        case Kind::array_type:
        case Kind::map_type:
        case Kind::channel_type:
        case Kind::function_type:
        case Kind::interface_type:
        case Kind::struct_type:
            return {};
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            return {};
    }
}

Value GoFlow::identifier(TSNode node) {
    const auto name = text(node);
    if (const auto* local = find_local(name)) {
        auto value = read(*local);
        for (const auto& type : types_)
            if (type.value == local->constant) value.type = {};
        return value;
    }
    if (name == "nil" || name == "true" || name == "false" || name == "_" || name == "iota") return {};
    if (const auto found = imported_.find(name); found != imported_.end()) return {.node = found->second};
    return {.node = global(name)};
}

bool GoFlow::is_import(TSNode node) {
    return kind(node) == Kind::identifier && find_local(text(node)) == nullptr && imported_.contains(text(node));
}

/// Whether an expression is the name of a type of this file.
bool GoFlow::is_type(TSNode node) {
    const auto named = named_type(node);
    if (kind(named) != Kind::identifier && kind(named) != Kind::type_identifier) return false;
    const auto* local = find_local(text(named));
    if (local == nullptr || local->constant == none) return false;
    for (const auto& type : types_)
        if (type.value == local->constant) return true;
    return false;
}

// --- chains ---

/// `a.b().c[i].d()`: long ones lean to the left.
Value GoFlow::chain(TSNode node) {
    std::vector<TSNode> links;
    auto at = node;
    for (;;) {
        links.push_back(at);
        const auto below = kind(at) == Kind::call ? field(at, g.function) : field(at, g.operand);
        const auto next = kind(below);
        if (next != Kind::selector && next != Kind::call && next != Kind::index && next != Kind::slice &&
            next != Kind::type_assertion)
            break;
        at = below;
    }
    const auto first = links.back();
    auto value = expression(kind(first) == Kind::call ? field(first, g.function) : field(first, g.operand));
    for (auto i = links.size(); i-- > 0;) value = link(links[i], value);
    return value;
}

Value GoFlow::link(TSNode node, const Value& below) {
    switch (kind(node)) {
        case Kind::selector:
            return selector(node, below);
        case Kind::call:
            return call_expression(node, below);
        case Kind::index: {
            const auto key = expression(field(node, g.index)).node;
            if (below.node == none) return {};
            const auto item = b.made(OpCode::load_item, below.node, key);
            // `f[T]` is f.
            const auto* local =
                kind(field(node, g.operand)) == Kind::identifier ? find_local(text(field(node, g.operand))) : nullptr;
            const bool may_be_function =
                kind(field(node, g.operand)) == Kind::selector || local == nullptr || local->constant != none;
            return {.node = may_be_function ? b.joined({item, below.node}) : item};
        }
        case Kind::type_assertion: {
            const auto type = type_of(field(node, g.type));
            return {.node = typed(below.node, type), .type = type};
        }
        default:
            return below;
    }
}

Value GoFlow::selector(TSNode node, const Value& operand) {
    const auto name = text(field(node, g.field));
    const auto operand_node = field(node, g.operand);
    if (is_type(operand_node) && operand.node != none)
        return {.node = b.made(OpCode::reference, operand.node, b.name(name))};
    return {.node = load(operand.node, name), .type = field_type(operand.type, name)};
}

CalleeForm GoFlow::form_of(TSNode function) {
    if (kind(function) == Kind::identifier) {
        const auto* local = find_local(text(function));
        return local == nullptr          ? CalleeForm::name
               : local->constant != none ? CalleeForm::definition
                                         : CalleeForm::name;
    }
    if (kind(function) != Kind::selector) return CalleeForm::expression;
    return is_import(field(function, g.operand)) ? CalleeForm::imported : CalleeForm::member;
}

Value GoFlow::call_expression(TSNode node, const Value& callee) {
    const auto function = field(node, g.function);
    const bool is_name = kind(function) == Kind::identifier;
    const auto name_node = kind(function) == Kind::selector ? field(function, g.field) : function;
    const auto list = field(node, g.arguments);
    if (is_name && find_local(text(function)) == nullptr) {
        const auto first = named_child(list, 0);
        if (text(function) == "new") return {.node = zero_value(first, type_of(first)), .type = type_of(first)};
        if (text(function) == "make") {
            for (std::uint32_t i = 1; i < named_child_count(list); ++i) expression(ts_node_named_child(list, i));
            return {.node = zero_value(first, type_of(first)), .type = type_of(first)};
        }
    }
    const auto arguments = arguments_of(list);
    const auto name = is_name || kind(function) == Kind::selector ? text(name_node) : std::string_view{};
    const auto result =
        call(CallKind::call, {.value = callee.node, .form = form_of(function)}, name, name_node, arguments);
    Type type;
    if (is_name)
        if (const auto found = results_.find(name);
            found != results_.end() && kind(found->second) != Kind::parameter_list)
            type = type_of(found->second);
    if (is_type(function)) type = {.class_ = callee.node};
    return {.node = result, .type = type};
}

std::vector<Argument> GoFlow::arguments_of(TSNode list) {
    std::vector<Argument> arguments;
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) == Kind::comment) return;
        const bool is_spread = kind(each) == Kind::variadic_argument;
        const auto value = expression(is_spread ? named_child(each, 0) : each).node;
        arguments.push_back({.kind = is_spread ? ArgumentKind::spread : ArgumentKind::positional, .value = value});
    });
    return arguments;
}

// --- literals ---

Value GoFlow::composite(TSNode node) {
    return literal_value(field(node, g.body), field(node, g.type));
}

/// `T{...}`, or within another literal just `{...}`.
Value GoFlow::literal_value(TSNode body, TSNode type_node) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return {};
    const auto type_kind = kind(named_type(type_node));
    const bool is_collection =
        type_kind == Kind::slice_type || type_kind == Kind::array_type || type_kind == Kind::map_type;
    const auto type = is_collection ? Type{} : type_of(type_node);
    const auto element_type =
        is_collection ? field(named_type(type_node), type_kind == Kind::map_type ? g.value : g.element) : TSNode{};
    const auto made = type.class_ == none ? new_container(ContainerKind::list) : b.made(OpCode::instance, type.class_);
    const TypeScope* scope = nullptr;
    for (const auto& each : types_)
        if (each.value == type.class_) scope = &each;
    std::size_t number = 0;
    for_each_named_child(body, [&](TSNode each) {
        if (kind(each) == Kind::comment) return;
        const bool has_key = kind(each) == Kind::keyed_element;
        const auto key = has_key ? named_child(field(each, g.key), 0) : TSNode{};
        const auto value = literal_part(has_key ? field(each, g.value) : each, element_type).node;
        const auto position = number++;
        if (type.class_ != none && kind(key) == Kind::identifier) {
            if (value != none) b.op(OpCode::store, none, made, b.name(text(key)), value);
        } else if (scope != nullptr && !has_key && position < scope->field_order.size()) {
            if (value != none) b.op(OpCode::store, none, made, b.name(scope->field_order[position]), value);
        } else {
            const auto at = has_key ? expression(key).node : key_literal(std::to_string(position), false);
            if (value != none) b.op(OpCode::store_item, none, made, at, value);
        }
    });
    return {.node = made, .type = type};
}

Value GoFlow::literal_part(TSNode part, TSNode element_type) {
    const auto inner = kind(part) == Kind::literal_element ? named_child(part, 0) : part;
    return kind(inner) == Kind::literal_value ? literal_value(inner, element_type) : expression(inner);
}

Value GoFlow::function_literal(TSNode node, std::string_view name) {
    const auto index = b.add_function({.name = b.name(name),
                                       .parent = b.current(),
                                       .flags = flag(FunctionFlag::unnamed),
                                       .site = Builder::site(node)});
    if (name.empty() || name == "_") count_function(index, "func", node);
    function_body(index, node, {});
    return {.node = b.made(OpCode::function, index)};
}

}  // namespace gsdb::codebase::flow::go
