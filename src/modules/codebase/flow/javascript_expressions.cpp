// Expressions, but for chains of members and calls.

#include <algorithm>
#include <optional>
#include <string>

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {

Index JavascriptFlow::expression(TSNode node, const Naming& naming) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return none;
    switch (kind(node)) {
        case Kind::comment:
        case Kind::type_syntax:
        case Kind::type_arguments:
        case Kind::type_annotation:
        case Kind::jsx_closing:
            return none;
        case Kind::identifier:
        case Kind::shorthand: {
            const auto value = read_name(text(node));
            share(value);
            return value;
        }
        case Kind::this_:
            return current_this();
        case Kind::super:
        case Kind::member:
        case Kind::subscript:
        case Kind::call:
        case Kind::non_null:
            return chain(node, naming);
        case Kind::new_expression:
            return instantiate(node);
        case Kind::arrow_function:
        case Kind::function_expression:
            return function_value(node, naming);
        case Kind::class_expression:
            return class_value(node, naming);
        case Kind::object:
            return object(node);
        case Kind::array:
            return array(node);
        case Kind::string:
            return literal(string_content(node));
        case Kind::number:
            return literal(text(node));
        case Kind::template_string:
            return template_string(node);
        case Kind::assignment:
            return assignment(node, naming);
        case Kind::augmented_assignment:
            return augmented_assignment(node);
        case Kind::binary:
            return binary(node, naming);
        case Kind::ternary:
            return ternary(node, naming);
        default:
            return other_expression(node, naming);
    }
}

Index JavascriptFlow::other_expression(TSNode node, const Naming& naming) {
    switch (kind(node)) {
        case Kind::parenthesized:
        case Kind::satisfies:
        case Kind::instantiation:
            return expression(part(node), naming);
        case Kind::await: {
            const auto value = expression(part(node), naming);
            body_.slots.change_shared();
            return value;
        }
        case Kind::spread:
            return expression(part(node));
        case Kind::as_expression: {
            const auto value = expression(part(node), naming);
            return b.joined({value, value_of_type(named_child(node, ts_node_named_child_count(node) - 1))});
        }
        case Kind::type_assertion: {
            const auto value = expression(named_child(node, ts_node_named_child_count(node) - 1), naming);
            return b.joined({value, value_of_type(part(part(node)))});
        }
        case Kind::sequence:
            return sequence(node, naming);
        case Kind::yield:
            return yield(node);
        case Kind::meta_property:
            return text(node) == "new.target" && class_ != none ? b.made(OpCode::class_, class_) : none;
        case Kind::jsx_element:
        case Kind::jsx_self_closing:
        case Kind::jsx_expression:
            return jsx_value(node);
        case Kind::function_declaration:
        case Kind::class_declaration:
        case Kind::lexical_declaration:
        case Kind::variable_declaration:
        case Kind::expression_statement:
        case Kind::block:
        case Kind::if_statement:
        case Kind::for_statement:
        case Kind::for_in_statement:
        case Kind::while_statement:
        case Kind::do_statement:
        case Kind::switch_statement:
        case Kind::try_statement:
        case Kind::labeled_statement:
        case Kind::break_statement:
        case Kind::continue_statement:
        case Kind::return_statement:
        case Kind::throw_statement:
        case Kind::import_statement:
        case Kind::export_statement:
        case Kind::enum_declaration:
        case Kind::namespace_:
            statement(node);
            return none;
        default:
            for_each_part(g, node, [&](TSNode child) { expression(child); });
            return none;
    }
}

/// The name that `target = function () {}` gives.
Naming JavascriptFlow::naming_of(TSNode target) const {
    target = unwrapped(target);
    switch (kind(target)) {
        case Kind::identifier:
        case Kind::shorthand_pattern:
            return {.name = text(target), .site = target};
        case Kind::member: {
            const auto property = field(target, g.property);
            const bool is_whole_module = text(property) == "exports" && text(field(target, g.object)) == "module";
            return {.name = is_whole_module ? "default" : text(property), .site = property};
        }
        case Kind::subscript: {
            const auto index = field(target, g.index);
            if (kind(index) != Kind::string || string_content(index).empty()) return {};
            return {.name = string_content(index), .site = index};
        }
        default:
            return {};
    }
}

