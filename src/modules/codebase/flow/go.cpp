// Go: how values move, as its syntax tree says. Here are packages, types and functions.

#include <algorithm>
#include <utility>

#include "modules/codebase/flow/go_flow.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {
namespace go {

namespace {

const Grammar& grammar() {
    static const Grammar g(extract::Language::go);
    return g;
}

/// Types that have no methods.
bool is_predeclared(std::string_view name) {
    static const std::unordered_set<std::string_view> names{
        "any",     "bool",  "byte",   "comparable", "complex64", "complex128", "error", "float32",
        "float64", "int",   "int8",   "int16",      "int32",     "int64",      "rune",  "string",
        "uint",    "uint8", "uint16", "uint32",     "uint64",    "uintptr"};
    return names.contains(name);
}

/// The name that an import gives its package: the last part of the path, without a version.
std::string_view package_name(std::string_view path) {
    const auto slash = path.rfind('/');
    auto last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const bool is_version = last.size() > 1 && last.front() == 'v' &&
                            std::ranges::all_of(last.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    if (is_version && slash != std::string_view::npos) return package_name(path.substr(0, slash));
    if (const auto dot = last.find('.'); dot != std::string_view::npos) last = last.substr(0, dot);
    if (last.starts_with("go-")) last.remove_prefix(3);
    return last;
}

std::string_view unquoted(std::string_view text) {
    return text.size() < 2 ? std::string_view{} : text.substr(1, text.size() - 2);
}

}  // namespace

GoFlow::GoFlow(FileFlow& flow, TSNode root, std::string_view source) : TypedFlow(flow, root, source), g(grammar()) {}

void GoFlow::follow() {
    flow_.package = b.name("main");
    blocks_.emplace_back();
    for_each_named_child(root_, [&](TSNode each) {
        if (kind(each) == Kind::package_clause) flow_.package = b.name(text(named_child(each, 0)));
        if (kind(each) == Kind::import_declaration) imports(each);
        if (kind(each) == Kind::type_declaration) declare_types(each);
    });
    declare_package_names();
    for (std::size_t i = 0, count = types_.size(); i < count; ++i) define_type(types_[i]);
    for_each_named_child(root_, [&](TSNode each) {
        if (kind(each) == Kind::function_declaration) function_declaration(each);
        if (kind(each) == Kind::method_declaration) method_declaration(each);
        if (kind(each) == Kind::var_declaration || kind(each) == Kind::const_declaration) variable_specs(each);
    });
    for (auto& type : types_) b.set_members(type.index, type.members);
    std::vector<std::string_view> names;
    for (const auto& [name, local] : blocks_.front()) names.push_back(name);
    std::ranges::sort(names);
    for (const auto name : names) {
        const auto& local = blocks_.front().at(name);
        const auto node = local.constant != none ? local.constant : b.all_of(local.variable);
        flow_.exports.push_back({b.name(name), node});
    }
    name_unnamed();
    b.finish();
}

// --- imports ---

void GoFlow::imports(TSNode node) {
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::import_specs)
            for_each_named_child(each, [&](TSNode spec) { import_spec(spec); });
        else
            import_spec(each);
    });
}

void GoFlow::import_spec(TSNode node) {
    if (kind(node) != Kind::import_spec) return;
    const auto path = unquoted(text(field(node, g.path)));
    const auto name = field(node, g.name);
    if (path.empty()) return;
    if (kind(name) == Kind::dot) {
        flow_.wildcards.push_back({.module = b.name(path)});
        return;
    }
    const auto module = b.import({.kind = ImportKind::module, .module = b.name(path)});
    imported_.try_emplace(ts_node_is_null(name) ? package_name(path) : text(name), module);
}

// --- types ---

void GoFlow::declare_types(TSNode node) {
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::type_spec) declare_type(each);
        if (kind(each) == Kind::type_alias) aliases_[text(field(each, g.name))] = none;
    });
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) != Kind::type_alias) return;
        const auto name = text(field(each, g.name));
        const auto type = type_of(field(each, g.type)).class_;
        if (type == none) return;
        aliases_[name] = type;
        declare_constant(name, type);
    });
}

