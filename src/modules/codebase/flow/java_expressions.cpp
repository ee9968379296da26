// Java: expressions.

#include <utility>

#include "modules/codebase/flow/java_flow.hpp"

namespace gsdb::codebase::flow::java {

Value JavaFlow::expression(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {};
    switch (kind(node)) {
        case Kind::identifier:
        case Kind::type_identifier:
            return identifier(node);
        case Kind::this_:
            return {.node = place_.this_, .type = {.class_ = place_.class_ == nullptr ? none : place_.class_->value}};
        case Kind::method_invocation:
        case Kind::field_access:
        case Kind::array_access:
            return chain(node);
        case Kind::new_object:
            return new_object(node);
        case Kind::lambda:
            return lambda(node);
        case Kind::method_reference:
            return method_reference(node);
        case Kind::assignment:
            return assignment(node);
        case Kind::binary:
            return binary(node);
        case Kind::ternary:
            return ternary(node);
        case Kind::string: {
            const auto content = text(node);
            const auto inner = content.size() >= 2 ? content.substr(1, content.size() - 2) : content;
            return {.node = key_literal(inner, true), .type = {.class_ = global("String")}};
        }
        case Kind::number: {
            const auto written = text(node);
            const bool is_hex = written.starts_with("0x") || written.starts_with("0X");
            const auto last = written.back();
            const bool is_float = !is_hex && (last == 'f' || last == 'F');
            const bool is_double = !is_hex && written.find_first_of(".eEdD") != std::string_view::npos;
            const auto* type = last == 'l' || last == 'L' ? "long" : is_float ? "float" : is_double ? "double" : "int";
            return {.node = key_literal(written, false), .type = primitive(type)};
        }
        default:
            return other_expression(node);
    }
}

Value JavaFlow::other_expression(TSNode node) {
    switch (kind(node)) {
        case Kind::parenthesized:
            return expression(named_child(node, 0));
        case Kind::cast: {
            const auto type = type_of(field(node, g.type));
            const auto value = expression(field(node, g.value));
            return {.node = typed(value.node, type), .type = type};
        }
        case Kind::instanceof:
            return instanceof_expression(node);
        case Kind::switch_:
            return switch_expression(node);
        case Kind::array_creation:
            return array_creation(node);
        case Kind::array_initializer:
            return array_initializer(node, {});
        case Kind::character:
            return {.type = primitive("char")};
        case Kind::truth:
            return {.type = primitive("boolean")};
        case Kind::null_:
            return {.type = {.class_ = global("null")}};
        case Kind::class_literal:
            return {.type = {.class_ = global("Class")}};
        case Kind::unary:
        case Kind::update: {
            Value value;
            for_each_named_child(node, [&](TSNode child) { value = expression(child); });
            const bool is_test = text(node).starts_with('!');
            return {.type = is_test ? primitive("boolean") : value.type};
        }
        case Kind::comment:
        case Kind::modifiers:
            return {};
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            return {};
    }
}

// --- names ---

/// The value of a field of this class or of those around.
std::optional<Value> JavaFlow::field_named(std::string_view name) {
    auto instance = place_.this_;
    for (auto* scope = place_.class_; scope != nullptr; instance = scope->outer_this, scope = scope->outer) {
        const auto found = scope->fields.find(name);
        if (found == scope->fields.end()) continue;
        const auto& field = found->second;
        const auto object = field.is_static || instance == none ? scope->value : instance;
        auto type = kind(field.type) == Kind::enum_declaration ? Type{.class_ = scope->value} : type_of(field.type);
        if (field.has_dimensions) type = array_of(type);
        return Value{.node = load(object, name), .type = type};
    }
    return {};
}

Value JavaFlow::identifier(TSNode node) {
    const auto name = text(node);
    if (const auto* local = find_local(name)) return read(*local);
    if (const auto field = field_named(name)) return *field;
    std::vector<Index> nodes;
    auto instance = place_.this_;
    const bool is_class_name = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    for (auto* scope = place_.class_; scope != nullptr; instance = scope->outer_this, scope = scope->outer)
        if (scope->has_bases && !imported_.contains(name))
            nodes.push_back(load(instance == none ? scope->value : instance, name));
    if (is_class_name || nodes.empty() || imported_.contains(name)) {
        const auto class_ = class_named(name);
        if (nodes.empty()) return {.node = class_};
        nodes.push_back(class_);
    }
    return {.node = b.joined(nodes)};
}

/// Whether a name stands for a class, not for a value.
bool JavaFlow::is_type_name(TSNode node) {
    if (kind(node) != Kind::identifier) return false;
    const auto name = text(node);
    if (name.empty() || name.front() < 'A' || name.front() > 'Z') return false;
    if (const auto* local = find_local(name)) return local->constant != none;
    for (auto* scope = place_.class_; scope != nullptr; scope = scope->outer)
        if (scope->fields.contains(name)) return false;
    return true;
}

/// `a.b.C`: names that no variable begins.
bool JavaFlow::is_path(TSNode node) {
    constexpr int parts_max = 32;
    for (int i = 0; i < parts_max; ++i) {
        if (kind(node) == Kind::identifier) {
            const auto name = text(node);
            return find_local(name) == nullptr && !field_named(name) && !name.empty() && name.front() >= 'a' &&
                   name.front() <= 'z' && i > 0 && !imported_.contains(name);
        }
        if (kind(node) != Kind::field_access || kind(field(node, g.field)) != Kind::identifier) return false;
        node = field(node, g.object);
    }
    return false;
}

// --- operators ---

Value JavaFlow::binary(TSNode node) {
    // Long sums lean to the left.
    std::vector<TSNode> rights;
    auto left = node;
    for (; kind(left) == Kind::binary; left = field(left, g.left)) rights.push_back(field(left, g.right));
    auto type = expression(left).type;
    const auto operator_ = text(field(node, g.operator_));
    for (auto i = rights.size(); i-- > 0;) {
        const auto other = expression(rights[i]).type;
        if (other.class_ == global("String") && operator_ == "+") type = other;
    }
    const bool is_test = operator_.find_first_of("<>=&|!") != std::string_view::npos && operator_ != "&" &&
                         operator_ != "|" && operator_ != "<<" && operator_ != ">>" && operator_ != ">>>";
    if (is_test) return {.type = primitive("boolean")};
    const bool is_text = type.class_ == global("String");
    return {.type = is_text || rights.size() == 1 ? type : Type{}};
}

Value JavaFlow::ternary(TSNode node) {
    std::vector<Index> values;
    Type type;
    for (; kind(node) == Kind::ternary; node = field(node, g.alternative)) {
        expression(field(node, g.condition));
        maybe([&] {
            const auto value = expression(field(node, g.consequence));
            values.push_back(value.node);
            type = value.type;
        });
    }
    maybe([&] { values.push_back(expression(node).node); });
    return {.node = b.joined(values), .type = type};
}

Value JavaFlow::instanceof_expression(TSNode node) {
    const auto value = expression(field(node, g.left));
    const auto name = field(node, g.name);
    if (!ts_node_is_null(name)) declare(text(name), type_of(field(node, g.right)), value.node);
    if (const auto record = field(node, g.pattern); !ts_node_is_null(record)) pattern(record, value);
    return {.type = primitive("boolean")};
}

Value JavaFlow::assignment(TSNode node) {
    const auto right = field(node, g.right);
    const auto left = field(node, g.left);
    if (text(field(node, g.operator_)) != "=") {
        const auto before = expression(left);
        expression(right);
        return {.type = before.type};
    }
    const auto value = expression(right);
    assign_to(left, value);
    return value;
}

void JavaFlow::assign_to(TSNode target, const Value& value) {
    switch (kind(target)) {
        case Kind::identifier:
            return assign_name(text(target), value);
        case Kind::field_access: {
            const auto object = expression(field(target, g.object)).node;
            if (object != none && value.node != none)
                b.op(OpCode::store, none, object, b.name(text(field(target, g.field))), value.node);
            return;
        }
        case Kind::array_access: {
            const auto array = expression(field(target, g.array)).node;
            const auto index = expression(field(target, g.index)).node;
            if (array != none && value.node != none) b.op(OpCode::store_item, none, array, index, value.node);
            return;
        }
        default:
            expression(target);
    }
}

void JavaFlow::assign_name(std::string_view name, const Value& value) {
    if (const auto* local = find_local(name)) return assign(*local, value.node);
    if (value.node == none) return;
    auto instance = place_.this_;
    for (auto* scope = place_.class_; scope != nullptr; instance = scope->outer_this, scope = scope->outer) {
        const auto found = scope->fields.find(name);
        if (found == scope->fields.end() && (!scope->has_bases || scope->outer != nullptr)) continue;
        const bool is_static = found != scope->fields.end() && found->second.is_static;
        b.op(OpCode::store, none, is_static || instance == none ? scope->value : instance, b.name(name), value.node);
        return;
    }
}

// --- arrays ---

Value JavaFlow::array_creation(TSNode node) {
    const auto type = array_of(type_of(field(node, g.type)));
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::array_initializer)
            for_each_named_child(each, [&](TSNode size) {
                if (kind(each) != Kind::generic_type) expression(size);
            });
    });
    if (const auto values = field(node, g.value); !ts_node_is_null(values)) return array_initializer(values, type);
    return {.node = new_container(ContainerKind::list), .type = type};
}