/// What the assignment gives, for `a = b = f`.
Index JavascriptFlow::assignment(TSNode node, const Naming& naming) {
    const auto target = field(node, g.left);
    auto own = naming_of(target);
    const auto value = expression(field(node, g.right), own.name.empty() ? naming : own);
    assign(unwrapped(target), value);
    return value;
}

/// `a ||= f`, `a &&= f`, `a ??= f`: other operators give no function.
Index JavascriptFlow::augmented_assignment(TSNode node) {
    const auto target = unwrapped(field(node, g.left));
    const auto sign = text(field(node, g.operator_));
    const auto before = expression(target);
    if (sign != "||=" && sign != "&&=" && sign != "?\?=") {
        expression(field(node, g.right));
        if (kind(target) == Kind::identifier) assign(target, none);
        return none;
    }
    auto branches = begin_branches();
    const auto value = expression(field(node, g.right), naming_of(target));
    assign(target, value);
    end_branch(branches, true);
    end_branches(std::move(branches), false);
    return b.joined({before, value});
}

/// `a && b`, `a || b`, `a ?? b` give one or the other. Long chains lean to the left: no recursion there.
Index JavascriptFlow::binary(TSNode node, const Naming& naming) {
    std::vector<TSNode> chain;
    for (; kind(node) == Kind::binary; node = field(node, g.left)) chain.push_back(node);
    auto value = expression(node, naming);
    const auto narrowed = body_.narrowed.size();
    const auto take_back_narrowed = [&] {
        if (body_.narrowed.size() > narrowed) body_.narrowed.resize(narrowed);
    };
    for (auto i = chain.size(); i-- > 0;) {
        const auto sign = text(field(chain[i], g.operator_));
        const auto right = field(chain[i], g.right);
        if (sign != "&&" && sign != "||" && sign != "??") {
            expression(right);
            value = none;
            continue;
        }
        auto branches = begin_branches();
        if (sign == "&&")
            narrow_by_last(field(chain[i], g.left));
        else
            take_back_narrowed();
        const auto other = expression(right, naming);
        end_branch(branches, true);
        end_branches(std::move(branches), false);
        value = sign == "&&" ? other : b.joined({value, other});
    }
    take_back_narrowed();
    return value;
}

Index JavascriptFlow::ternary(TSNode node, const Naming& naming) {
    std::vector<Index> values;
    std::vector<Builder::Branches> open;
    for (; kind(node) == Kind::ternary; node = unwrapped(field(node, g.alternative))) {
        const auto condition = field(node, g.condition);
        expression(condition);
        open.push_back(begin_branches());
        const auto narrowed = body_.narrowed.size();
        narrow(condition);
        values.push_back(expression(field(node, g.consequence), naming));
        if (body_.narrowed.size() > narrowed) body_.narrowed.resize(narrowed);
        end_branch(open.back(), true);
    }
    values.push_back(expression(node, naming));
    for (; !open.empty(); open.pop_back()) {
        end_branch(open.back(), true);
        end_branches(std::move(open.back()), true);
    }
    return b.joined(values);
}

Index JavascriptFlow::sequence(TSNode node, const Naming& naming) {
    Index last = none;
    for_each_part(g, node, [&](TSNode each) { last = expression(each, naming); });
    return last;
}

// --- literals ---

std::string_view JavascriptFlow::string_content(TSNode string) const {
    const auto quoted = text(string);
    return quoted.size() < 2 ? std::string_view{} : quoted.substr(1, quoted.size() - 2);
}

Index JavascriptFlow::literal(std::string_view text) {
    return text.empty() || text.size() > literal_bytes_max ? none : b.literal(b.name(text));
}

Index JavascriptFlow::template_string(TSNode node) {
    bool is_plain = true;
    for_each_part(g, node, [&](TSNode each) {
        if (kind(each) != Kind::template_substitution) return;
        expression(part(each));
        is_plain = false;
    });
    return is_plain ? literal(string_content(node)) : none;
}

