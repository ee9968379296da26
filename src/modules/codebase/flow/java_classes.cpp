// Java: classes, interfaces, enums and records, and what is in them.

#include <algorithm>
#include <utility>

#include "modules/codebase/flow/java_flow.hpp"

namespace gsdb::codebase::flow::java {

JavaFlow::EnteredFunction::EnteredFunction(JavaFlow& flow, Index function, Place place)
    : flow_(flow), around_(std::exchange(flow.place_, std::move(place))) {
    flow_.b.enter(function);
    flow_.blocks_.emplace_back();
}

JavaFlow::EnteredFunction::~EnteredFunction() {
    flow_.blocks_.pop_back();
    flow_.b.leave();
    flow_.place_ = std::move(around_);
}

bool JavaFlow::has_word(TSNode declaration, std::string_view word) const {
    bool has = false;
    const auto modifiers = named_child(declaration, 0);
    if (kind(modifiers) != Kind::modifiers) return false;
    for (std::uint32_t i = 0; i < child_count(modifiers); ++i)
        has |= std::string_view(ts_node_type(ts_node_child(modifiers, i))) == word;
    return has;
}

bool JavaFlow::is_class(Kind kind) {
    return kind == Kind::class_declaration || kind == Kind::interface_declaration || kind == Kind::enum_declaration ||
           kind == Kind::record_declaration;
}

// --- what is declared ---

/// `body` is that of an anonymous class.
JavaFlow::ClassScope* JavaFlow::declare_class(TSNode node, ClassScope* outer, std::string_view name, TSNode body) {
    auto& scope = scopes_.emplace_back();
    scope.node = node;
    scope.body = ts_node_is_null(body) ? field(node, g.body) : body;
    scope.outer = outer;
    scope.is_interface = kind(node) == Kind::interface_declaration;
    scope.has_bases = !ts_node_is_null(body) || !ts_node_is_null(field(node, g.superclass)) ||
                      !ts_node_is_null(field(node, g.interfaces));
    for_each_named_child(node, [&](TSNode each) { scope.has_bases |= kind(each) == Kind::extends_interfaces; });
    const auto name_node = field(node, g.name);
    std::uint8_t flags = scope.is_interface ? flag(ClassFlag::interface_) | flag(ClassFlag::abstract) : 0;
    if (is_class(kind(node)) && has_word(node, "abstract")) flags |= flag(ClassFlag::abstract);
    scope.index = b.add_class({.name = b.name(name),
                               .function = b.current(),
                               .outer_class = b.current() == 0 && outer != nullptr ? outer->index : none,
                               .flags = flags,
                               .site = Builder::site(ts_node_is_null(name_node) ? node : name_node)});
    scope.value = b.made(OpCode::class_, scope.index);
    collect_type_parameters(field(node, g.type_parameters), scope.type_parameters);
    collect_components(scope);
    const Deeper deeper(*this);
    if (!deeper.is_too_deep()) collect_members(scope, scope.body);
    return &scope;
}

void JavaFlow::collect_type_parameters(TSNode node, std::unordered_map<std::string_view, TSNode>& into) {
    for_each_named_child(node, [&](TSNode parameter) {
        std::string_view name;
        TSNode bound{};
        for_each_named_child(parameter, [&](TSNode each) {
            if (kind(each) == Kind::type_identifier) name = text(each);
            if (kind(each) == Kind::type_bound) bound = named_child(each, 0);
        });
        if (!name.empty()) into[name] = bound;
    });
}

void JavaFlow::collect_members(ClassScope& scope, TSNode body) {
    for_each_named_child(body, [&](TSNode each) {
        if (kind(each) == Kind::enum_declarations)
            for_each_named_child(each, [&](TSNode inner) { collect_member(scope, inner); });
        else
            collect_member(scope, each);
    });
}

void JavaFlow::collect_member(ClassScope& scope, TSNode node) {
    const auto name = text(field(node, g.name));
    switch (kind(node)) {
        case Kind::method_declaration: {
            const auto [found, is_new] = scope.methods.try_emplace(name, field(node, g.type));
            if (!is_new && text(found->second) != text(field(node, g.type))) found->second = TSNode{};
            return;
        }
        case Kind::constructor:
        case Kind::compact_constructor:
            scope.has_constructor = true;
            return;
        case Kind::field_declaration:
        case Kind::constant_declaration:
            return collect_field(scope, node);
        case Kind::static_initializer:
            scope.static_parts.push_back(node);
            scope.has_static_code = true;
            return;
        case Kind::block:
            scope.instance_parts.push_back(node);
            return;
        case Kind::enum_constant:
            scope.constants.push_back(node);
            scope.fields[name] = {.type = scope.node, .is_static = true};
            scope.has_static_code = true;
            return;
        case Kind::class_declaration:
        case Kind::interface_declaration:
        case Kind::enum_declaration:
        case Kind::record_declaration: {
            auto* nested = declare_class(node, &scope, name, {});
            scope.nested[name] = nested;
            const bool is_inner =
                kind(node) == Kind::class_declaration && !has_word(node, "static") && !scope.is_interface;
            if (is_inner) nested->outer_this = b.made(OpCode::instance, scope.value);
            return;
        }
        default:
            return;
    }
}

/// A field whose value is written down needs no code to run.
bool JavaFlow::is_constant(TSNode value, const Grammar& grammar) {
    switch (grammar.kind[value]) {
        case Kind::string:
        case Kind::number:
        case Kind::character:
        case Kind::truth:
        case Kind::null_:
            return true;
        default:
            return ts_node_is_null(value);
    }
}

void JavaFlow::collect_field(ClassScope& scope, TSNode node) {
    const bool is_static = scope.is_interface || kind(node) == Kind::constant_declaration || has_word(node, "static");
    bool has_value = false;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::variable_declarator) return;
        scope.fields[text(field(each, g.name))] = {field(node, g.type), is_static,
                                                   !ts_node_is_null(field(each, g.dimensions))};
        has_value |= !ts_node_is_null(field(each, g.value));
        scope.has_static_code |= is_static && !is_constant(field(each, g.value), g);
    });
    if (has_value) (is_static ? scope.static_parts : scope.instance_parts).push_back(node);
}

