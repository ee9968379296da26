// Rust: how values move, as its syntax tree says. Here are modules, types and functions.

#include <algorithm>
#include <utility>

#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/rust_flow.hpp"

namespace gsdb::codebase::flow {
namespace rust {

namespace {

const Grammar& grammar() {
    static const Grammar g(extract::Language::rust);
    return g;
}

/// Types that are taken for what is in them: `Box<dyn Shape>` is a Shape.
bool is_transparent(std::string_view name) {
    static const std::unordered_set<std::string_view> names{
        "Box",  "Rc",     "Arc", "Option", "Result", "RefCell",  "Mutex",      "RwLock", "Cell",
        "Weak", "RefMut", "Ref", "Cow",    "Pin",    "OnceCell", "MutexGuard", "Lazy",   "OnceLock"};
    return names.contains(name);
}

bool is_collection(std::string_view name) {
    static const std::unordered_set<std::string_view> names{"Vec",      "VecDeque", "HashMap",    "HashSet",
                                                            "BTreeMap", "BTreeSet", "BinaryHeap", "LinkedList"};
    return names.contains(name);
}

}  // namespace

RustFlow::RustFlow(FileFlow& flow, TSNode root, std::string_view source)
    : TypedFlow(flow, root, source), g(grammar()) {}

void RustFlow::follow() {
    flow_.package = b.name("");
    auto& module = modules_.emplace_back();
    place_.module = &module;
    declare_items(root_, module);
    items(root_, module);
    for (auto& [class_, scope] : classes_) b.set_members(class_, scope.members);
    for (const auto& each : modules_) {
        if (each.is_block) continue;
        std::vector<std::pair<std::string_view, Index>> names(each.names.begin(), each.names.end());
        std::ranges::sort(names);
        for (const auto& [name, node] : names)
            flow_.exports.push_back(
                {b.name(each.path.empty() ? std::string(name) : each.path + "::" + std::string(name)), node});
    }
    name_unnamed();
    b.finish();
}

// --- what is declared ---

void RustFlow::declare_items(TSNode list, Module& module) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    for_each_named_child(list, [&](TSNode each) { declare_item(each, module); });
}

void RustFlow::declare_item(TSNode node, Module& module) {
    const auto name = text(field(node, g.name));
    switch (kind(node)) {
        case Kind::function_item:
        case Kind::const_item:
        case Kind::static_item:
            module.names.try_emplace(name, b.node());
            return;
        case Kind::struct_item:
        case Kind::enum_item:
        case Kind::trait_item:
            return declare_class(node, module);
        case Kind::use_declaration:
            return use_tree(field(node, g.argument), {}, module);
        case Kind::mod_item: {
            const auto body = field(node, g.body);
            if (ts_node_is_null(body)) return;
            auto& inner = modules_.emplace_back();
            inner.path = module.path.empty() ? std::string(name) : module.path + "::" + std::string(name);
            inner.outer = &module;
            module_of_node_[node.id] = &inner;
            return declare_items(body, inner);
        }
        case Kind::type_item:
            module.names.try_emplace(name, b.node());
            return;
        default:
            return;
    }
}

std::string_view RustFlow::prefixed(const Module& module, std::string_view name) {
    if (module.path.empty() || module.is_block) return name;
    auto path = module.path;
    for (std::size_t at = 0; (at = path.find("::", at)) != std::string::npos;) path.replace(at, 2, ".");
    return flow_.names[b.name(path + "." + std::string(name))];
}

void RustFlow::declare_class(TSNode node, Module& module) {
    const auto name = field(node, g.name);
    const bool is_trait = kind(node) == Kind::trait_item;
    const std::uint8_t flags = is_trait ? flag(ClassFlag::abstract) : 0;
    const auto class_ = b.add_class({.name = b.name(prefixed(module, text(name))),
                                     .function = b.current(),
                                     .flags = flags,
                                     .site = Builder::site(name)});
    const auto value = b.made(OpCode::class_, class_);
    module.names.try_emplace(text(name), value);
    class_of_node_[value] = class_;
    value_of_tree_[node.id] = value;
    classes_[class_].node = node;
}

std::string RustFlow::module_path(const Module& module, std::string_view path) const {
    // Modules of this file are written from the file's own.
    const auto* at = &module;
    while (at->is_block && at->outer != nullptr) at = at->outer;
    if (path == "self" || path.starts_with("self::")) {
        const auto rest = path.substr(4);
        return "self" + (at->path.empty() ? "" : "::" + at->path) + std::string(rest);
    }
    if (!at->path.empty() && (path == "super" || path.starts_with("super::"))) {
        const auto cut = at->path.rfind("::");
        const auto above = cut == std::string::npos ? std::string() : "::" + at->path.substr(0, cut);
        return "self" + above + std::string(path.substr(5));
    }
    return std::string(path);
}

void RustFlow::use_tree(TSNode node, std::string path, Module& module) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    const auto joined = [&](std::string_view rest) {
        return path.empty() ? std::string(rest) : path + "::" + std::string(rest);
    };
    switch (kind(node)) {
        case Kind::use_list:
            return for_each_named_child(node, [&](TSNode each) { use_tree(each, path, module); });
        case Kind::scoped_use_list:
            return use_tree(field(node, g.list), joined(text(field(node, g.path))), module);
        case Kind::use_as:
            return import_name(text(field(node, g.alias)), joined(text(field(node, g.path))), module);
        case Kind::use_wildcard: {
            const auto whole = named_child_count(node) == 0 ? path : joined(text(named_child(node, 0)));
            flow_.wildcards.push_back({.module = b.name(module_path(module, whole))});
            return;
        }
        case Kind::self_:
            return import_name(path.substr(path.rfind(':') == std::string::npos ? 0 : path.rfind(':') + 1), path,
                               module);
        default: {
            const auto written = text(node);
            return import_name(
                written.substr(written.rfind(':') == std::string_view::npos ? 0 : written.rfind(':') + 1),
                joined(written), module);
        }
    }
}

