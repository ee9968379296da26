// Rust: blocks, expressions and patterns.

#include <utility>

#include "modules/codebase/flow/rust_flow.hpp"

namespace gsdb::codebase::flow::rust {

namespace {

/// Methods that give what they are called on, or what is in it.
bool gives_receiver(std::string_view method) {
    static const std::unordered_set<std::string_view> names{
        "unwrap",   "expect",    "clone",      "as_ref",  "as_mut",     "borrow",  "borrow_mut",   "lock",
        "read",     "write",     "into",       "ok",      "unwrap_or",  "take",    "to_owned",     "get_mut",
        "as_deref", "deref",     "iter",       "ok_or",   "ok_or_else", "or",      "or_else",      "unwrap_or_else",
        "upgrade",  "get",       "into_inner", "cloned",  "copied",     "context", "with_context", "unwrap_or_default",
        "map_err",  "into_iter", "iter_mut",   "get_ref", "downgrade",  "filter",  "inspect",      "by_ref"};
    return names.contains(method);
}

/// What an operator is called as a method.
std::string_view operator_method(std::string_view operator_) {
    static const std::unordered_map<std::string_view, std::string_view> names{
        {"+", "add"},          {"-", "sub"},         {"*", "mul"},         {"/", "div"},         {"%", "rem"},
        {"==", "eq"},          {"!=", "eq"},         {"<", "partial_cmp"}, {">", "partial_cmp"}, {"<=", "partial_cmp"},
        {">=", "partial_cmp"}, {"&", "bitand"},      {"|", "bitor"},       {"^", "bitxor"},      {"<<", "shl"},
        {">>", "shr"},         {"+=", "add_assign"}, {"-=", "sub_assign"}, {"*=", "mul_assign"}, {"/=", "div_assign"}};
    const auto found = names.find(operator_);
    return found == names.end() ? std::string_view{} : found->second;
}

bool is_upper(std::string_view name) {
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

}  // namespace

Value RustFlow::block(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {};
    bool has_items = false;
    for_each_named_child(node, [&](TSNode each) {
        switch (kind(each)) {
            case Kind::function_item:
            case Kind::struct_item:
            case Kind::enum_item:
            case Kind::trait_item:
            case Kind::impl_item:
            case Kind::use_declaration:
            case Kind::const_item:
            case Kind::static_item:
                has_items = true;
                break;
            default:
                break;
        }
    });
    const EnteredBlock inside(*this);
    auto* around = place_.module;
    if (has_items) {
        auto& module = modules_.emplace_back();
        module.is_block = true;
        module.path = around->path;
        module.outer = around;
        place_.module = &module;
        declare_items(node, module);
        items(node, module);
    }
    Value last;
    for_each_named_child(node, [&](TSNode each) { statement(each, last); });
    place_.module = around;
    return last;
}

void RustFlow::statement(TSNode node, Value& last) {
    switch (kind(node)) {
        case Kind::let_declaration:
            let_declaration(node);
            last = {};
            return;
        case Kind::expression_statement: {
            const auto inner = named_child(node, 0);
            const auto value = expression(inner);
            // `match x {}` at the end of a block is its value.
            const bool ends = child_count(node) == 1;
            last = ends ? value : Value{};
            return;
        }
        case Kind::comment:
        case Kind::attribute:
        case Kind::function_item:
        case Kind::struct_item:
        case Kind::enum_item:
        case Kind::trait_item:
        case Kind::impl_item:
        case Kind::use_declaration:
        case Kind::mod_item:
        case Kind::const_item:
        case Kind::static_item:
        case Kind::macro_definition:
            return;
        default:
            last = expression(node);
    }
}

void RustFlow::let_declaration(TSNode node) {
    auto type = type_of(field(node, g.type));
    const auto value = expression(field(node, g.value));
    if (type.class_ == none) type = value.type;
    pattern(field(node, g.pattern), typed(value.node, type), type);
    if (const auto otherwise = field(node, g.alternative); !ts_node_is_null(otherwise)) block(otherwise);
}

Value RustFlow::expression(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {};
    switch (kind(node)) {
        case Kind::identifier:
        case Kind::scoped_identifier:
            return path(node);
        case Kind::self_:
            return {.node = place_.self_value, .type = {.class_ = place_.self_type}};
        case Kind::call:
        case Kind::field:
        case Kind::try_:
        case Kind::await:
        case Kind::index:
            return chain(node);
        case Kind::struct_expression:
            return struct_expression(node);
        case Kind::closure:
            return closure(node);
        case Kind::macro_invocation:
            return macro(node);
        case Kind::binary:
            return binary(node);
        case Kind::reference:
        case Kind::parenthesized: {
            Value value;
            for_each_named_child(node, [&](TSNode each) { value = expression(each); });
            return value;
        }
        case Kind::string: {
            const auto written = text(node);
            return {.node = written.size() < 2 ? none : key_literal(written.substr(1, written.size() - 2), true)};
        }
        case Kind::number:
            return {.node = key_literal(text(node), false)};
        default:
            return control(node);
    }
}

Value RustFlow::control(TSNode node) {
    switch (kind(node)) {
        case Kind::block:
            return block(node);
        case Kind::unsafe_block:
        case Kind::async_block:
            return block(named_child(node, named_child_count(node) - 1));
        case Kind::if_:
            return if_expression(node);
        case Kind::match_:
            return match_expression(node);
        case Kind::for_: {
            const EnteredBlock inside(*this);
            const auto value_node = field(node, g.value);
            const auto iterated = expression(value_node).node;
            loop([&] {
                auto element = iterated == none ? none : b.made(OpCode::elements, iterated);
                if (iterated != none) {
                    const auto own =
                        call(CallKind::implied, {load(iterated, "into_iter()"), iterated}, "into_iter", value_node, {});
                    const auto source = b.joined({iterated, own});
                    const auto next = call(CallKind::implied, {load(source, "next()"), source}, "next", value_node, {});
                    element = b.joined({element, next, b.made(OpCode::elements, own)});
                }
                pattern(field(node, g.pattern), element, {});
                block(field(node, g.body));
            });
            return {};
        }
        case Kind::while_: {
            const EnteredBlock inside(*this);
            loop([&] {
                condition(field(node, g.condition));
                block(field(node, g.body));
            });
            return {};
        }
        case Kind::loop_:
            loop([&] { block(field(node, g.body)); });
            return {};
        case Kind::return_:
        case Kind::break_:
        case Kind::yield_: {
            const auto count = named_child_count(node);
            const auto value = count == 0 ? Value{} : expression(named_child(node, count - 1));
            if (kind(node) == Kind::return_) b.copy(place_.result, value.node);
            return {};
        }
        default:
            return other_expression(node);
    }
}

Value RustFlow::other_expression(TSNode node) {
    switch (kind(node)) {
        case Kind::assignment: {
            const auto value = expression(field(node, g.right));
            assign_to(field(node, g.left), value);
            return {};
        }
        case Kind::compound_assignment: {
            const auto left = expression(field(node, g.left)).node;
            const auto right = expression(field(node, g.right)).node;
            const auto method = operator_method(text(field(node, g.operator_)));
            if (left != none && !method.empty())
                call(CallKind::implied, {load(left, method_name(method)), left}, method, node, {{.value = right}});
            return {};
        }
        case Kind::unary: {
            const auto value = expression(named_child(node, 0));
            const auto operator_ = text(node).substr(0, 1);
            if (operator_ == "*") return value;
            const auto method = operator_ == "-" ? "neg()" : "not()";
            if (value.node == none) return {};
            return {.node = call(CallKind::implied, {load(value.node, method), value.node},
                                 operator_ == "-" ? "neg" : "not", node, {})};
        }
        case Kind::type_cast: {
            const auto value = expression(field(node, g.value));
            return {.node = value.node};
        }
        case Kind::generic_function:
            return expression(field(node, g.function));
        case Kind::tuple:
        case Kind::array: {
            const auto list = new_container(ContainerKind::list);
            std::size_t number = 0;
            for_each_named_child(node, [&](TSNode each) {
                if (kind(each) == Kind::comment || kind(each) == Kind::attribute) return;
                const auto value = expression(each).node;
                if (value != none)
                    b.op(OpCode::store_item, none, list, key_literal(std::to_string(number), false), value);
                ++number;
            });
            return {.node = list};
        }
        case Kind::let_condition:
        case Kind::let_chain:
            condition(node);
            return {};
        case Kind::comment:
        case Kind::attribute:
        case Kind::function_item:
        case Kind::struct_item:
        case Kind::impl_item:
        case Kind::mod_item:
            return {};
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            return {};
    }
}

// --- names ---

RustFlow::Variant RustFlow::variant_of(TSNode node) {
    if (kind(node) == Kind::generic_type || kind(node) == Kind::generic_turbofish) node = field(node, g.type);
    if (kind(node) == Kind::generic_function) node = field(node, g.function);
    const bool is_scoped = kind(node) == Kind::scoped_identifier || kind(node) == Kind::scoped_type;
    const auto name = is_scoped ? text(field(node, g.name)) : text(node);
    if (name == "Some" || name == "Ok" || name == "Err") return {.is_transparent = true};
    if (!is_upper(name)) return {};
    if (!is_scoped) return {.class_ = name_in_scope(name)};
    const auto above = field(node, g.path);
    auto last = text(above);
    last = last.substr(last.rfind(':') == std::string_view::npos ? 0 : last.rfind(':') + 1);
    if (is_upper(last)) return {.class_ = path_node(above), .name = name};
    return {.class_ = path_node(node)};
}

Value RustFlow::path(TSNode node) {
    if (kind(node) == Kind::identifier) {
        if (const auto* local = find_local(text(node))) return read(*local);
        if (text(node) == "None") return {};
    }
    const auto variant = variant_of(node);
    if (!variant.name.empty()) {
        // `E::V`: a value of the enum, or a function that makes one.
        if (variant.class_ == none) return {};
        return {.node = b.made(OpCode::instance, variant.class_), .type = {.class_ = variant.class_}};
    }
    if (kind(node) == Kind::identifier && is_upper(text(node)) && variant.class_ != none)
        return {.node = b.joined({variant.class_, b.made(OpCode::instance, variant.class_)})};
    if (kind(node) == Kind::identifier) return {.node = name_in_scope(text(node))};
    // `T::f`: an associated function, or a method whose receiver is its first argument.
    const auto name = text(field(node, g.name));
    auto above = text(field(node, g.path));
    if (const auto generic = above.find('<'); generic != std::string_view::npos && generic > 0)
        above = above.substr(0, generic);
    if (above.ends_with("::")) above.remove_suffix(2);
    const auto last = above.substr(above.rfind(':') == std::string_view::npos ? 0 : above.rfind(':') + 1);
    if (is_upper(last) || above.starts_with('<')) {
        const auto class_ = path_node(field(node, g.path));
        if (class_ == none) return {};
        return {.node = b.joined(
                    {load(class_, method_name(name)), b.made(OpCode::reference, class_, b.name(method_name(name)))}),
                .type = {.class_ = name == "new" || name == "default" ? class_ : none}};
    }
    return {.node = path_node(node)};
}

// --- chains ---

Value RustFlow::chain(TSNode node) {
    std::vector<TSNode> links;
    auto at = node;
    for (;;) {
        links.push_back(at);
        auto below = TSNode{};
        if (kind(at) == Kind::call) {
            below = field(at, g.function);
            if (kind(below) == Kind::generic_function && kind(field(below, g.function)) == Kind::field)
                below = field(below, g.function);
            // A method is called by its call, not read.
            if (kind(below) == Kind::field) below = field(below, g.value);
        } else {
            below = kind(at) == Kind::field ? field(at, g.value) : named_child(at, 0);
        }
        const auto next = kind(below);
        at = below;
        if (next != Kind::call && next != Kind::field && next != Kind::try_ && next != Kind::await &&
            next != Kind::index)
            break;
    }
    const bool is_made = kind(links.back()) == Kind::call && kind(field(links.back(), g.function)) != Kind::field &&
                         variant_of(at).class_ != none;
    auto value =
        is_made || (kind(links.back()) == Kind::call && variant_of(at).is_transparent) ? Value{} : expression(at);
    for (auto i = links.size(); i-- > 0;) value = link(links[i], value);
    return value;
}

Value RustFlow::link(TSNode node, const Value& below) {
    switch (kind(node)) {
        case Kind::field: {
            const auto name = text(field(node, g.field));
            if (below.node == none) return {};
            const bool is_number = !name.empty() && name.front() >= '0' && name.front() <= '9';
            const auto attribute = load(below.node, name);
            if (!is_number) return {.node = attribute, .type = field_type(below.type, name)};
            return {.node = b.joined({attribute, b.made(OpCode::load_item, below.node, key_literal(name, false))})};
        }
        case Kind::call: {
            auto function = field(node, g.function);
            if (kind(function) == Kind::generic_function && kind(field(function, g.function)) == Kind::field)
                function = field(function, g.function);
            if (kind(function) == Kind::field) return method_call(node, function, below);
            return call_expression(node, below);
        }
        case Kind::index: {
            const auto key = expression(named_child(node, 1)).node;
            if (below.node == none) return {};
            const auto own =
                call(CallKind::implied, {load(below.node, "index()"), below.node}, "index", node, {{.value = key}});
            return {.node = b.joined({b.made(OpCode::load_item, below.node, key), own})};
        }
        default:
            return below;
    }
}

std::vector<Argument> RustFlow::arguments_of(TSNode list) {
    std::vector<Argument> arguments;
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) != Kind::comment && kind(each) != Kind::attribute)
            arguments.push_back({.value = expression(each).node});
    });
    return arguments;
}