void JavaFlow::collect_components(ClassScope& scope) {
    if (kind(scope.node) != Kind::record_declaration) return;
    for_each_named_child(field(scope.node, g.parameters), [&](TSNode each) {
        if (kind(each) == Kind::formal_parameter) scope.fields[text(field(each, g.name))] = {field(each, g.type)};
    });
}

// --- bases ---

std::vector<Index> JavaFlow::bases_of(TSNode node) {
    std::vector<Index> bases;
    const auto add = [&](TSNode list) {
        for_each_named_child(list, [&](TSNode each) {
            const auto add_one = [&](TSNode type) {
                if (const auto base = type_of(type).class_; base != none) bases.push_back(base);
            };
            if (kind(each) == Kind::type_list)
                for_each_named_child(each, add_one);
            else
                add_one(each);
        });
    };
    add(field(node, g.superclass));
    add(field(node, g.interfaces));
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::extends_interfaces) add(each);
    });
    return bases;
}

// --- members ---

void JavaFlow::follow_class(ClassScope& scope, const std::vector<Index>& bases) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    b.set_bases(scope.index, bases);
    auto around = std::exchange(place_, {.class_ = &scope});
    for (const auto& [name, nested] : scope.nested) ordered_.push_back(nested);
    const auto first = ordered_.size() - scope.nested.size();
    std::sort(ordered_.begin() + static_cast<std::ptrdiff_t>(first), ordered_.end(),
              [](const ClassScope* one, const ClassScope* other) { return one->index < other->index; });
    fields(scope);
    static_initializer(scope);
    instance_initializer(scope);
    follow_members(scope, scope.body);
    if (kind(scope.node) == Kind::enum_declaration) enum_methods(scope);
    if (kind(scope.node) == Kind::record_declaration) record_members(scope);
    for (auto i = first; i < ordered_.size(); ++i) follow_class(*ordered_[i], bases_of(ordered_[i]->node));
    for (auto i = first; i < ordered_.size(); ++i)
        scope.members.push_back({MemberKind::static_, flow_.classes[ordered_[i]->index].name, ordered_[i]->value});
    ordered_.resize(first);
    place_ = std::move(around);
    b.set_members(scope.index, scope.members);
}