Value JavaFlow::array_initializer(TSNode node, const Type& type) {
    const Deeper deeper(*this);
    const auto list = new_container(ContainerKind::list);
    if (deeper.is_too_deep()) return {.node = list, .type = type};
    std::size_t number = 0;
    for_each_named_child(node, [&](TSNode each) {
        const auto value =
            kind(each) == Kind::array_initializer ? array_initializer(each, {}).node : expression(each).node;
        if (value != none) b.op(OpCode::store_item, none, list, key_literal(std::to_string(number), false), value);
        ++number;
    });
    return {.node = list, .type = type};
}

// --- functions ---

Value JavaFlow::lambda(TSNode node) {
    const auto flags = static_cast<std::uint16_t>(flag(FunctionFlag::unnamed) | flag(FunctionFlag::lexical_this));
    const auto index =
        b.add_function({.name = b.name(""), .parent = b.current(), .flags = flags, .site = Builder::site(node)});
    count_function(index, "lambda", node);
    {
        const EnteredFunction inside(*this, index, {.class_ = place_.class_, .this_ = place_.this_});
        place_.result = b.function(index).result;
        const auto parameters = field(node, g.parameters);
        if (kind(parameters) == Kind::identifier) {
            const auto value = b.node();
            declare(text(parameters), {.is_open = true}, value);
            b.set_parameters(index, {{.name = b.name(text(parameters)), .node = value}});
        } else {
            b.set_parameters(index, parameters_of(parameters));
        }
        const auto body = field(node, g.body);
        if (kind(body) == Kind::block)
            statements(body);
        else
            b.copy(place_.result, expression(body).node);
    }
    return {.node = b.made(OpCode::function, index), .type = {.class_ = global("<lambda>")}};
}