Value RustFlow::call_expression(TSNode node, const Value& callee) {
    const auto function = field(node, g.function);
    const auto list = field(node, g.arguments);
    const auto variant = variant_of(function);
    if (variant.is_transparent) {
        const auto arguments = arguments_of(list);
        return {.node = arguments.empty() ? none : arguments.front().value};
    }
    if (variant.class_ != none && !variant.name.empty()) return construct(list, function, variant.name);
    if (variant.class_ != none) return construct(list, function, {});
    const auto arguments = arguments_of(list);
    const bool is_path = kind(function) == Kind::scoped_identifier;
    const auto name_node = is_path ? field(function, g.name) : function;
    const auto name = is_path || kind(function) == Kind::identifier ? text(name_node) : std::string_view{};
    // `Box::new(x)` and the like are x.
    if (is_path && name == "new") {
        const auto above = text(field(function, g.path));
        if (above == "Box" || above == "Rc" || above == "Arc" || above == "RefCell" || above == "Mutex" ||
            above == "Cell" || above == "RwLock" || above == "Pin")
            return {.node = arguments.empty() ? none : arguments.front().value};
        if (above == "Vec" || above == "HashMap" || above == "VecDeque" || above == "BTreeMap" || above == "HashSet")
            return {.node = new_container(ContainerKind::list)};
    }
    const auto form = is_path ? CalleeForm::imported : name.empty() ? CalleeForm::expression : CalleeForm::name;
    return {.node = call(CallKind::call, {.value = callee.node, .form = form}, name, name_node, arguments),
            .type = callee.type};
}