/// What a key in a literal, class or pattern is named.
std::optional<Index> JavascriptFlow::key_name(TSNode key) {
    switch (kind(key)) {
        case Kind::property_identifier:
        case Kind::identifier:
        case Kind::shorthand:
        case Kind::shorthand_pattern:
            return b.name(text(key));
        case Kind::string:
        case Kind::number:
            return key_text(key);
        case Kind::computed_name:
            return key_text(part(key));
        default:
            return {};
    }
}

/// What the value of an expression is as a key, where it is plain.
std::optional<Index> JavascriptFlow::key_text(TSNode expression) {
    const auto named = [&](std::string_view text) -> std::optional<Index> {
        if (text.size() > key_bytes_max) return {};
        return b.name(text);
    };
    switch (kind(expression)) {
        case Kind::string:
            return named(string_content(expression));
        case Kind::number:
            return named(text(expression));
        case Kind::template_string: {
            bool is_plain = true;
            for_each_named_child(expression,
                                 [&](TSNode each) { is_plain &= kind(each) != Kind::template_substitution; });
            return is_plain ? named(string_content(expression)) : std::nullopt;
        }
        case Kind::member:
            // Symbol.iterator
            if (!is_undeclared(field(expression, g.object), "Symbol")) return {};
            return b.name({"[", text(expression), "]"});
        default:
            return {};
    }
}

Index JavascriptFlow::object(TSNode node) {
    const auto container = new_container(ContainerKind::object);
    Literal made{.node = container, .is_plain = true};
    std::vector<std::pair<TSNode, std::optional<Index>>> parts;
    std::unordered_map<std::uint64_t, std::size_t> last_of_key;
    for_each_part(g, node, [&](TSNode each) {
        const bool is_pair = kind(each) == Kind::pair;
        const bool is_method = kind(each) == Kind::method_definition;
        const auto key_node = is_pair ? field(each, g.key) : is_method ? field(each, g.name) : each;
        const auto key = key_name(key_node);
        const bool is_accessor = is_method && (has_word(each, "get") || has_word(each, "set"));
        const auto accessor = !is_accessor ? 0U : has_word(each, "get") ? 1U : 2U;
        if (is_accessor) made.is_plain = false;
        if (key) last_of_key[(static_cast<std::uint64_t>(accessor) << 32U) | *key] = parts.size();
        parts.emplace_back(each, key);
    });
    std::vector<char> is_last(parts.size(), 0);
    for (const auto& [key, position] : last_of_key) is_last[position] = 1;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& [each, key] = parts[i];
        const auto value = object_member(each, key);
        if (kind(each) == Kind::spread) {
            if (value != none) b.op(OpCode::merge, none, container, value);
            made.is_plain = false;
        } else if (!key) {
            const auto name_node = kind(each) == Kind::pair ? field(each, g.key) : field(each, g.name);
            const auto key_node = expression(part(name_node));
            if (value != none) b.op(OpCode::store_item, none, container, key_node, value);
            made.is_plain = false;
        } else if (kind(each) == Kind::pair && flow_.names[*key] == "__proto__") {
            if (value != none) b.op(OpCode::prototype, none, container, value);
            made.is_plain = false;
        } else if (is_last[i] != 0 && value != none) {
            made.slots.emplace_back(*key, value, flow_.ops.size());
            b.op(OpCode::store, none, container, *key, value);
        }
    }
    literal_ = std::move(made);
    return container;
}

/// The value of one part of an object literal.
Index JavascriptFlow::object_member(TSNode part, std::optional<Index> key) {
    const auto name = key ? flow_.names[*key] : std::string_view{};
    switch (kind(part)) {
        case Kind::pair:
            return expression(field(part, g.value), {.name = name, .site = field(part, g.key)});
        case Kind::method_definition:
            return function_value(part, {.name = name.empty() ? text(field(part, g.name)) : name});
        default:
            return expression(part);
    }
}