void JavaFlow::follow_members(ClassScope& scope, TSNode body) {
    for_each_named_child(body, [&](TSNode each) {
        if (kind(each) == Kind::enum_declarations) follow_members(scope, each);
        if (kind(each) == Kind::method_declaration) method(scope, each);
        if (kind(each) == Kind::constructor || kind(each) == Kind::compact_constructor) constructor(scope, each);
    });
}

void JavaFlow::add_member(ClassScope& scope, Index function, std::string_view name, MemberKind kind) {
    scope.members.push_back({kind, b.name(name), b.made(OpCode::function, function)});
}

Index JavaFlow::add_method(ClassScope& scope, Function function) {
    function.owner = scope.index;
    function.parent = b.current();
    const auto index = b.add_function(function);
    b.set_parameters(index, {});
    if (!function.has(FunctionFlag::static_)) b.function(index).receiver = b.node_of(index);
    return index;
}

/// The parameters, declared as variables of the function that is entered.
std::vector<Parameter> JavaFlow::parameters_of(TSNode list) {
    std::vector<Parameter> parameters;
    const auto add = [&](TSNode name, const Type& type, ParameterKind kind) {
        const auto node = b.node();
        parameters.push_back({.kind = kind, .name = b.name(text(name)), .node = node, .type = type.class_});
        declare(text(name), kind == ParameterKind::rest ? Type{.is_open = true} : type, node);
    };
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) == Kind::formal_parameter) {
            add(field(each, g.name), with_dimensions(type_of(field(each, g.type)), each), ParameterKind::positional);
        } else if (kind(each) == Kind::spread_parameter) {
            Type type{.is_open = true};
            TSNode name{};
            for_each_named_child(each, [&](TSNode part) {
                if (kind(part) == Kind::variable_declarator)
                    name = field(part, g.name);
                else if (kind(part) != Kind::modifiers)
                    type = type_of(part);
            });
            add(name, type, ParameterKind::rest);
        } else if (kind(each) == Kind::identifier) {
            add(each, {.is_open = true}, ParameterKind::positional);
        }
    });
    return parameters;
}

void JavaFlow::method(ClassScope& scope, TSNode node) {
    const auto name = field(node, g.name);
    const auto body = field(node, g.body);
    const bool is_static = has_word(node, "static");
    std::uint16_t flags = is_static ? flag(FunctionFlag::static_) : 0;
    if (ts_node_is_null(body) && !has_word(node, "native")) flags |= flag(FunctionFlag::abstract);
    if (is_static && text(name) == "main") flags |= flag(FunctionFlag::runs_once);
    const auto index = add_method(scope, {.name = b.name(text(name)), .flags = flags, .site = Builder::site(name)});
    auto& types = method_types_.emplace_back();
    collect_type_parameters(field(node, g.type_parameters), types);
    {
        const EnteredFunction inside(*this, index, {.class_ = &scope, .this_ = b.function(index).receiver});
        b.set_parameters(index, parameters_of(field(node, g.parameters)));
        const auto returned = with_dimensions(type_of(field(node, g.type)), node);
        const auto result = b.function(index).result;
        if (returned.class_ != none && !returned.is_plain) {
            b.function(index).result = b.node();
            b.op(OpCode::typed, b.function(index).result, returned.class_, returned.element, result);
        }
        place_.result = result;
        statements(body);
    }
    method_types_.pop_back();
    add_member(scope, index, method_name(text(name)), is_static ? MemberKind::static_ : MemberKind::shared);
}

/// `super()`, which a constructor does first where it says nothing else.
void JavaFlow::super_call(ClassScope& scope, TSNode at, const std::vector<Argument>& arguments) {
    const auto super = b.made(OpCode::super, place_.this_, scope.index);
    call(CallKind::super_constructor, {.value = super, .form = CalleeForm::self_member}, "super", at, arguments);
}

