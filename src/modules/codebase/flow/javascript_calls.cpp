// Chains like `a.b(c)[d].e()`. They lean to the left and may have thousands of links: no recursion along them.

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {

bool JavascriptFlow::is_link(TSNode node) const {
    switch (kind(node)) {
        case Kind::member:
        case Kind::subscript:
        case Kind::call:
        case Kind::non_null:
            return true;
        default:
            return false;
    }
}

/// What a link stands on.
TSNode JavascriptFlow::below(TSNode link) const {
    switch (kind(link)) {
        case Kind::call:
            return field(link, g.function);
        case Kind::non_null:
            return part(link);
        default:
            return field(link, g.object);
    }
}

Index JavascriptFlow::chain(TSNode node, const Naming& naming) {
    std::vector<TSNode> links;
    auto base = node;
    for (; is_link(base); base = below(base)) links.push_back(base);
    auto at = start_of_chain(base, links);
    while (!links.empty()) {
        const auto link = links.back();
        links.pop_back();
        follow_link(at, link, links.empty() ? naming : Naming{});
    }
    if (at.is_variable) share(at.value);
    return at.value;
}

/// Takes the links that belong to it: `require('x')`, `import('x')`, `module.exports`.
JavascriptFlow::Reached JavascriptFlow::start_of_chain(TSNode base, std::vector<TSNode>& links) {
    const auto first = links.empty() ? TSNode{} : links.back();
    if (kind(base) == Kind::super) {
        if (kind(first) != Kind::call || class_ == none) {
            const auto receiver = current_this();
            if (receiver == none || class_ == none) return {};
            return {.value = b.made(OpCode::super, receiver, class_), .receiver = receiver, .is_super = true};
        }
        links.pop_back();
        const auto receiver = current_this();
        const auto passed = arguments(field(first, g.arguments), {});
        const auto callee = receiver == none ? none : b.made(OpCode::super, receiver, class_);
        return {.value = call(CallKind::super_constructor, base, callee, receiver, passed)};
    }
    if (kind(base) == Kind::import_keyword && kind(first) == Kind::call) {
        links.pop_back();
        const auto module = part(field(first, g.arguments));
        if (kind(module) == Kind::string)
            return {.value = b.import({.kind = ImportKind::module, .module = b.name(string_content(module))})};
        expression(module);
        return {};
    }
    if (kind(first) == Kind::call && is_undeclared(base, "require"))
        if (const auto value = required(first); value != none) {
            links.pop_back();
            return {.value = value};
        }
    if (kind(first) == Kind::member && is_module_exports(first)) {
        links.pop_back();
        return {.value = module_exports()};
    }
    if (kind(base) == Kind::identifier) return {.value = read_name(text(base)), .is_variable = true};
    return {.value = expression(base)};
}

Index JavascriptFlow::required(TSNode call) {
    const auto module = part(field(call, g.arguments));
    if (kind(module) != Kind::string) return none;
    return b.import({.kind = ImportKind::commonjs, .module = b.name(string_content(module))});
}

void JavascriptFlow::follow_link(Reached& at, TSNode link, const Naming& naming) {
    switch (kind(link)) {
        case Kind::call:
            return follow_call(at, link, naming);
        case Kind::non_null:
            return;
        default:
            return follow_member(at, link);
    }
}

void JavascriptFlow::follow_member(Reached& at, TSNode link) {
    const bool is_member = kind(link) == Kind::member;
    const auto key_node = is_member ? field(link, g.property) : field(link, g.index);
    const auto key = is_member ? key_name(key_node) : key_text(key_node);
    const auto receiver = at.is_super ? at.receiver : at.value;
    const auto value = key ? load(at, *key) : load_item(at, key_node);
    at = {.value = value, .receiver = receiver};
}

/// What an attribute holds; where its last store is known, what that stored.
Index JavascriptFlow::load(const Reached& from, Index key) {
    if (from.value == none) return none;
    if (from.is_variable)
        if (const auto held = body_.slots.get(from.value, key); held != none) return held;
    return b.made(OpCode::load, from.value, key);
}

Index JavascriptFlow::load_item(const Reached& from, TSNode key) {
    const auto key_node = expression(key);
    if (from.value == none) return none;
    if (from.is_variable) body_.slots.see_all(from.value);
    const bool is_any = key_node == none || unknown_keys_.contains(key_node);
    return b.made(OpCode::load_item, from.value, is_any ? none : key_node);
}

void JavascriptFlow::follow_call(Reached& at, TSNode link, const Naming& naming) {
    share(at.receiver);
    if (at.is_variable) share(at.value);
    const auto list = field(link, g.arguments);
    std::vector<Argument> passed;
    if (kind(list) == Kind::template_string) {
        passed.push_back({});
        for_each_part(g, list, [&](TSNode each) {
            if (kind(each) == Kind::template_substitution) passed.push_back({.value = expression(part(each))});
        });
    } else {
        passed = arguments(list, naming);
    }
    at = {.value = call(CallKind::call, field(link, g.function), at.value, at.receiver, passed)};
}

Index JavascriptFlow::instantiate(TSNode node) {
    const auto callee = field(node, g.constructor);
    const auto value = expression(callee);
    return call(CallKind::instantiate, callee, value, none, arguments(field(node, g.arguments), {}));
}

Index JavascriptFlow::call(CallKind call_kind, TSNode callee, Index value, Index receiver,
                           const std::vector<Argument>& arguments) {
    const auto named = last_name(callee);
    const bool has_name = kind(named) == Kind::identifier || kind(named) == Kind::property_identifier ||
                          kind(named) == Kind::super || kind(named) == Kind::string;
    const auto name = !has_name ? "" : kind(named) == Kind::string ? string_content(named) : text(named);
    const auto result = b.call({.kind = call_kind,
                                .form = form_of(callee),
                                .callee = value,
                                .receiver = receiver,
                                .name = b.name(name),
                                .site = Builder::site(named)},
                               arguments);
    body_.slots.change_shared();
    return result;
}

/// The expression itself inside `(x)`, `x!`, `x as T`.
TSNode JavascriptFlow::unwrapped(TSNode node) const {
    for (int i = 0; i < 64; ++i) {
        switch (kind(node)) {
            case Kind::parenthesized:
            case Kind::non_null:
            case Kind::as_expression:
            case Kind::satisfies:
            case Kind::instantiation:
                node = part(node);
                break;
            default:
                return node;
        }
    }
    return node;
}

TSNode JavascriptFlow::last_name(TSNode callee) const {
    const auto plain = unwrapped(callee);
    if (kind(plain) == Kind::member) return field(plain, g.property);
    if (kind(plain) == Kind::subscript && kind(field(plain, g.index)) == Kind::string) return field(plain, g.index);
    return plain;
}

CalleeForm JavascriptFlow::form_of(TSNode callee) {
    const auto plain = unwrapped(callee);
    switch (kind(plain)) {
        case Kind::identifier:
            return form_of_name(text(plain));
        case Kind::super:
            return CalleeForm::name;
        case Kind::member:
        case Kind::subscript:
            return kind(unwrapped(field(plain, g.object))) == Kind::this_ ? CalleeForm::self_member
                                                                          : CalleeForm::member;
        default:
            return CalleeForm::expression;
    }
}

/// A function that is the only one passed takes the name that the result gets: `const f = wrap(function () {})`.
std::vector<Argument> JavascriptFlow::arguments(TSNode list, const Naming& naming) {
    std::uint32_t unnamed = 0;
    for_each_part(g, list, [&](TSNode each) {
        const bool can_take_it = kind(each) == Kind::function_expression || kind(each) == Kind::class_expression;
        if (can_take_it && ts_node_is_null(field(each, g.name))) ++unnamed;
    });
    std::vector<Argument> passed;
    for_each_part(g, list, [&](TSNode each) {
        Naming own{.is_argument = true};
        if (unnamed == 1 && kind(each) != Kind::arrow_function) {
            own.name = naming.name;
            own.site = naming.site;
        }
        if (kind(each) == Kind::spread)
            passed.push_back({ArgumentKind::spread, expression(part(each))});
        else
            passed.push_back({.value = expression(each, own)});
    });
    return passed;
}

}  // namespace gsdb::codebase::flow::javascript