Value RustFlow::method_call(TSNode node, TSNode function, const Value& receiver) {
    const auto name_node = field(function, g.field);
    const auto name = text(name_node);
    const auto arguments = arguments_of(field(node, g.arguments));
    const bool is_self = kind(field(function, g.value)) == Kind::self_;
    const Callee callee{load(receiver.node, method_name(name)), receiver.node,
                        is_self ? CalleeForm::self_member : CalleeForm::member};
    const auto result = call(CallKind::call, callee, name, name_node, arguments);
    const bool passes = gives_receiver(name);
    return {.node = passes ? b.joined({result, receiver.node}) : result, .type = passes ? receiver.type : Type{}};
}

/// `S(a, b)`, `E::V(a, b)`: what is in a variant is kept under its name.
Value RustFlow::construct(TSNode list, TSNode type, std::string_view name) {
    const auto class_ = variant_of(type).class_;
    const auto made = b.made(OpCode::instance, class_);
    std::size_t number = 0;
    for (const auto& argument : arguments_of(list)) {
        const auto slot = (name.empty() ? "" : std::string(name) + ".") + std::to_string(number++);
        if (argument.value != none) b.op(OpCode::store, none, made, b.name(slot), argument.value);
    }
    return {.node = made, .type = {.class_ = class_}};
}