void JavaFlow::constructor(ClassScope& scope, TSNode node) {
    const auto name = field(node, g.name);
    const auto body = field(node, g.body);
    const auto index = add_method(
        scope, {.name = b.name("<init>"), .flags = flag(FunctionFlag::constructor), .site = Builder::site(name)});
    auto& types = method_types_.emplace_back();
    collect_type_parameters(field(node, g.type_parameters), types);
    {
        const EnteredFunction inside(*this, index, {.class_ = &scope, .this_ = b.function(index).receiver});
        const bool is_compact = kind(node) == Kind::compact_constructor;
        b.set_parameters(index,
                         parameters_of(is_compact ? field(scope.node, g.parameters) : field(node, g.parameters)));
        bool is_explicit = false;
        for_each_named_child(body, [&](TSNode each) { is_explicit |= kind(each) == Kind::explicit_constructor; });
        if (!is_explicit && scope.has_bases) super_call(scope, name, {});
        place_.result = b.function(index).result;
        statements(body);
        if (is_compact)
            for_each_named_child(field(scope.node, g.parameters), [&](TSNode each) {
                const auto* local = find_local(text(field(each, g.name)));
                if (local != nullptr)
                    b.op(OpCode::store, none, place_.this_, b.name(text(field(each, g.name))), read(*local).node);
            });
    }
    method_types_.pop_back();
    add_member(scope, index, "<init>", MemberKind::shared);
}

/// What runs before the constructor, or is it where there is none: the values of fields, and blocks. `arguments` are
/// given to the class above by an anonymous class.
void JavaFlow::instance_initializer(ClassScope& scope) {
    if (scope.is_interface || (scope.has_constructor && scope.instance_parts.empty())) return;
    const auto site = flow_.classes[scope.index].site;
    const auto index =
        add_method(scope, {.name = b.name("<init>"), .flags = flag(FunctionFlag::constructor), .site = site});
    {
        const EnteredFunction inside(*this, index, {.class_ = &scope, .this_ = b.function(index).receiver});
        place_.result = b.function(index).result;
        if (!scope.has_constructor) implicit_constructor(scope, field(scope.node, g.arguments));
        for (const auto part : scope.instance_parts)
            kind(part) == Kind::block ? void(block(part)) : field_initializers(part, place_.this_);
    }
    if (scope.has_constructor)
        b.class_(scope.index).initializer = index;
    else
        add_member(scope, index, "<init>", MemberKind::shared);
}

void JavaFlow::implicit_constructor(ClassScope& scope, TSNode arguments) {
    std::vector<Parameter> parameters;
    if (kind(scope.node) == Kind::record_declaration) {
        parameters = parameters_of(field(scope.node, g.parameters));
        for (const auto& parameter : parameters)
            b.op(OpCode::store, none, place_.this_, parameter.name, parameter.node);
    } else if (!is_class(kind(scope.node))) {
        // An anonymous class hands its arguments up.
        std::vector<Argument> handed;
        for_each_named_child(arguments, [&](TSNode each) {
            if (kind(each) == Kind::comment) return;
            parameters.push_back({.node = b.node()});
            handed.push_back({.value = parameters.back().node});
        });
        super_call(scope, kind(scope.node) == Kind::new_object ? field(scope.node, g.type) : scope.node, handed);
    } else if (scope.has_bases) {
        super_call(scope, field(scope.node, g.name), {});
    }
    b.set_parameters(b.current(), parameters);
}

void JavaFlow::fields(ClassScope& scope) {
    std::vector<std::string_view> names;
    for (const auto& [name, field] : scope.fields) names.push_back(name);
    std::ranges::sort(names);
    for (const auto name : names) {
        const auto& field = scope.fields.at(name);
        auto type = field.type.id == scope.node.id ? Type{.class_ = scope.value} : type_of(field.type);
        if (field.has_dimensions) type = array_of(type);
        const auto node = b.node();
        if (type.class_ != none && !type.is_plain && field.type.id != scope.node.id)
            b.op(OpCode::typed, node, type.class_, type.element, none);
        scope.members.push_back({field.is_static ? MemberKind::static_ : MemberKind::shared, b.name(name), node});
    }
}

