// Java: statements.

#include <utility>

#include "modules/codebase/flow/java_flow.hpp"

namespace gsdb::codebase::flow::java {

bool JavaFlow::block(TSNode node) {
    const EnteredBlock inside(*this);
    return statements(node);
}

bool JavaFlow::statements(TSNode node) {
    bool goes_on = true;
    for_each_named_child(node, [&](TSNode each) { goes_on &= statement(each); });
    return goes_on;
}

bool JavaFlow::statement(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return true;
    switch (kind(node)) {
        case Kind::block:
        case Kind::constructor_body:
            return block(node);
        case Kind::expression_statement:
            expression(named_child(node, 0));
            return true;
        case Kind::local_variable:
            local_variable(node);
            return true;
        case Kind::return_statement:
            b.copy(place_.result, expression(named_child(node, 0)).node);
            return false;
        case Kind::throw_statement:
            expression(named_child(node, 0));
            return false;
        case Kind::yield_statement: {
            const auto value = expression(named_child(node, 0)).node;
            if (!place_.yields.empty()) b.copy(place_.yields.back(), value);
            return true;
        }
        case Kind::if_statement:
            return if_statement(node);
        case Kind::for_statement:
            for_statement(node);
            return true;
        case Kind::enhanced_for:
            enhanced_for(node);
            return true;
        case Kind::while_statement:
        case Kind::do_statement:
            while_statement(node);
            return true;
        default:
            return other_statement(node);
    }
}

bool JavaFlow::other_statement(TSNode node) {
    switch (kind(node)) {
        case Kind::try_statement:
            return try_statement(node);
        case Kind::labeled:
            return statement(named_child(node, 1));
        case Kind::synchronized:
            expression(named_child(node, 0));
            return block(field(node, g.body));
        case Kind::explicit_constructor:
            explicit_constructor(node);
            return true;
        case Kind::switch_:
            switch_expression(node);
            return true;
        case Kind::class_declaration:
        case Kind::interface_declaration:
        case Kind::enum_declaration:
        case Kind::record_declaration:
            local_class(node);
            return true;
        case Kind::break_statement:
        case Kind::comment:
            return true;
        default:
            for_each_named_child(node, [&](TSNode child) { expression(child); });
            if (named_child_count(node) == 0) expression(node);
            return true;
    }
}

void JavaFlow::local_variable(TSNode node) {
    const auto type = type_of(field(node, g.type));
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::variable_declarator) return;
        const auto value_node = field(each, g.value);
        auto own = with_dimensions(type, each);
        const auto value =
            kind(value_node) == Kind::array_initializer ? array_initializer(value_node, own) : expression(value_node);
        if (own.is_open) own = value.type;
        declare(text(field(each, g.name)), own, value.node);
    });
}

bool JavaFlow::if_statement(TSNode node) {
    const EnteredBlock patterns(*this);
    auto branches = b.begin_branches();
    bool goes_on = false;
    for (;;) {
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
        // What `!(x instanceof C c)` binds holds after a branch that leaves.
        for (const auto& [name, local] : blocks_.back())
            if (blocks_.size() > 1) blocks_[blocks_.size() - 2].try_emplace(name, local);
        return goes_on || !is_exhaustive;
    }
}

void JavaFlow::while_statement(TSNode node) {
    const EnteredBlock patterns(*this);
    loop([&] {
        if (kind(node) == Kind::while_statement) expression(field(node, g.condition));
        statement(field(node, g.body));
        if (kind(node) == Kind::do_statement) expression(field(node, g.condition));
    });
}

void JavaFlow::for_statement(TSNode node) {
    const EnteredBlock variables(*this);
    const auto init = field(node, g.init);
    if (kind(init) == Kind::local_variable)
        statement(init);
    else
        expression(init);
    loop([&] {
        expression(field(node, g.condition));
        statement(field(node, g.body));
        expression(field(node, g.update));
    });
}

void JavaFlow::enhanced_for(TSNode node) {
    const EnteredBlock variables(*this);
    const auto iterated = expression(field(node, g.value));
    const auto type = type_of(field(node, g.type));
    loop([&] {
        auto element = iterated.node == none ? none : b.made(OpCode::elements, iterated.node);
        if (iterated.node != none) {
            // What is iterated over may be a class of this program.
            const auto at = field(node, g.value);
            const auto iterator =
                call(CallKind::implied, {load(iterated.node, "iterator()"), iterated.node}, "iterator", at, {});
            const auto next = call(CallKind::implied, {load(iterator, "next()"), iterator}, "next", at, {});
            call(CallKind::implied, {load(iterator, "hasNext()"), iterator}, "hasNext", at, {});
            element = b.joined({element, next});
        }
        declare(text(field(node, g.name)), type, element);
        statement(field(node, g.body));
    });
}

