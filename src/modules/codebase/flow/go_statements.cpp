// Go: statements.

#include <utility>

#include "modules/codebase/flow/go_flow.hpp"

namespace gsdb::codebase::flow::go {

bool GoFlow::block(TSNode node) {
    const EnteredBlock inside(*this);
    return statements(node);
}

bool GoFlow::statements(TSNode node) {
    bool goes_on = true;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::statement_list)
            for_each_named_child(each, [&](TSNode inner) { goes_on &= statement(inner); });
        else
            goes_on &= statement(each);
    });
    return goes_on;
}

bool GoFlow::statement(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return true;
    switch (kind(node)) {
        case Kind::block:
            return block(node);
        case Kind::expression_statement:
        case Kind::go_statement:
        case Kind::defer_statement:
            expression(named_child(node, 0));
            return true;
        case Kind::short_var:
            short_var(node);
            return true;
        case Kind::assignment:
            assignment(node);
            return true;
        case Kind::var_declaration:
        case Kind::const_declaration:
            variable_specs(node);
            return true;
        case Kind::return_statement:
            return_statement(node);
            return false;
        case Kind::if_statement:
            return if_statement(node);
        case Kind::for_statement:
            for_statement(node);
            return true;
        case Kind::switch_statement: {
            const EnteredBlock inside(*this);
            statement(field(node, g.initializer));
            expression(field(node, g.value));
            return cases(node, {}, {});
        }
        case Kind::type_switch:
            type_switch(node);
            return true;
        default:
            return other_statement(node);
    }
}

bool GoFlow::other_statement(TSNode node) {
    switch (kind(node)) {
        case Kind::select_statement:
            return cases(node, {}, {});
        case Kind::labeled:
            return statements(node);
        case Kind::send_statement: {
            const auto channel = expression(field(node, g.channel)).node;
            const auto value = expression(field(node, g.value)).node;
            if (channel != none && value != none) b.op(OpCode::store_item, none, channel, none, value);
            return true;
        }
        case Kind::type_declaration:
            for_each_named_child(node, [&](TSNode each) {
                if (kind(each) != Kind::type_spec) return;
                declare_type(each);
                define_type(types_.back());
            });
            return true;
        case Kind::comment:
        case Kind::identifier:
            return true;
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            return true;
    }
}

bool GoFlow::if_statement(TSNode node) {
    const EnteredBlock inside(*this);
    auto branches = b.begin_branches();
    bool goes_on = false;
    for (;;) {
        statement(field(node, g.initializer));
        expression(field(node, g.condition));
        goes_on |= branch(branches, [&] { return statement(field(node, g.consequence)); });
        const auto alternative = field(node, g.alternative);
        if (kind(alternative) == Kind::if_statement) {
            node = alternative;
            continue;
        }
        const bool is_exhaustive = !ts_node_is_null(alternative);
        if (is_exhaustive) goes_on |= branch(branches, [&] { return statement(alternative); });
        b.end_branches(std::move(branches), is_exhaustive);
        return goes_on || !is_exhaustive;
    }
}

void GoFlow::for_statement(TSNode node) {
    const EnteredBlock inside(*this);
    TSNode clause{};
    const auto body = field(node, g.body);
    for_each_named_child(node, [&](TSNode each) {
        if (each.id != body.id) clause = each;
    });
    if (kind(clause) == Kind::for_clause) statement(field(clause, g.initializer));
    loop([&] {
        if (kind(clause) == Kind::range_clause)
            range_clause(clause);
        else if (kind(clause) == Kind::for_clause)
            expression(field(clause, g.condition));
        else
            expression(clause);
        statement(body);
        if (kind(clause) == Kind::for_clause) statement(field(clause, g.update));
    });
}

void GoFlow::range_clause(TSNode node) {
    const auto right = field(node, g.right);
    const auto iterated = expression(right).node;
    const auto targets = list_of(field(node, g.left));
    const auto element = iterated == none ? none : b.made(OpCode::elements, iterated);
    if (iterated != none) call(CallKind::implied, {.value = iterated}, {}, right, {{.value = b.node()}});
    bool declares = false;
    for (std::uint32_t i = 0; i < child_count(node); ++i)
        declares |= std::string_view(ts_node_type(ts_node_child(node, i))) == ":=";
    for (std::size_t i = 0; i < targets.size(); ++i) {
        // One alone is the key, or what a channel gives.
        const bool takes_element = i == 1 || targets.size() == 1;
        const auto value = takes_element ? element : none;
        if (declares)
            declare(text(targets[i]), {}, value);
        else
            assign_to(targets[i], {.node = value});
    }
}

/// The cases of a switch or select; `alias` is what a type switch calls its subject.
bool GoFlow::cases(TSNode node, TSNode alias, const Value& subject) {
    auto branches = b.begin_branches();
    bool has_default = false;
    bool goes_on = false;
    for_each_named_child(node, [&](TSNode each) {
        const bool is_case = kind(each) == Kind::expression_case || kind(each) == Kind::type_case ||
                             kind(each) == Kind::communication_case || kind(each) == Kind::default_case;
        if (!is_case) return;
        has_default |= kind(each) == Kind::default_case;
        const EnteredBlock inside(*this);
        const auto value = field(each, g.value);
        if (kind(each) == Kind::communication_case) select_case(field(each, g.communication));
        expression(value);
        if (!ts_node_is_null(alias)) {
            std::vector<TSNode> types;
            for_each_named_child(each, [&](TSNode part) {
                if (kind(part) != Kind::statement_list && kind(part) != Kind::comment) types.push_back(part);
            });
            const auto type =
                types.size() == 1 && kind(each) == Kind::type_case ? type_of(types.front()) : subject.type;
            declare(text(alias), type, subject.node);
        }
        goes_on |= branch(branches, [&] {
            bool goes = true;
            for_each_named_child(each, [&](TSNode part) {
                if (kind(part) == Kind::statement_list)
                    for_each_named_child(part, [&](TSNode inner) { goes &= statement(inner); });
            });
            return goes;
        });
    });
    b.end_branches(std::move(branches), has_default);
    return goes_on || !has_default;
}