Value JavaFlow::method_reference(TSNode node) {
    const auto object = named_child(node, 0);
    const auto count = child_count(node);
    const auto last = count == 0 ? TSNode{} : ts_node_child(node, count - 1);
    const auto name = text(last);
    const Type lambda{.class_ = global("<lambda>")};
    const bool is_class =
        kind(object) != Kind::super && kind(object) != Kind::this_ &&
        (kind(object) != Kind::identifier ? kind(object) == Kind::generic_type || kind(object) == Kind::array_type ||
                                                kind(object) == Kind::scoped_type
                                          : is_type_name(object));
    if (kind(object) == Kind::super) {
        if (place_.class_ == nullptr || place_.this_ == none) return {.type = lambda};
        return {.node = load(b.made(OpCode::super, place_.this_, place_.class_->index), method_name(name)),
                .type = lambda};
    }
    if (!is_class) return {.node = load(expression(object).node, method_name(name)), .type = lambda};
    const auto class_ = type_of(object).class_;
    if (class_ == none) return {.type = lambda};
    return {.node = b.made(OpCode::reference, class_, b.name(name == "new" ? "<init>" : method_name(name))),
            .type = lambda};
}

Value JavaFlow::new_object(TSNode node) {
    const auto type_node = field(node, g.type);
    const auto outer = named_child(node, 0);
    if (outer.id != type_node.id) expression(outer);
    const auto type = type_of(type_node);
    const auto arguments = arguments_of(field(node, g.arguments));
    TSNode body{};
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::class_body) body = each;
    });
    const auto named = kind(type_node) == Kind::generic_type ? named_child(type_node, 0) : type_node;
    const auto name = text(named);
    if (ts_node_is_null(body)) {
        initialised(type.class_, node);
        const auto made =
            call(CallKind::instantiate, {.value = type.class_, .form = CalleeForm::name}, name, named, arguments);
        return {.node = made, .type = type};
    }
    auto* scope = declare_class(node, place_.class_, {}, body);
    count_class(scope->index, "anonymous", node);
    scope->outer_this = place_.this_;
    follow_class(*scope, {type.class_ == none ? b.node() : type.class_});
    const auto made =
        call(CallKind::instantiate, {.value = scope->value, .form = CalleeForm::definition}, name, named, arguments);
    return {.node = made, .type = type};
}