Value RustFlow::struct_expression(TSNode node) {
    const auto variant = variant_of(field(node, g.name));
    const auto made = variant.class_ == none ? b.node() : b.made(OpCode::instance, variant.class_);
    for_each_named_child(field(node, g.body), [&](TSNode each) {
        std::string_view name;
        Index value = none;
        if (kind(each) == Kind::field_initializer) {
            name = text(field(each, g.field));
            value = expression(field(each, g.value)).node;
        } else if (kind(each) == Kind::shorthand_field) {
            const auto identifier = named_child(each, named_child_count(each) - 1);
            name = text(identifier);
            value = expression(identifier).node;
        } else if (kind(each) == Kind::base_field) {
            const auto base = expression(named_child(each, 0)).node;
            if (base != none) b.op(OpCode::merge, none, made, base);
        }
        const auto slot = (variant.name.empty() ? "" : std::string(variant.name) + ".") + std::string(name);
        if (value != none && !name.empty()) b.op(OpCode::store, none, made, b.name(slot), value);
    });
    return {.node = made, .type = {.class_ = variant.class_}};
}

Value RustFlow::closure(TSNode node) {
    const auto index = b.add_function(
        {.name = b.name(""), .parent = b.current(), .flags = flag(FunctionFlag::unnamed), .site = Builder::site(node)});
    count_function(index, "closure", node);
    const auto around = place_;
    b.enter(index);
    {
        const EnteredBlock inside(*this);
        b.set_parameters(index, parameters_of(field(node, g.parameters)));
        place_.result = b.function(index).result;
        b.copy(place_.result, expression(field(node, g.body)).node);
    }
    b.leave();
    place_ = around;
    return {.node = b.made(OpCode::function, index)};
}