void GoFlow::type_switch(TSNode node) {
    const EnteredBlock inside(*this);
    statement(field(node, g.initializer));
    const auto subject = expression(field(node, g.value));
    const auto alias = list_of(field(node, g.alias));
    cases(node, alias.empty() ? TSNode{} : alias.front(), subject);
}

void GoFlow::select_case(TSNode node) {
    if (kind(node) != Kind::receive_statement) {
        statement(node);
        return;
    }
    const auto value = expression(field(node, g.right)).node;
    const auto targets = list_of(field(node, g.left));
    if (!targets.empty()) declare(text(targets.front()), {}, value);
}

// --- assignments ---

std::vector<TSNode> GoFlow::list_of(TSNode node) const {
    std::vector<TSNode> all;
    if (ts_node_is_null(node)) return all;
    if (kind(node) != Kind::expression_list) return {node};
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::comment) all.push_back(each);
    });
    return all;
}

/// What the variables on the left get: each its own value, or a part of what one call gives.
std::vector<Value> GoFlow::values_of(const std::vector<TSNode>& rights, std::size_t wanted,
                                     const std::vector<TSNode>& names) {
    std::vector<Value> values;
    for (std::size_t i = 0; i < rights.size(); ++i) {
        const bool is_named = i < names.size() && kind(names[i]) == Kind::identifier;
        values.push_back(kind(rights[i]) == Kind::func_literal && is_named ? function_literal(rights[i], text(names[i]))
                                                                           : expression(rights[i]));
    }
    if (values.size() != 1 || wanted < 2) return values;
    const auto whole = values.front();
    const bool is_call = kind(rights.front()) == Kind::call;
    if (!is_call) {
        // `v, ok := x.(T)`, `v, ok := m[k]`, `v, ok := <-c`
        values.resize(wanted);
        return values;
    }
    values.clear();
    for (std::size_t i = 0; i < wanted; ++i) {
        const auto key = key_literal(std::to_string(i), false);
        values.push_back({.node = whole.node == none ? none : b.made(OpCode::load_item, whole.node, key)});
    }
    return values;
}

void GoFlow::short_var(TSNode node) {
    const auto lefts = list_of(field(node, g.left));
    const auto values = values_of(list_of(field(node, g.right)), lefts.size(), lefts);
    for (std::size_t i = 0; i < lefts.size(); ++i) {
        const auto name = text(lefts[i]);
        if (name == "_") continue;
        const auto value = i < values.size() ? values[i] : Value{};
        // One that the block has already is assigned.
        if (const auto found = blocks_.back().find(name); found != blocks_.back().end() && lefts.size() > 1)
            assign(found->second, value.node);
        else
            declare(name, {}, value.node);
        if (const auto found = blocks_.back().find(name); found != blocks_.back().end() && !found->second.type.is_open)
            found->second.type = value.type;
    }
}

void GoFlow::assignment(TSNode node) {
    const auto lefts = list_of(field(node, g.left));
    const auto values = values_of(list_of(field(node, g.right)), lefts.size(), lefts);
    for (std::size_t i = 0; i < lefts.size(); ++i) assign_to(lefts[i], i < values.size() ? values[i] : Value{});
}

void GoFlow::assign_to(TSNode target, const Value& value) {
    switch (kind(target)) {
        case Kind::identifier:
            if (const auto* local = find_local(text(target)))
                assign(*local, value.node);
            else if (value.node != none && text(target) != "_")
                b.op(OpCode::store, none, own_package(), b.name(text(target)), value.node);
            return;
        case Kind::selector: {
            const auto object = expression(field(target, g.operand)).node;
            if (object != none && value.node != none)
                b.op(OpCode::store, none, object, b.name(text(field(target, g.field))), value.node);
            return;
        }
        case Kind::index: {
            const auto object = expression(field(target, g.operand)).node;
            const auto key = expression(field(target, g.index)).node;
            if (object != none && value.node != none) b.op(OpCode::store_item, none, object, key, value.node);
            return;
        }
        default:
            expression(target);
    }
}

Index GoFlow::own_package() {
    if (own_package_ != none) return own_package_;
    own_package_ = b.node_of(0);
    flow_.imports.push_back({.kind = ImportKind::module, .module = b.name(".")});
    b.op_in(0, OpCode::import, own_package_, static_cast<Index>(flow_.imports.size() - 1));
    return own_package_;
}

void GoFlow::return_statement(TSNode node) {
    const auto values = list_of(named_child(node, 0));
    if (values.size() == 1) {
        b.copy(body_.result, expression(values.front()).node);
        return;
    }
    std::vector<Index> nodes;
    for (const auto each : values) nodes.push_back(expression(each).node);
    if (values.empty())
        for (const auto name : body_.result_names)
            if (const auto* local = find_local(name)) nodes.push_back(read(*local).node);
    if (nodes.size() == 1) b.copy(body_.result, nodes.front());
    if (nodes.size() < 2) return;
    const auto all = new_container(ContainerKind::list);
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i] != none) b.op(OpCode::store_item, none, all, key_literal(std::to_string(i), false), nodes[i]);
    b.copy(body_.result, all);
}

}  // namespace gsdb::codebase::flow::go
