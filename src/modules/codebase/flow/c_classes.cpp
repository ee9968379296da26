// C and C++: classes and what is in them.

#include <algorithm>
#include <utility>

#include "modules/codebase/flow/c_flow.hpp"

namespace gsdb::codebase::flow::c {

CFlow::ClassScope* CFlow::declare_class(TSNode node, std::string_view name) {
    auto& scope = classes_.emplace_back();
    scope.node = node;
    scope.name = name;
    const auto name_node = field(node, g.name);
    const auto* outer = place_.class_;
    scope.index = b.add_class({.name = b.name(outer == nullptr ? dotted(name) : name),
                               .function = b.current(),
                               .outer_class = outer == nullptr || b.current() != 0 ? none : outer->index,
                               .site = Builder::site(ts_node_is_null(name_node) ? node : name_node)});
    scope.value = b.made(OpCode::class_, scope.index);
    class_of_node_[scope.value] = &scope;
    scope.outer = place_.class_;
    if (scope.outer != nullptr && !name.empty()) {
        scope.outer->nested[name] = scope.value;
        scope.outer->members.push_back({MemberKind::static_, b.name(name), scope.value});
    }
    class_of_tree_[node.id] = &scope;
    const Deeper deeper(*this);
    if (!deeper.is_too_deep()) {
        auto* around = std::exchange(place_.class_, &scope);
        collect_members(scope, field(node, g.body));
        place_.class_ = around;
    }
    return &scope;
}

void CFlow::collect_members(ClassScope& scope, TSNode list) {
    for_each_named_child(list, [&](TSNode each) {
        switch (kind(each)) {
            case Kind::preproc:
            case Kind::template_declaration:
                return collect_members(scope, each);
            case Kind::function_definition:
                scope.methods.insert(text(declared_by(field(each, g.declarator)).name));
                return;
            case Kind::field_declaration:
            case Kind::declaration:
                return collect_field(scope, each);
            case Kind::class_specifier:
                return collect_class(each, {});
            default:
                return;
        }
    });
}

void CFlow::collect_field(ClassScope& scope, TSNode node) {
    const auto type = field(node, g.type);
    if (kind(type) == Kind::class_specifier) collect_class(type, {});
    if (!ts_node_is_null(field(node, g.default_value))) scope.defaults.push_back(node);
    for_each_named_child(node, [&](TSNode each) {
        if (each.id == type.id || each.id == field(node, g.default_value).id) return;
        const auto declared = declared_by(each);
        const auto name = text(declared.name);
        if (name.empty()) return;
        if (declared.is_function) {
            scope.methods.insert(name);
            return;
        }
        if (scope.fields.try_emplace(name, Field{type, each}).second) scope.field_order.push_back(name);
    });
}

void CFlow::follow_class(ClassScope& scope) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    for_each_named_child(scope.node, [&](TSNode clause) {
        if (kind(clause) != Kind::base_class_clause) return;
        for_each_named_child(clause, [&](TSNode each) {
            if (kind(each) == Kind::access_specifier) return;
            if (const auto base = type_of(each).class_; base != none) scope.bases.push_back(base);
        });
    });
    auto around = place_;
    place_.class_ = &scope;
    place_.class_node = scope.value;
    for (const auto name : scope.field_order) {
        const auto& known = scope.fields.at(name);
        const auto type = declared_type(known.type, declared_by(known.declarator));
        const auto node = b.node();
        if (type.class_ != none) b.op(OpCode::typed, node, type.class_, type.element, none);
        scope.members.push_back({MemberKind::shared, b.name(name), node});
    }
    class_members(scope, field(scope.node, g.body));
    default_fields(scope);
    place_ = std::move(around);
}