bool JavaFlow::try_statement(TSNode node) {
    const EnteredBlock resources(*this);
    for_each_named_child(field(node, g.resources), [&](TSNode each) { resource(each); });
    auto body = b.begin_branches();
    const bool body_goes_on = block(field(node, g.body));
    const auto changes = b.end_branch(body, body_goes_on);
    bool goes_on = body_goes_on;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::catch_clause) return;
        b.may_have_run(changes);
        const EnteredBlock inside(*this);
        catch_clause(each);
        const bool catch_goes_on = statement(field(each, g.body));
        b.end_branch(body, catch_goes_on);
        goes_on |= catch_goes_on;
    });
    b.end_branches(std::move(body), goes_on);
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::finally_clause) goes_on &= statement(named_child(each, 0));
    });
    return goes_on;
}

void JavaFlow::resource(TSNode node) {
    const auto value_node = field(node, g.value);
    const auto value = expression(ts_node_is_null(value_node) ? named_child(node, 0) : value_node);
    if (value.node != none) call(CallKind::implied, {load(value.node, "close()"), value.node}, "close", node, {});
    if (const auto type = field(node, g.type); !ts_node_is_null(type)) {
        const auto declared = type_of(type);
        declare(text(field(node, g.name)), declared.is_open ? value.type : declared, value.node);
    }
}

void JavaFlow::catch_clause(TSNode node) {
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::catch_parameter) return;
        std::vector<Index> classes;
        for_each_named_child(each, [&](TSNode part) {
            if (kind(part) != Kind::catch_type) return;
            for_each_named_child(part, [&](TSNode type) { classes.push_back(type_of(type).class_); });
        });
        declare(text(field(each, g.name)), {.class_ = b.joined(classes)}, b.node());
    });
}

void JavaFlow::local_class(TSNode node) {
    const auto name = text(field(node, g.name));
    auto* scope = declare_class(node, place_.class_, name, {});
    scope->outer_this = place_.this_;
    declare_constant(name, scope->value);
    follow_class(*scope, bases_of(node));
}

void JavaFlow::explicit_constructor(TSNode node) {
    const auto arguments = arguments_of(field(node, g.arguments));
    const auto which = field(node, g.constructor);
    if (place_.class_ == nullptr || place_.this_ == none) return;
    if (kind(which) == Kind::super) return super_call(*place_.class_, which, arguments);
    const auto own = load(place_.class_->value, "<init>");
    call(CallKind::call, {own, place_.this_, CalleeForm::self_member}, "this", which, arguments);
}

// --- switch ---

Value JavaFlow::switch_expression(TSNode node) {
    const auto subject = expression(field(node, g.condition));
    const auto result = b.node();
    place_.yields.push_back(result);
    std::vector<Index> results;
    auto branches = b.begin_branches();
    bool has_default = false;
    Builder::Versions before;
    bool falls_through = false;
    for_each_named_child(field(node, g.body), [&](TSNode part) {
        const EnteredBlock inside(*this);
        if (falls_through) b.may_have_run(before);
        falls_through = kind(part) == Kind::switch_group;
        const bool goes_on = switch_part(part, subject, results);
        for_each_named_child(part, [&](TSNode label) {
            if (kind(label) == Kind::switch_label) has_default |= named_child_count(label) == 0;
        });
        before = b.end_branch(branches, goes_on);
        falls_through &= goes_on;
    });
    b.end_branches(std::move(branches), has_default);
    place_.yields.pop_back();
    for (const auto each : results) b.copy(result, each);
    return {.node = result};
}

bool JavaFlow::switch_part(TSNode part, const Value& subject, std::vector<Index>& results) {
    const bool is_rule = kind(part) == Kind::switch_rule;
    bool goes_on = true;
    for_each_named_child(part, [&](TSNode each) {
        if (kind(each) == Kind::switch_label)
            switch_label(each, subject);
        else if (is_rule && kind(each) == Kind::expression_statement)
            results.push_back(expression(named_child(each, 0)).node);
        else
            goes_on &= statement(each);
    });
    return goes_on;
}

void JavaFlow::switch_label(TSNode label, const Value& subject) {
    for_each_named_child(label, [&](TSNode each) {
        if (kind(each) == Kind::pattern)
            pattern(named_child(each, 0), subject);
        else if (kind(each) == Kind::guard)
            expression(named_child(each, 0));
    });
}

void JavaFlow::pattern(TSNode node, const Value& subject) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    if (kind(node) == Kind::type_pattern) {
        const auto count = named_child_count(node);
        if (count < 2) return;
        declare(text(named_child(node, count - 1)), type_of(named_child(node, count - 2)), subject.node);
        return;
    }
    if (kind(node) != Kind::record_pattern) return;
    const auto record = typed(subject.node, type_of(named_child(node, 0)));
    for_each_named_child(named_child(node, 1), [&](TSNode component) {
        if (kind(component) == Kind::record_pattern) return pattern(component, {});
        const auto count = named_child_count(component);
        if (count < 2) return;
        const auto type = type_of(named_child(component, count - 2));
        declare(text(named_child(component, count - 1)), type,
                record == none ? none : b.made(OpCode::load_item, record));
    });
}

}  // namespace gsdb::codebase::flow::java