void RustFlow::import_name(std::string_view name, const std::string& path, Module& module) {
    if (name.empty() || name == "_") return;
    const std::string_view kept = flow_.names[b.name(name)];
    module.names.try_emplace(kept, import_of(module_path(module, path)));
}

Index RustFlow::import_of(const std::string& path) {
    const auto [found, is_new] = paths_.try_emplace(path, none);
    if (!is_new) return found->second;
    const auto node = b.node_of(0);
    flow_.imports.push_back({.kind = ImportKind::path, .module = b.name(path)});
    b.op_in(0, OpCode::import, node, static_cast<Index>(flow_.imports.size() - 1));
    return found->second = node;
}

// --- items ---

void RustFlow::items(TSNode list, Module& module) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    auto* around = std::exchange(place_.module, &module);
    for_each_named_child(list, [&](TSNode each) { item(each, module); });
    place_.module = around;
}

void RustFlow::item(TSNode node, Module& module) {
    const auto name = text(field(node, g.name));
    switch (kind(node)) {
        case Kind::function_item: {
            const auto index = function_item(node, prefixed(module, name), none, {});
            if (const auto found = module.names.find(name); found != module.names.end())
                b.op(OpCode::function, found->second, index);
            return;
        }
        case Kind::const_item:
        case Kind::static_item: {
            const auto value = expression(field(node, g.value)).node;
            if (const auto found = module.names.find(name); found != module.names.end()) b.copy(found->second, value);
            return;
        }
        case Kind::type_item:
            if (const auto found = module.names.find(name); found != module.names.end())
                b.copy(found->second, type_of(field(node, g.type)).class_);
            return;
        case Kind::struct_item:
        case Kind::enum_item:
            if (const auto found = value_of_tree_.find(node.id); found != value_of_tree_.end())
                struct_fields(class_of_node_.at(found->second), field(node, g.body));
            return;
        case Kind::trait_item:
            return trait_item(node);
        case Kind::impl_item:
            return impl_item(node);
        case Kind::mod_item:
            if (const auto found = module_of_node_.find(node.id); found != module_of_node_.end())
                items(field(node, g.body), *found->second);
            return;
        default:
            return;
    }
}