void CFlow::class_members(ClassScope& scope, TSNode list) {
    for_each_named_child(list, [&](TSNode each) {
        switch (kind(each)) {
            case Kind::preproc:
                return class_members(scope, each);
            case Kind::template_declaration:
                template_parameters(each);
                class_members(scope, each);
                type_parameters_.pop_back();
                return;
            case Kind::function_definition:
                return method(scope, each);
            case Kind::class_specifier:
                if (const auto found = class_of_tree_.find(each.id); found != class_of_tree_.end())
                    follow_class(*found->second);
                return;
            case Kind::field_declaration:
                if (const auto found = class_of_tree_.find(field(each, g.type).id); found != class_of_tree_.end())
                    follow_class(*found->second);
                return abstract_method(scope, each);
            default:
                return;
        }
    });
}

/// `virtual void f() = 0;`
void CFlow::abstract_method(ClassScope& scope, TSNode node) {
    const auto declared = declared_by(field(node, g.declarator));
    const auto value = field(node, g.default_value);
    if (!declared.is_function || ts_node_is_null(value) || text(value) != "0") return;
    b.class_(scope.index).flags |= flag(ClassFlag::abstract);
    const auto index = b.add_function({.name = b.name(text(declared.name)),
                                       .parent = b.current(),
                                       .owner = scope.index,
                                       .flags = flag(FunctionFlag::abstract),
                                       .site = Builder::site(declared.name)});
    b.function(index).receiver = b.node_of(index);
    auto around = place_;
    function_body(index, node, declared);
    place_ = std::move(around);
    scope.members.push_back({MemberKind::shared, b.name(text(declared.name)), b.made(OpCode::function, index)});
}

/// What a method is called among the members.
std::string_view CFlow::member_name(std::string_view name, std::string_view class_name) const {
    if (name == class_name) return "<init>";
    if (name.starts_with('~')) return "~";
    return name == "operator()" ? "__call__" : name;
}

void CFlow::method(ClassScope& scope, TSNode node) {
    const auto declared = declared_by(field(node, g.declarator));
    const auto name = text(declared.name);
    if (name.empty()) return;
    const auto member = member_name(name, scope.name);
    const bool is_static = has_storage(node, "static");
    std::uint16_t flags = is_static ? flag(FunctionFlag::static_) : 0;
    if (member == "<init>") flags |= flag(FunctionFlag::constructor);
    const auto index = b.add_function({.name = b.name(name),
                                       .parent = b.current(),
                                       .owner = scope.index,
                                       .flags = flags,
                                       .site = Builder::site(declared.name)});
    if (!is_static) b.function(index).receiver = b.node_of(index);
    auto around = place_;
    place_.class_ = &scope;
    place_.class_node = scope.value;
    place_.this_ = b.function(index).receiver;
    function_body(index, node, declared);
    place_ = std::move(around);
    scope.members.push_back(
        {is_static ? MemberKind::static_ : MemberKind::shared, b.name(member), b.made(OpCode::function, index)});
}

/// `void A::f() {}`: of a class, or of a namespace.
void CFlow::method_outside(TSNode node, const Declared& declared) {
    auto scope = field(declared.qualifier, g.scope);
    std::string path(text(scope));
    for (auto inner = field(declared.qualifier, g.name); kind(inner) == Kind::qualified; inner = field(inner, g.name))
        path += "::" + std::string(text(field(inner, g.scope))), scope = field(inner, g.scope);
    if (const auto open = path.find('<'); open != std::string::npos) path.resize(open);
    const auto class_name = path.substr(path.rfind(':') == std::string::npos ? 0 : path.rfind(':') + 1);
    const auto name = text(declared.name);
    const auto class_node = lookup(path, true);
    const auto known = class_of_node_.find(class_node);
    auto* in_file = known == class_of_node_.end() ? nullptr : known->second;
    const auto above = path.size() == class_name.size()
                           ? std::string_view{}
                           : std::string_view(path).substr(0, path.size() - class_name.size() - 2);
    for (auto& each : classes_)
        if (in_file == nullptr && each.name == class_name &&
            (each.outer == nullptr || above.ends_with(each.outer->name)))
            in_file = &each;
    const auto member = member_name(name, class_name);
    std::string shown = scoped(path);
    for (std::size_t at = 0; (at = shown.find("::", at)) != std::string::npos;) shown.replace(at, 2, ".");
    const auto index = b.add_function({.name = b.name(name),
                                       .parent = b.current(),
                                       .owner = in_file == nullptr ? none : in_file->index,
                                       .class_name = in_file == nullptr ? b.name(shown) : none,
                                       .flags = member == "<init>" ? flag(FunctionFlag::constructor) : std::uint16_t{0},
                                       .site = Builder::site(declared.name)});
    b.function(index).receiver = b.node_of(index);
    auto around = place_;
    place_.class_ = in_file;
    place_.class_node = in_file == nullptr ? class_node : in_file->value;
    place_.this_ = b.function(index).receiver;
    function_body(index, node, declared);
    place_ = std::move(around);
    const auto function = b.made(OpCode::function, index);
    const Member added{MemberKind::shared, b.name(member), function};
    if (in_file != nullptr) {
        in_file->members.push_back(added);
        return;
    }
    flow_.additions.push_back({class_node, added});
    // It may be a namespace that is meant.
    auto& free = file_name(path + "::" + std::string(name), false);
    b.op_in(0, OpCode::function, free.node, index);
}