// --- calls ---

std::vector<Argument> JavaFlow::arguments_of(TSNode list) {
    std::vector<Argument> arguments;
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) == Kind::comment) return;
        const auto value = expression(each);
        arguments.push_back({.value = value.node, .type = value.type.class_});
    });
    return arguments;
}

/// The first use of a class runs its static initialiser.
Index JavaFlow::initialised(Index class_node, TSNode at) {
    if (class_node == none) return none;
    for (auto* scope = place_.class_; scope != nullptr; scope = scope->outer)
        if (scope->value == class_node) return class_node;
    if (initialised_.insert(static_cast<std::uint64_t>(b.current()) << 32U | class_node).second)
        call(CallKind::implied, {.value = load(class_node, "<clinit>"), .form = CalleeForm::member}, "<clinit>", at,
             {});
    return class_node;
}

/// `a.b().c[i].d()`: long ones lean to the left.
Value JavaFlow::chain(TSNode node) {
    std::vector<TSNode> links;
    auto at = node;
    for (;;) {
        links.push_back(at);
        const auto below = kind(at) == Kind::array_access ? field(at, g.array) : field(at, g.object);
        if (kind(at) == Kind::field_access && is_path(at)) break;
        if (kind(below) != Kind::method_invocation && kind(below) != Kind::field_access &&
            kind(below) != Kind::array_access)
            break;
        at = below;
    }
    Value value;
    for (auto i = links.size(); i-- > 0;) {
        const auto link = links[i];
        const bool is_first = i + 1 == links.size();
        if (kind(link) == Kind::method_invocation) {
            const auto object = field(link, g.object);
            if (is_first && !ts_node_is_null(object)) {
                value = kind(object) == Kind::super ? Value{} : expression(object);
                if (is_type_name(object)) initialised(value.node, object);
            }
            value = method_call(link, ts_node_is_null(object) ? nullptr : &value);
        } else if (kind(link) == Kind::array_access) {
            if (is_first) value = expression(field(link, g.array));
            const auto index = expression(field(link, g.index)).node;
            value = {.node = value.node == none ? none : b.made(OpCode::load_item, value.node, index)};
        } else if (is_first) {
            value = field_access(link);
        } else {
            value = {.node = load(value.node, text(field(link, g.field)))};
        }
    }
    return value;
}

Value JavaFlow::field_access(TSNode node) {
    if (is_path(node)) return {.node = import_of(text(node))};
    const auto object = field(node, g.object);
    const auto name = text(field(node, g.field));
    if (kind(field(node, g.field)) == Kind::this_) return this_of(object);
    if (kind(object) == Kind::this_) {
        if (const auto known = place_.class_ == nullptr ? std::nullopt : field_named(name);
            known && place_.class_->fields.contains(name))
            return {.node = load(place_.this_, name), .type = known->type};
    }
    const auto value = kind(object) == Kind::super ? Value{.node = place_.this_} : expression(object);
    if (is_type_name(object)) {
        initialised(value.node, object);
        if (name == "class") return {.type = {.class_ = global("Class")}};
    }
    if (name == "length") return {.type = primitive("int")};
    return {.node = load(value.node, name)};
}