void GoFlow::declare_type(TSNode spec) {
    const auto name = field(spec, g.name);
    const auto definition = field(spec, g.type);
    auto& type = types_.emplace_back();
    type.definition = definition;
    std::uint8_t flags = 0;
    if (kind(definition) == Kind::interface_type)
        flags = flag(ClassFlag::interface_) | flag(ClassFlag::abstract) | flag(ClassFlag::structural);
    if (kind(definition) == Kind::function_type) flags = flag(ClassFlag::interface_);
    type.index =
        b.add_class({.name = b.name(text(name)), .function = b.current(), .flags = flags, .site = Builder::site(name)});
    type.value = b.made(OpCode::class_, type.index);
    if (b.current() == 0) type_named_[text(name)] = &type;
    declare_constant(text(name), type.value);
}

void GoFlow::define_type(TypeScope& type) {
    std::vector<Index> bases;
    if (kind(type.definition) == Kind::struct_type)
        struct_members(type, named_child(type.definition, 0), bases);
    else if (kind(type.definition) == Kind::interface_type)
        interface_members(type, type.definition, bases);
    b.set_bases(type.index, bases);
}

void GoFlow::struct_members(TypeScope& type, TSNode list, std::vector<Index>& bases) {
    const auto add = [&](std::string_view name, TSNode type_node) {
        const auto declared = type_of(type_node);
        const auto node = b.node();
        if (declared.class_ != none) b.op(OpCode::typed, node, declared.class_, declared.element, none);
        type.members.push_back({MemberKind::shared, b.name(name), node});
        type.field_order.push_back(name);
        type.fields[name] = type_node;
    };
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) != Kind::field_declaration) return;
        const auto type_node = field(each, g.type);
        bool is_named = false;
        for_each_named_child(each, [&](TSNode part) {
            if (kind(part) != Kind::identifier) return;
            is_named = true;
            add(text(part), type_node);
        });
        if (is_named) return;
        const auto named = named_type(type_node);
        add(text(kind(named) == Kind::qualified_type ? field(named, g.name) : named), type_node);
        if (const auto base = type_of(type_node).class_; base != none) bases.push_back(base);
    });
}

void GoFlow::interface_members(TypeScope& type, TSNode definition, std::vector<Index>& bases) {
    for_each_named_child(definition, [&](TSNode each) {
        if (kind(each) == Kind::type_elem && named_child_count(each) == 1) {
            if (const auto base = type_of(named_child(each, 0)).class_; base != none) bases.push_back(base);
        }
        if (kind(each) != Kind::method_elem) return;
        const auto name = field(each, g.name);
        const auto index = b.add_function({.name = b.name(text(name)),
                                           .parent = b.current(),
                                           .owner = type.index,
                                           .flags = flag(FunctionFlag::abstract),
                                           .site = Builder::site(name)});
        b.function(index).receiver = b.node_of(index);
        function_body(index, each, {});
        type.members.push_back({MemberKind::shared, b.name(text(name)), b.made(OpCode::function, index)});
    });
}

/// The type without pointers and type arguments.
TSNode GoFlow::named_type(TSNode type) const {
    constexpr int wrappers_max = 32;
    for (int i = 0; i < wrappers_max; ++i) {
        if (kind(type) == Kind::pointer_type || kind(type) == Kind::parenthesized)
            type = named_child(type, 0);
        else if (kind(type) == Kind::generic_type || kind(type) == Kind::type_instantiation)
            type = field(type, g.type);
        else if (kind(type) == Kind::index)
            type = field(type, g.operand);
        else if (kind(type) == Kind::unary)
            type = field(type, g.operand);
        else
            break;
    }
    return type;
}

Type GoFlow::type_of(TSNode node) {
    const Deeper deeper(*this);
    node = named_type(node);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {.is_open = true};
    switch (kind(node)) {
        case Kind::type_identifier:
        case Kind::identifier: {
            const auto name = text(node);
            for (const auto& parameters : type_parameters_)
                if (parameters.contains(name)) return {.is_open = true};
            if (is_predeclared(name) && find_local(name) == nullptr) return {.is_open = true};
            return {.class_ = class_named(name)};
        }
        case Kind::qualified_type: {
            const auto package = imported_.find(text(field(node, g.package)));
            return {.class_ = package == imported_.end() ? none : load(package->second, text(field(node, g.name)))};
        }
        case Kind::slice_type:
        case Kind::array_type:
        case Kind::map_type:
        case Kind::channel_type: {
            const auto element =
                type_of(kind(node) == Kind::map_type || kind(node) == Kind::channel_type ? field(node, g.value)
                                                                                         : field(node, g.element));
            if (element.class_ == none) return {.is_open = true};
            return {.class_ = global("[]"), .element = typed(b.node(), element)};
        }
        default:
            return {.is_open = true};
    }
}