Value RustFlow::binary(TSNode node) {
    std::vector<std::pair<TSNode, std::string_view>> rights;
    for (; kind(node) == Kind::binary; node = field(node, g.left))
        rights.emplace_back(field(node, g.right), text(field(node, g.operator_)));
    auto left = expression(node);
    for (auto i = rights.size(); i-- > 0;) {
        const auto& [right_node, operator_] = rights[i];
        const auto right = expression(right_node).node;
        const auto method = operator_method(operator_);
        const bool may_be_own = left.node != none && !method.empty();
        left = {.node = may_be_own ? call(CallKind::implied, {load(left.node, method_name(method)), left.node}, method,
                                          right_node, {{.value = right}})
                                   : none};
    }
    return left;
}

// --- branches ---

/// `let P = x`, alone or among others.
void RustFlow::condition(TSNode node) {
    if (kind(node) == Kind::let_chain) {
        for_each_named_child(node, [&](TSNode each) { condition(each); });
    } else if (kind(node) == Kind::let_condition) {
        const auto value = expression(field(node, g.value));
        pattern(field(node, g.pattern), value.node, value.type);
    } else {
        expression(node);
    }
}

Value RustFlow::if_expression(TSNode node) {
    std::vector<Index> values;
    auto branches = b.begin_branches();
    const EnteredBlock inside(*this);
    for (;;) {
        condition(field(node, g.condition));
        branch(branches, [&] {
            values.push_back(block(field(node, g.consequence)).node);
            return true;
        });
        const auto alternative = named_child(field(node, g.alternative), 0);
        if (kind(alternative) == Kind::if_) {
            node = alternative;
            continue;
        }
        const bool is_exhaustive = !ts_node_is_null(alternative);
        if (is_exhaustive)
            branch(branches, [&] {
                values.push_back(block(alternative).node);
                return true;
            });
        b.end_branches(std::move(branches), is_exhaustive);
        return {.node = b.joined(values)};
    }
}