Index JavascriptFlow::array(TSNode node) {
    constexpr std::size_t counted_max = 64;
    const auto container = new_container(ContainerKind::list);
    Literal made{.node = container, .is_plain = true};
    std::size_t position = 0;
    bool is_counted = true;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        const auto each = ts_tree_cursor_current_node(&cursor);
        if (!ts_node_is_named(each)) {
            if (text(each) == ",") ++position;
            continue;
        }
        if (kind(each) == Kind::comment) continue;
        if (position >= counted_max) is_counted = made.is_plain = false;
        // Long lists of texts and numbers are data, not keys.
        if (!is_counted && (kind(each) == Kind::string || kind(each) == Kind::number)) continue;
        const auto value = expression(each);
        if (kind(each) == Kind::spread) {
            is_counted = made.is_plain = false;
            if (value != none) b.op(OpCode::store_item, none, container, none, elements(value, each, false));
        } else if (value != none && is_counted) {
            const auto key = b.name(std::to_string(position));
            made.slots.emplace_back(key, value, flow_.ops.size());
            b.op(OpCode::store, none, container, key, value);
        } else if (value != none) {
            b.op(OpCode::store_item, none, container, none, value);
        }
    }
    ts_tree_cursor_delete(&cursor);
    literal_ = std::move(made);
    return container;
}

// --- iteration ---

Index JavascriptFlow::implied_call(Index object, std::string_view method, TSNode at) {
    const auto name = b.name(method);
    const auto result = b.call({.kind = CallKind::implied,
                                .form = CalleeForm::member,
                                .callee = b.made(OpCode::load, object, name),
                                .receiver = object,
                                .name = name,
                                .site = Builder::site(at)},
                               {});
    body_.slots.change_shared();
    return result;
}

std::vector<Index> JavascriptFlow::protocol_elements(Index iterated, TSNode at, bool is_async) {
    const auto iterator = implied_call(iterated, is_async ? "[Symbol.asyncIterator]" : "[Symbol.iterator]", at);
    const auto next = implied_call(iterator, "next", at);
    return {b.made(OpCode::elements, iterator), b.made(OpCode::load, next, b.name("value"))};
}

/// What iterating over a value gives; objects of the program's own classes are asked by their protocol.
Index JavascriptFlow::elements(Index iterated, TSNode at, bool is_async) {
    if (iterated == none) return none;
    auto values = protocol_elements(iterated, at, is_async);
    values.push_back(b.made(OpCode::elements, iterated));
    return b.joined(values);
}

Index JavascriptFlow::yield(TSNode node) {
    auto value = expression(part(node));
    bool is_delegated = false;
    for_each_word(node, [&](std::string_view word) { is_delegated |= word == "*"; });
    if (is_delegated && value != none) value = elements(value, node, false);
    if (b.function(b.current()).yielded == none) {
        const auto yielded = b.node();
        b.function(b.current()).yielded = yielded;
    }
    b.copy(b.function(b.current()).yielded, value);
    body_.slots.change_shared();
    return none;
}

// --- JSX ---

Index JavascriptFlow::jsx_value(TSNode node) {
    switch (kind(node)) {
        case Kind::jsx_element:
            return jsx_element(field(node, g.open_tag), node);
        case Kind::jsx_self_closing:
            return jsx_element(node, {});
        default:
            return expression(part(node));
    }
}

/// `<Name a={b}>{c}</Name>` calls Name with an object of its attributes and children.
Index JavascriptFlow::jsx_element(TSNode opening, TSNode element) {
    const auto name = field(opening, g.name);
    const bool is_component = kind(name) == Kind::member || (kind(name) == Kind::identifier && !text(name).empty() &&
                                                             (text(name)[0] < 'a' || text(name)[0] > 'z'));
    const auto callee = is_component ? expression(name) : none;
    const auto properties = is_component ? new_container(ContainerKind::object) : none;
    const auto store = [&](std::string_view key, Index value) {
        if (value != none && is_component) b.op(OpCode::store, none, properties, b.name(key), value);
    };
    for_each_part(g, opening, [&](TSNode each) {
        if (kind(each) == Kind::jsx_attribute) {
            const auto key = named_child(each, 0);
            const auto value = named_child(each, 1);
            store(text(key), expression(value));
        } else if (kind(each) == Kind::jsx_expression) {
            const auto spread = expression(part(each));
            if (spread != none && is_component) b.op(OpCode::merge, none, properties, spread);
        }
    });
    for_each_part(g, element, [&](TSNode child) {
        if (child.id != opening.id && kind(child) != Kind::jsx_closing) store("children", expression(child));
    });
    if (!is_component) return none;
    return call(CallKind::element, name, callee, none, {{.value = properties}});
}

}  // namespace gsdb::codebase::flow::javascript