/// `Outer.this`
Value JavaFlow::this_of(TSNode class_name) {
    auto instance = place_.this_;
    for (auto* scope = place_.class_; scope != nullptr; instance = scope->outer_this, scope = scope->outer)
        if (flow_.names[flow_.classes[scope->index].name] == text(class_name))
            return {.node = instance, .type = {.class_ = scope->value}};
    return {};
}

/// A method of this class or of those around, of classes that they inherit from, or of a static import.
TypedFlow::Callee JavaFlow::unqualified(std::string_view name, Type& returns) {
    std::vector<Index> values, receivers;
    auto instance = place_.this_;
    bool is_declared = false;
    for (auto* scope = place_.class_; scope != nullptr && !is_declared;
         instance = scope->outer_this, scope = scope->outer) {
        const auto found = scope->methods.find(name);
        is_declared = found != scope->methods.end();
        if (!is_declared && !scope->has_bases && kind(scope->node) != Kind::enum_declaration &&
            kind(scope->node) != Kind::record_declaration)
            continue;
        const auto object = instance == none ? scope->value : instance;
        values.push_back(load(object, method_name(name)));
        receivers.push_back(object);
        if (is_declared && !ts_node_is_null(found->second)) returns = type_of(found->second);
    }
    if (!is_declared) {
        const auto found = imported_.find(name);
        if (found != imported_.end()) {
            const auto path = flow_.names[imported_paths_.at(name)];
            return {.value = import_of(method_name(path)), .form = CalleeForm::imported};
        }
        if (!flow_.wildcards.empty()) values.push_back(global(method_name(name)));
    }
    if (values.size() == 1 && receivers.size() == 1)
        return {.value = values.front(), .receiver = receivers.front(), .form = CalleeForm::self_member};
    return {.value = b.joined(values), .form = CalleeForm::self_member};
}

/// What a method of this file's classes is declared to return.
Type JavaFlow::return_type(std::string_view method, const Value& object) {
    for (auto* scope = place_.class_; scope != nullptr; scope = scope->outer) {
        if (scope->value != object.type.class_ && scope->value != object.node) continue;
        const auto found = scope->methods.find(method);
        if (found != scope->methods.end() && !ts_node_is_null(found->second)) return type_of(found->second);
    }
    return {};
}

Value JavaFlow::method_call(TSNode node, const Value* object) {
    const auto name_node = field(node, g.name);
    const auto name = text(name_node);
    const auto written = field(node, g.object);
    Callee callee;
    Type returns;
    bool is_super = kind(written) == Kind::super;
    for_each_named_child(node, [&](TSNode each) { is_super |= kind(each) == Kind::super; });
    if (object == nullptr && !is_super) {
        callee = unqualified(name, returns);
    } else if (is_super && place_.class_ != nullptr) {
        const bool is_of_interface = kind(written) != Kind::super && object != nullptr;
        const auto super = is_of_interface || place_.this_ == none
                               ? (object == nullptr ? none : object->node)
                               : b.made(OpCode::super, place_.this_, place_.class_->index);
        callee = {.value = load(super, method_name(name)), .receiver = place_.this_, .form = CalleeForm::self_member};
    } else if (object != nullptr) {
        const bool is_this = kind(written) == Kind::this_;
        callee = {.value = load(object->node, method_name(name)),
                  .receiver = object->node,
                  .form = is_this ? CalleeForm::self_member : CalleeForm::member};
        returns = return_type(name, *object);
    }
    const auto arguments = arguments_of(field(node, g.arguments));
    return {.node = call(CallKind::call, callee, name, name_node, arguments), .type = returns};
}

}  // namespace gsdb::codebase::flow::java