Value RustFlow::match_expression(TSNode node) {
    const auto subject = expression(field(node, g.value));
    std::vector<Index> values;
    auto branches = b.begin_branches();
    for_each_named_child(field(node, g.body), [&](TSNode arm) {
        if (kind(arm) != Kind::match_arm) return;
        branch(branches, [&] {
            const EnteredBlock inside(*this);
            const auto match = field(arm, g.pattern);
            pattern(named_child(match, 0), subject.node, subject.type);
            condition(field(match, g.condition));
            values.push_back(expression(field(arm, g.value)).node);
            return true;
        });
    });
    b.end_branches(std::move(branches), true);
    return {.node = b.joined(values)};
}

void RustFlow::assign_to(TSNode target, const Value& value) {
    switch (kind(target)) {
        case Kind::identifier:
            if (const auto* local = find_local(text(target)))
                assign(*local, value.node);
            else if (const auto found = place_.module->names.find(text(target)); found != place_.module->names.end())
                b.copy(found->second, value.node);
            return;
        case Kind::field: {
            const auto object = expression(field(target, g.value)).node;
            if (object != none && value.node != none)
                b.op(OpCode::store, none, object, b.name(text(field(target, g.field))), value.node);
            return;
        }
        case Kind::index: {
            const auto object = expression(named_child(target, 0)).node;
            const auto key = expression(named_child(target, 1)).node;
            if (object != none && value.node != none) b.op(OpCode::store_item, none, object, key, value.node);
            return;
        }
        case Kind::unary:
            return assign_to(named_child(target, 0), value);
        default:
            expression(target);
    }
}

// --- patterns ---

void RustFlow::pattern(TSNode node, Index value, const Type& type) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return;
    switch (kind(node)) {
        case Kind::identifier:
            if (!is_upper(text(node))) declare(text(node), type, value);
            return;
        case Kind::mut_pattern:
        case Kind::ref_pattern:
        case Kind::reference_pattern:
            for_each_named_child(node, [&](TSNode each) { pattern(each, value, type); });
            return;
        case Kind::captured_pattern:
            pattern(named_child(node, 0), value, type);
            pattern(named_child(node, 1), value, type);
            return;
        case Kind::or_pattern:
            for_each_named_child(node, [&](TSNode each) { pattern(each, value, type); });
            return;
        case Kind::tuple_pattern:
        case Kind::slice_pattern: {
            std::size_t number = 0;
            for_each_named_child(node, [&](TSNode each) {
                const auto key = key_literal(std::to_string(number++), false);
                pattern(each, value == none ? none : b.made(OpCode::load_item, value, key), {});
            });
            return;
        }
        case Kind::tuple_struct_pattern:
            return tuple_struct_pattern(node, value);
        case Kind::struct_pattern:
            return struct_pattern(node, value);
        default:
            return;
    }
}

void RustFlow::tuple_struct_pattern(TSNode node, Index value) {
    const auto type_node = field(node, g.type);
    const auto variant = variant_of(type_node);
    std::size_t number = 0;
    for_each_named_child(node, [&](TSNode each) {
        if (each.id == type_node.id) return;
        if (variant.is_transparent) return pattern(each, value, {});
        const auto slot = (variant.name.empty() ? "" : std::string(variant.name) + ".") + std::to_string(number++);
        pattern(each, load(value, slot), {});
    });
}

void RustFlow::struct_pattern(TSNode node, Index value) {
    const auto variant = variant_of(field(node, g.type));
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::field_pattern) return;
        const auto name = field(each, g.name);
        const auto slot = (variant.name.empty() ? "" : std::string(variant.name) + ".") + std::string(text(name));
        const auto inner = field(each, g.pattern);
        pattern(ts_node_is_null(inner) ? name : inner, load(value, slot), {});
    });
}

}  // namespace gsdb::codebase::flow::rust