/// `A() : Base(1), member(2) {}`
void CFlow::constructor_initializers(TSNode node) {
    for_each_named_child(node, [&](TSNode list) {
        if (kind(list) != Kind::field_initializers) return;
        for_each_named_child(list, [&](TSNode each) {
            if (kind(each) != Kind::field_initializer) return;
            const auto name_node = named_child(each, 0);
            const auto name = text(kind(name_node) == Kind::template_method ? field(name_node, g.name) : name_node);
            const auto arguments = arguments_of(named_child(each, 1));
            const auto* class_ = place_.class_;
            const bool is_own = class_ != nullptr && class_->name == name;
            const bool is_field = class_ != nullptr && class_->fields.contains(name);
            const bool is_upper = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
            if (is_own) return base_constructor(class_->value, name_node, arguments);
            if (!is_field && (is_upper || (class_ != nullptr && !class_->bases.empty())))
                return base_constructor(lookup(name, true), name_node, arguments);
            const auto single = arguments.size() == 1 ? arguments.front().value : none;
            auto made = single;
            if (is_field) {
                const auto& known = class_->fields.at(name);
                const auto declared = declared_by(known.declarator);
                const auto type = declared_type(known.type, declared);
                if (type.class_ != none && !declared.is_pointer && !declared.is_array)
                    made = b.joined({single, instantiate(type, name_node, arguments).node});
            }
            if (made != none) b.op(OpCode::store, none, place_.this_, b.name(name), made);
        });
    });
}

void CFlow::base_constructor(Index base, TSNode at, const std::vector<Argument>& arguments) {
    const auto constructor = load(base, "<init>");
    call(CallKind::call, {constructor, place_.this_, CalleeForm::self_member}, text(at), at, arguments);
}

/// `int size = f();` in a class.
void CFlow::default_fields(ClassScope& scope) {
    std::vector<TSNode> values;
    for (const auto each : scope.defaults)
        if (!declared_by(field(each, g.declarator)).is_function && !has_storage(each, "static")) values.push_back(each);
    if (values.empty()) return;
    const auto index = b.add_function({.name = b.name(scope.name),
                                       .parent = b.current(),
                                       .owner = scope.index,
                                       .flags = flag(FunctionFlag::constructor),
                                       .site = b.class_(scope.index).site});
    b.function(index).receiver = b.node_of(index);
    b.set_parameters(index, {});
    b.class_(scope.index).initializer = index;
    b.enter(index);
    {
        const EnteredBlock inside(*this);
        place_.this_ = b.function(index).receiver;
        for (const auto each : values) {
            const auto declared = declared_by(field(each, g.declarator));
            const auto type_node = field(each, g.type);
            const auto value = initial_value(field(each, g.default_value), declared_type(type_node, declared),
                                             type_node, declared, declared.name);
            if (value.node != none) b.op(OpCode::store, none, place_.this_, b.name(text(declared.name)), value.node);
        }
    }
    b.leave();
}

}  // namespace gsdb::codebase::flow::c