Index GoFlow::class_named(std::string_view name) {
    if (const auto* local = find_local(name)) return local->constant;
    return global(name);
}

/// A variable of a struct type is one from the beginning.
Index GoFlow::zero_value(TSNode type_node, const Type& type) {
    switch (kind(type_node)) {
        case Kind::type_identifier:
        case Kind::qualified_type:
        case Kind::generic_type:
            return type.class_ == none ? none : b.made(OpCode::instance, type.class_);
        case Kind::slice_type:
        case Kind::array_type:
        case Kind::map_type:
        case Kind::channel_type:
            return new_container(ContainerKind::list);
        default:
            return none;
    }
}

Type GoFlow::field_type(const Type& of, std::string_view name) {
    for (const auto& type : types_) {
        if (type.value != of.class_) continue;
        const auto found = type.fields.find(name);
        return found == type.fields.end() ? Type{} : type_of(found->second);
    }
    return {};
}

// --- names of the package ---

void GoFlow::declare_package_names() {
    for_each_named_child(root_, [&](TSNode each) {
        if (kind(each) == Kind::function_declaration) {
            const auto name = text(field(each, g.name));
            results_[name] = field(each, g.result);
            if (name != "init" && name != "_" && !blocks_.front().contains(name)) declare_constant(name, b.node());
        }
        if (kind(each) == Kind::var_declaration || kind(each) == Kind::const_declaration) declare_variables(each);
    });
}

void GoFlow::declare_variables(TSNode declaration) {
    for_each_named_child(declaration, [&](TSNode each) {
        if (kind(each) == Kind::var_specs) return declare_variables(each);
        for_each_named_child(each, [&](TSNode name) {
            if (kind(name) != Kind::identifier || text(name) == "_") return;
            blocks_.front()[text(name)] = {.variable = b.declare(false), .type = type_of(field(each, g.type))};
        });
    });
}

void GoFlow::variable_specs(TSNode declaration) {
    for_each_named_child(declaration, [&](TSNode each) {
        if (kind(each) == Kind::var_specs) return variable_specs(each);
        if (kind(each) == Kind::var_spec || kind(each) == Kind::const_spec) variable_spec(each);
    });
}

void GoFlow::variable_spec(TSNode spec) {
    std::vector<TSNode> names;
    for_each_named_child(spec, [&](TSNode name) {
        if (kind(name) == Kind::identifier) names.push_back(name);
    });
    const auto type_node = field(spec, g.type);
    const auto type = type_of(type_node);
    const auto values = values_of(list_of(field(spec, g.value)), names.size(), names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto name = text(names[i]);
        const bool has_value = i < values.size();
        const auto value = has_value ? values[i].node : zero_value(type_node, type);
        const auto declared = type.class_ == none && has_value ? values[i].type : type;
        if (b.current() != 0)
            declare(name, declared, value);
        else if (const auto found = blocks_.front().find(name); found != blocks_.front().end())
            assign(found->second, value);
    }
}

// --- functions ---

void GoFlow::function_declaration(TSNode node) {
    const auto name = field(node, g.name);
    const bool begins = text(name) == "main" || text(name) == "init";
    const auto index = b.add_function({.name = b.name(text(name)),
                                       .parent = b.current(),
                                       .flags = begins ? flag(FunctionFlag::runs_once) : std::uint16_t{0},
                                       .site = Builder::site(name)});
    const auto* local = find_local(text(name));
    if (local != nullptr && local->constant != none) b.op(OpCode::function, local->constant, index);
    function_body(index, node, {});
}

