// C and C++: statements.

#include <utility>

#include "modules/codebase/flow/c_flow.hpp"

namespace gsdb::codebase::flow::c {

bool CFlow::block(TSNode node) {
    const EnteredBlock inside(*this);
    return statements(node);
}

bool CFlow::statements(TSNode node) {
    bool goes_on = true;
    for_each_named_child(node, [&](TSNode each) { goes_on &= statement(each); });
    return goes_on;
}

bool CFlow::statement(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return true;
    switch (kind(node)) {
        case Kind::block:
            return block(node);
        case Kind::preproc:
            statements(node);
            return true;
        case Kind::expression_statement:
            expression(named_child(node, 0));
            return true;
        case Kind::declaration:
            local_declaration(node);
            return true;
        case Kind::return_statement: {
            const auto value = named_child(node, 0);
            b.copy(place_.result, expression(value).node);
            return false;
        }
        case Kind::throw_:
            expression(named_child(node, 0));
            return false;
        case Kind::if_statement:
            return if_statement(node);
        case Kind::for_statement:
            for_statement(node);
            return true;
        case Kind::for_range:
            for_range(node);
            return true;
        case Kind::while_statement:
        case Kind::do_statement: {
            const EnteredBlock inside(*this);
            loop([&] {
                if (kind(node) == Kind::while_statement) condition(field(node, g.condition));
                statement(field(node, g.body));
                if (kind(node) == Kind::do_statement) condition(field(node, g.condition));
            });
            return true;
        }
        case Kind::switch_statement:
            return switch_statement(node);
        default:
            return other_statement(node);
    }
}

bool CFlow::other_statement(TSNode node) {
    switch (kind(node)) {
        case Kind::try_statement:
            return try_statement(node);
        case Kind::labeled:
        case Kind::attributed:
            return statement(named_child(node, named_child_count(node) - 1));
        case Kind::case_statement:
        case Kind::else_clause:
            return statements(node);
        case Kind::using_:
            using_directive(node);
            return true;
        case Kind::class_specifier:
        case Kind::type_definition: {
            const auto specifier = kind(node) == Kind::class_specifier ? node : field(node, g.type);
            if (kind(specifier) != Kind::class_specifier || ts_node_is_null(field(specifier, g.body))) return true;
            if (class_of_tree_.contains(specifier.id)) return true;
            auto* scope = declare_class(specifier, text(field(specifier, g.name)));
            declare_constant(scope->name, scope->value);
            follow_class(*scope);
            return true;
        }
        case Kind::comment:
        case Kind::concept_:
        case Kind::alias_declaration:
            return true;
        default:
            expression(node);
            return true;
    }
}

void CFlow::condition(TSNode node) {
    if (kind(node) != Kind::condition_clause) {
        expression(node);
        return;
    }
    statement(named_child(field(node, g.initializer), 0));
    const auto value = field(node, g.value);
    if (kind(value) == Kind::declaration)
        local_declaration(value);
    else
        expression(value);
}

void CFlow::local_declaration(TSNode node) {
    const auto type_node = field(node, g.type);
    if (kind(type_node) == Kind::class_specifier) other_statement(type_node);
    const auto alone = field(node, g.value);
    for_each_named_child(node, [&](TSNode each) {
        if (each.id == type_node.id || each.id == alone.id) return;
        if (kind(each) == Kind::structured_binding) return;
        const auto declared = declared_by(each);
        if (declared.is_function && kind(each) != Kind::init_declarator && !is_cpp()) return;
        if (ts_node_is_null(declared.name)) return;
        auto type = declared_type(type_node, declared);
        const auto value_node = kind(each) == Kind::init_declarator ? field(each, g.value) : alone;
        // `Foo x(y);` looks like a function.
        if (declared.is_function && (type.class_ == none || declared.is_pointer)) return;
        const auto value = initial_value(value_node, type, type_node, declared, declared.name);
        if (type.class_ == none) type = value.type;
        declare(text(declared.name), type, value.node);
    });
}

/// What a variable holds from its declaration on.
Value CFlow::initial_value(TSNode value, const Type& type, TSNode type_node, const Declared& declared, TSNode at) {
    const bool is_collection = type.element != none || (type.class_ != none && type.class_ == global("[]"));
    const bool is_object = type.class_ != none && !declared.is_pointer && !declared.is_array && !is_collection &&
                           kind(type_node) != Kind::placeholder;
    if (kind(value) == Kind::initializer_list) {
        if (is_object && is_cpp() && class_of_node_.find(type.class_) == class_of_node_.end())
            return instantiate(type, at, arguments_of(value));
        return initializer_list(value,
                                declared.is_array ? Type{.class_ = type_of(type_node).class_, .is_plain = true} : type);
    }
    if (kind(value) == Kind::argument_list) {
        const auto arguments = arguments_of(value);
        if (is_object) return instantiate(type, at, arguments);
        return {.node = arguments.empty() ? none : arguments.front().value};
    }
    if (!ts_node_is_null(value)) {
        const auto given = expression(value);
        return {.node = given.node, .type = kind(type_node) == Kind::placeholder ? given.type : type};
    }
    if (is_collection || declared.is_array) return {.node = new_container(ContainerKind::list), .type = type};
    if (!is_object) return {};
    if (is_cpp()) return instantiate(type, at, {});
    return {.node = b.made(OpCode::instance, type.class_), .type = type};
}

bool CFlow::if_statement(TSNode node) {
    const EnteredBlock inside(*this);
    auto branches = b.begin_branches();
    bool goes_on = false;
    for (;;) {
        condition(field(node, g.condition));
        goes_on |= branch(branches, [&] { return statement(field(node, g.consequence)); });
        auto alternative = field(node, g.alternative);
        if (kind(alternative) == Kind::else_clause) alternative = named_child(alternative, 0);
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

void CFlow::for_statement(TSNode node) {
    const EnteredBlock inside(*this);
    const auto initializer = field(node, g.initializer);
    if (kind(initializer) == Kind::declaration)
        local_declaration(initializer);
    else
        expression(initializer);
    loop([&] {
        expression(field(node, g.condition));
        statement(field(node, g.body));
        expression(field(node, g.update));
    });
}

void CFlow::for_range(TSNode node) {
    const EnteredBlock inside(*this);
    statement(named_child(field(node, g.initializer), 0));
    const auto iterated = expression(field(node, g.right)).node;
    const auto declared = declared_by(field(node, g.declarator));
    const auto type = declared_type(field(node, g.type), declared);
    loop([&] {
        const auto element = iterated == none ? none : b.made(OpCode::elements, iterated);
        if (!ts_node_is_null(declared.name)) declare(text(declared.name), type, element);
        statement(field(node, g.body));
    });
}

bool CFlow::switch_statement(TSNode node) {
    const EnteredBlock inside(*this);
    condition(field(node, g.condition));
    auto branches = b.begin_branches();
    bool has_default = false;
    Builder::Versions before;
    bool falls_through = false;
    for_each_named_child(field(node, g.body), [&](TSNode each) {
        if (kind(each) != Kind::case_statement) {
            statement(each);
            return;
        }
        if (falls_through) b.may_have_run(before);
        has_default |= ts_node_is_null(field(each, g.value));
        falls_through = statements(each);
        before = b.end_branch(branches, falls_through);
    });
    b.end_branches(std::move(branches), has_default);
    return true;
}

bool CFlow::try_statement(TSNode node) {
    auto body = b.begin_branches();
    const bool body_goes_on = statement(field(node, g.body));
    const auto changes = b.end_branch(body, body_goes_on);
    bool goes_on = body_goes_on;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::catch_clause) return;
        b.may_have_run(changes);
        const EnteredBlock inside(*this);
        for_each_named_child(field(each, g.parameters), [&](TSNode parameter) {
            const auto declared = declared_by(field(parameter, g.declarator));
            if (!ts_node_is_null(declared.name))
                declare(text(declared.name), type_of(field(parameter, g.type)), b.node());
        });
        const bool catch_goes_on = statement(field(each, g.body));
        b.end_branch(body, catch_goes_on);
        goes_on |= catch_goes_on;
    });
    b.end_branches(std::move(body), goes_on);
    return goes_on;
}

}  // namespace gsdb::codebase::flow::c