void RustFlow::struct_fields(Index class_, TSNode body) {
    std::size_t number = 0;
    const auto add = [&](std::string_view name, TSNode type_node) {
        const auto type = type_of(type_node);
        const auto node = b.node();
        if (type.class_ != none) b.op(OpCode::typed, node, type.class_, type.element, none);
        classes_[class_].members.push_back({MemberKind::shared, b.name(name), node});
        classes_[class_].fields[flow_.names[b.name(name)]] = type_node;
    };
    for_each_named_child(body, [&](TSNode each) {
        if (kind(each) == Kind::field_declaration) add(text(field(each, g.name)), field(each, g.type));
        if (kind(body) == Kind::ordered_fields && kind(each) != Kind::attribute && kind(each) != Kind::comment)
            add(std::to_string(number++), each);
    });
}

void RustFlow::add_type_parameters(TSNode node) {
    auto& parameters = type_parameters_.emplace_back();
    const auto bound_of = [&](TSNode bounds) {
        Type type{.is_open = true};
        for_each_named_child(bounds, [&](TSNode each) {
            if (type.class_ == none) type = type_of(each);
        });
        return type;
    };
    for_each_named_child(field(node, g.type_parameters), [&](TSNode each) {
        if (kind(each) == Kind::type_parameter) parameters[text(field(each, g.name))] = {.is_open = true};
    });
    for_each_named_child(field(node, g.type_parameters), [&](TSNode each) {
        if (kind(each) == Kind::type_parameter) parameters[text(field(each, g.name))] = bound_of(field(each, g.bounds));
    });
    for_each_named_child(node, [&](TSNode where) {
        if (kind(where) != Kind::where_clause) return;
        for_each_named_child(where, [&](TSNode predicate) {
            const auto found = parameters.find(text(field(predicate, g.left)));
            if (found != parameters.end() && found->second.class_ == none)
                found->second = bound_of(field(predicate, g.bounds));
        });
    });
}

void RustFlow::impl_item(TSNode node) {
    add_type_parameters(node);
    const auto type_node = field(node, g.type);
    auto type = type_of(type_node);
    const auto trait = type_of(field(node, g.trait)).class_;
    // `impl<T: Bound> Trait for T`: all that is T has it.
    const bool is_blanket = type_parameters_.back().contains(text(type_node));
    if (is_blanket) type.class_ = trait;
    if (type.class_ != none) {
        auto around = place_;
        const auto known = class_of_node_.find(type.class_);
        auto name = text(kind(type_node) == Kind::generic_type ? field(type_node, g.type) : type_node);
        name = name.substr(name.rfind(':') == std::string_view::npos ? 0 : name.rfind(':') + 1);
        place_.self_type = type.class_;
        place_.self_class = known == class_of_node_.end() ? none : known->second;
        place_.self_name = name;
        if (trait != none && !is_blanket) flow_.additions.push_back({type.class_, {.node = trait}});
        methods(field(node, g.body), type.class_, true);
        place_ = around;
    }
    type_parameters_.pop_back();
}

void RustFlow::trait_item(TSNode node) {
    const auto found = value_of_tree_.find(node.id);
    if (found == value_of_tree_.end()) return;
    add_type_parameters(node);
    const auto value = found->second;
    std::vector<Index> bases;
    for_each_named_child(field(node, g.bounds), [&](TSNode each) {
        if (const auto base = type_of(each).class_; base != none) bases.push_back(base);
    });
    auto around = place_;
    place_.self_type = value;
    place_.self_class = class_of_node_.at(value);
    b.set_bases(place_.self_class, bases);
    methods(field(node, g.body), value, false);
    place_ = around;
    type_parameters_.pop_back();
}

void RustFlow::methods(TSNode list, Index target, bool is_outside) {
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) != Kind::function_item && kind(each) != Kind::function_signature) return;
        const auto name = text(field(each, g.name));
        const auto index =
            function_item(each, name, place_.self_class, place_.self_class == none ? place_.self_name : "");
        const bool is_static = b.function(index).has(FunctionFlag::static_);
        const Member member{is_static ? MemberKind::static_ : MemberKind::shared, b.name(method_name(name)),
                            b.made(OpCode::function, index)};
        if (!is_outside || place_.self_class != none)
            classes_[place_.self_class].members.push_back(member);
        else
            flow_.additions.push_back({target, member});
    });
}