void GoFlow::method_declaration(TSNode node) {
    const auto name = field(node, g.name);
    const auto receiver = named_child(field(node, g.receiver), 0);
    const auto type_node = named_type(field(receiver, g.type));
    const auto type_name = text(type_node);
    const auto index = b.add_function({.name = b.name(text(name)), .parent = b.current(), .site = Builder::site(name)});
    b.function(index).receiver = b.node_of(index);
    const Member member{MemberKind::shared, b.name(text(name)), b.made(OpCode::function, index)};
    if (const auto found = type_named_.find(type_name); found != type_named_.end()) {
        b.function(index).owner = found->second->index;
        found->second->members.push_back(member);
    } else {
        b.function(index).class_name = b.name(type_name);
        flow_.additions.push_back({global(type_name), member});
    }
    function_body(index, node, receiver);
}

std::vector<Parameter> GoFlow::parameters_of(TSNode list) {
    std::vector<Parameter> parameters;
    for_each_named_child(list, [&](TSNode each) {
        const bool is_rest = kind(each) == Kind::variadic_parameter;
        if (kind(each) != Kind::parameter && !is_rest) return;
        const auto type = type_of(field(each, g.type));
        bool is_named = false;
        const auto add = [&](std::string_view name) {
            const auto node = b.node();
            parameters.push_back({.kind = is_rest ? ParameterKind::rest : ParameterKind::positional,
                                  .name = b.name(name),
                                  .node = node});
            if (name != "_") declare(name, is_rest ? Type{.is_open = true} : type, node);
        };
        for_each_named_child(each, [&](TSNode name) {
            if (kind(name) != Kind::identifier) return;
            is_named = true;
            add(text(name));
        });
        if (!is_named) add("");
    });
    return parameters;
}

void GoFlow::named_results(TSNode result) {
    for_each_named_child(result, [&](TSNode each) {
        if (kind(each) != Kind::parameter) return;
        for_each_named_child(each, [&](TSNode name) {
            if (kind(name) != Kind::identifier) return;
            const auto type = type_of(field(each, g.type));
            declare(text(name), type, zero_value(field(each, g.type), type));
            body_.result_names.push_back(text(name));
        });
    });
}

void GoFlow::function_body(Index function, TSNode node, TSNode receiver) {
    auto around = std::exchange(body_, {});
    auto& types = type_parameters_.emplace_back();
    const auto add_types = [&](TSNode list) {
        for_each_named_child(list, [&](TSNode each) {
            for_each_named_child(each, [&](TSNode name) {
                if (kind(name) == Kind::identifier || kind(name) == Kind::type_identifier) types[text(name)] = true;
            });
        });
    };
    add_types(field(node, g.type_parameters));
    auto receiver_type = field(receiver, g.type);
    if (kind(receiver_type) == Kind::pointer_type) receiver_type = named_child(receiver_type, 0);
    if (kind(receiver_type) == Kind::generic_type)
        for_each_named_child(named_child(receiver_type, 1), [&](TSNode each) { types[text(each)] = true; });
    if (b.current() == 0)
        shared_names_ = assigned_inside(
            field(node, g.body), [&](TSNode each) { return kind(each) == Kind::func_literal; },
            [&](TSNode each, auto& names) {
                if (kind(each) == Kind::assignment)
                    for (const auto left : list_of(field(each, g.left))) names.insert(text(left));
            });
    b.enter(function);
    {
        const EnteredBlock inside(*this);
        if (const auto name = field(receiver, g.name); !ts_node_is_null(name))
            declare(text(name), {.class_ = none}, b.function(function).receiver);
        b.set_parameters(function, parameters_of(field(node, g.parameters)));
        const auto result = field(node, g.result);
        const auto inner = b.function(function).result;
        body_.result = inner;
        named_results(result);
        const auto type = kind(result) == Kind::parameter_list ? Type{} : type_of(result);
        if (type.class_ != none) {
            const auto outer = b.node();
            b.op(OpCode::typed, outer, type.class_, type.element, inner);
            b.function(function).result = outer;
        }
        block(field(node, g.body));
    }
    b.leave();
    type_parameters_.pop_back();
    body_ = std::move(around);
}

}  // namespace go

void follow_go(FileFlow& flow, TSNode root, std::string_view source) {
    go::GoFlow(flow, root, source).follow();
}

}  // namespace gsdb::codebase::flow