void JavaFlow::field_initializers(TSNode declaration, Index object) {
    const auto type = type_of(field(declaration, g.type));
    for_each_named_child(declaration, [&](TSNode each) {
        const auto value = field(each, g.value);
        if (kind(each) != Kind::variable_declarator || ts_node_is_null(value)) return;
        const auto held = kind(value) == Kind::array_initializer ? array_initializer(value, type) : expression(value);
        if (held.node != none) b.op(OpCode::store, none, object, b.name(text(field(each, g.name))), held.node);
    });
}

/// Runs once, before the class is used.
void JavaFlow::static_initializer(ClassScope& scope) {
    if (scope.static_parts.empty() && scope.constants.empty()) return;
    const auto flags = static_cast<std::uint16_t>(flag(FunctionFlag::static_) | flag(FunctionFlag::runs_once));
    const auto index =
        add_method(scope, {.name = b.name("<clinit>"), .flags = flags, .site = flow_.classes[scope.index].site});
    {
        const EnteredFunction inside(*this, index, {.class_ = &scope});
        place_.result = b.function(index).result;
        for (const auto constant : scope.constants) enum_constant(scope, constant);
        for (const auto part : scope.static_parts)
            kind(part) == Kind::static_initializer ? void(block(named_child(part, 0)))
                                                   : field_initializers(part, scope.value);
    }
    if (scope.has_static_code) add_member(scope, index, "<clinit>", MemberKind::static_);
}

/// A constant is an instance of the enum, or of a class of its own where it has a body.
void JavaFlow::enum_constant(ClassScope& scope, TSNode node) {
    const auto name = text(field(node, g.name));
    auto class_ = scope.value;
    if (const auto body = field(node, g.body); !ts_node_is_null(body)) {
        auto* own = declare_class(node, &scope, name, body);
        b.class_(own->index).outer_class = scope.index;
        follow_class(*own, {scope.value});
        class_ = own->value;
    }
    const auto made = call(CallKind::instantiate, {.value = class_, .form = CalleeForm::definition}, name, node,
                           arguments_of(field(node, g.arguments)));
    b.op(OpCode::store, none, scope.value, b.name(name), made);
}

/// `values()` and `valueOf()`, which every enum has.
void JavaFlow::enum_methods(ClassScope& scope) {
    const auto site = flow_.classes[scope.index].site;
    const auto all = b.node();
    for (const auto constant : scope.constants) b.copy(all, load(scope.value, text(field(constant, g.name))));
    for (const std::string_view name : {"values", "valueOf"}) {
        const auto index =
            add_method(scope, {.name = b.name(name), .flags = flag(FunctionFlag::static_), .site = site});
        {
            const EnteredFunction inside(*this, index, {.class_ = &scope});
            if (name == "values") {
                const auto list = new_container(ContainerKind::list);
                b.op(OpCode::store_item, none, list, none, all);
                b.copy(b.function(index).result, list);
            } else {
                b.set_parameters(index, {{.node = b.node()}});
                b.copy(b.function(index).result, all);
            }
        }
        add_member(scope, index, method_name(name), MemberKind::static_);
    }
}

/// The methods that give a record's components.
void JavaFlow::record_members(ClassScope& scope) {
    for_each_named_child(field(scope.node, g.parameters), [&](TSNode each) {
        const auto name = field(each, g.name);
        if (kind(each) != Kind::formal_parameter || scope.methods.contains(text(name))) return;
        const auto index = add_method(scope, {.name = b.name(text(name)), .site = Builder::site(name)});
        {
            const EnteredFunction inside(*this, index, {.class_ = &scope, .this_ = b.function(index).receiver});
            b.copy(b.function(index).result, load(place_.this_, text(name)));
        }
        add_member(scope, index, method_name(text(name)), MemberKind::shared);
    });
}

}  // namespace gsdb::codebase::flow::java