/// `class_name` where the function is a method of a class of another file.
Index RustFlow::function_item(TSNode node, std::string_view name, Index owner, std::string_view class_name) {
    const auto name_node = field(node, g.name);
    std::uint16_t flags = 0;
    bool has_self = false;
    for_each_named_child(field(node, g.parameters), [&](TSNode each) {
        has_self |= kind(each) == Kind::self_parameter ||
                    (kind(each) == Kind::parameter && kind(field(each, g.pattern)) == Kind::self_);
    });
    const bool is_method = owner != none || !class_name.empty();
    if (is_method && !has_self) flags |= flag(FunctionFlag::static_);
    if (kind(node) == Kind::function_signature) flags |= flag(FunctionFlag::abstract);
    if (!is_method && name == "main") flags |= flag(FunctionFlag::runs_once);
    const auto index = b.add_function({.name = b.name(name),
                                       .parent = b.current(),
                                       .owner = owner,
                                       .class_name = class_name.empty() ? none : b.name(class_name),
                                       .flags = flags,
                                       .site = Builder::site(name_node)});
    if (has_self) b.function(index).receiver = b.node_of(index);
    function_body(index, node);
    return index;
}

std::vector<Parameter> RustFlow::parameters_of(TSNode list) {
    std::vector<Parameter> parameters;
    for_each_named_child(list, [&](TSNode each) {
        if (kind(each) == Kind::self_parameter || kind(each) == Kind::attribute || kind(each) == Kind::comment) return;
        const bool is_typed = kind(each) == Kind::parameter;
        const auto pattern_node = is_typed ? field(each, g.pattern) : each;
        if (kind(pattern_node) == Kind::self_) return;
        const auto type = is_typed ? type_of(field(each, g.type)) : Type{.is_open = true};
        const auto node = b.node();
        parameters.push_back(
            {.name = kind(pattern_node) == Kind::identifier ? b.name(text(pattern_node)) : none, .node = node});
        pattern(pattern_node, typed(node, type), type);
    });
    return parameters;
}

void RustFlow::function_body(Index function, TSNode node) {
    add_type_parameters(node);
    if (b.current() == 0)
        shared_names_ = assigned_inside(
            field(node, g.body), [&](TSNode each) { return kind(each) == Kind::closure; },
            [&](TSNode each, auto& names) {
                if (kind(each) == Kind::assignment) names.insert(text(field(each, g.left)));
            });
    auto around = place_;
    b.enter(function);
    {
        const EnteredBlock inside(*this);
        place_.self_value = b.function(function).receiver;
        b.set_parameters(function, parameters_of(field(node, g.parameters)));
        const auto inner = b.function(function).result;
        place_.result = inner;
        const auto returns = type_of(field(node, g.return_type));
        if (returns.class_ != none) {
            const auto outer = b.node();
            b.op(OpCode::typed, outer, returns.class_, returns.element, inner);
            b.function(function).result = outer;
        }
        b.copy(inner, block(field(node, g.body)).node);
    }
    b.leave();
    place_ = around;
    type_parameters_.pop_back();
}

// --- types ---

Index RustFlow::name_in_scope(std::string_view name) {
    if (name == "Self") return place_.self_type;
    for (auto* module = place_.module; module != nullptr; module = module->is_block ? module->outer : nullptr)
        if (const auto found = module->names.find(name); found != module->names.end()) return found->second;
    auto* module = place_.module;
    while (module->is_block && module->outer != nullptr) module = module->outer;
    return module->path.empty() ? global(name) : import_of("self::" + module->path + "::" + std::string(name));
}

/// `a::b::C`, without type arguments.
Index RustFlow::path_node(TSNode path) {
    constexpr std::size_t parts_max = 32;
    std::vector<TSNode> parts;
    for (; parts.size() < parts_max;) {
        switch (kind(path)) {
            case Kind::generic_type:
            case Kind::generic_turbofish:
                path = field(path, g.type);
                continue;
            case Kind::generic_function:
                path = field(path, g.function);
                continue;
            case Kind::bracketed_type:
                path = named_child(path, 0);
                continue;
            case Kind::qualified_type:
                path = field(path, g.alias);
                continue;
            case Kind::scoped_identifier:
            case Kind::scoped_type:
                parts.push_back(field(path, g.name));
                path = field(path, g.path);
                continue;
            default:
                break;
        }
        break;
    }
    const auto first = text(path);
    const bool is_root = first.empty() || first == "crate" || first == "self" || first == "super";
    if (is_root && !parts.empty()) {
        std::string whole(first.empty() ? "" : first);
        while (!parts.empty()) whole += (whole.empty() ? "" : "::") + std::string(text(parts.back())), parts.pop_back();
        return import_of(module_path(*place_.module, whole));
    }
    for (auto i = type_parameters_.size(); i-- > 0;)
        if (const auto found = type_parameters_[i].find(first); found != type_parameters_[i].end()) {
            if (parts.empty() || found->second.class_ == none) return found->second.class_;
            return load(found->second.class_, method_name(text(parts.front())));
        }
    auto node = name_in_scope(first);
    const bool is_path = !parts.empty() && class_of_node_.find(node) == class_of_node_.end() && first != "Self";
    if (is_path && place_.module->names.find(first) == place_.module->names.end()) {
        std::string whole(first);
        for (auto i = parts.size(); i-- > 0;) whole += "::" + std::string(text(parts[i]));
        const auto& module = *place_.module;
        return import_of(module.path.empty() || module.is_block ? whole : "self::" + module.path + "::" + whole);
    }
    while (!parts.empty()) {
        node = load(node, text(parts.back()));
        parts.pop_back();
    }
    return node;
}

Type RustFlow::type_of(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return {.is_open = true};
    switch (kind(node)) {
        case Kind::type_identifier:
        case Kind::identifier:
            if (text(node) == "Self") return {.class_ = place_.self_type};
            for (auto i = type_parameters_.size(); i-- > 0;)
                if (const auto found = type_parameters_[i].find(text(node)); found != type_parameters_[i].end())
                    return found->second;
            return {.class_ = name_in_scope(text(node))};
        case Kind::scoped_type:
        case Kind::scoped_identifier:
            return {.class_ = path_node(node)};
        case Kind::reference_type:
        case Kind::pointer_type:
            return type_of(field(node, g.type));
        case Kind::dynamic_type:
        case Kind::abstract_type:
            return type_of(field(node, g.trait));
        case Kind::bounded_type:
        case Kind::parenthesized:
            return type_of(named_child(node, 0));
        case Kind::higher_ranked:
            return type_of(field(node, g.type));
        case Kind::array_type: {
            const auto element = type_of(field(node, g.element));
            return element.class_ == none ? Type{.is_open = true}
                                          : Type{.class_ = global("[]"), .element = typed(b.node(), element)};
        }
        case Kind::generic_type:
            return generic_type(node);
        default:
            return {.is_open = true};
    }
}

Type RustFlow::generic_type(TSNode node) {
    const auto type = field(node, g.type);
    auto name = text(type);
    name = name.substr(name.rfind(':') == std::string_view::npos ? 0 : name.rfind(':') + 1);
    const auto arguments = field(node, g.type_arguments);
    const auto count = named_child_count(arguments);
    if (is_transparent(name) && count > 0) {
        auto first = named_child(arguments, 0);
        for (std::uint32_t i = 0; i < count; ++i)
            if (std::string_view(ts_node_type(named_child(arguments, i))) != "lifetime") {
                first = named_child(arguments, i);
                break;
            }
        return type_of(first);
    }
    if (is_collection(name) && count > 0) {
        const auto element = type_of(named_child(arguments, count - 1));
        return element.class_ == none ? Type{.is_open = true}
                                      : Type{.class_ = global("[]"), .element = typed(b.node(), element)};
    }
    return type_of(type);
}

Type RustFlow::field_type(const Type& of, std::string_view name) {
    const auto class_ = class_of_node_.find(of.class_);
    if (class_ == class_of_node_.end()) return {};
    const auto& fields = classes_[class_->second].fields;
    const auto found = fields.find(name);
    return found == fields.end() ? Type{} : type_of(found->second);
}

}  // namespace rust

void follow_rust(FileFlow& flow, TSNode root, std::string_view source) {
    rust::RustFlow(flow, root, source).follow();
}

}  // namespace gsdb::codebase::flow
