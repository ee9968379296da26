// What TypeScript's annotations say of values.

#include <string>

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {
namespace {

/// Types that a value of the type in their brackets has, or that become it: promises are seen through.
bool is_transparent(std::string_view name) {
    return name == "Promise" || name == "PromiseLike" || name == "Awaited" || name == "Readonly" || name == "Partial" ||
           name == "Required" || name == "NonNullable" || name == "Pick" || name == "Omit";
}

bool is_list(std::string_view name) {
    return name == "Array" || name == "ReadonlyArray" || name == "Set" || name == "ReadonlySet" || name == "WeakSet" ||
           name == "Iterable" || name == "IterableIterator" || name == "Iterator" || name == "Generator" ||
           name == "AsyncIterable" || name == "AsyncIterableIterator" || name == "AsyncGenerator";
}

bool is_mapping(std::string_view name) {
    return name == "Map" || name == "ReadonlyMap" || name == "WeakMap" || name == "Record";
}

}  // namespace

Index JavascriptFlow::value_of_type(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return none;
    switch (kind(node)) {
        case Kind::type_annotation:
        case Kind::wrapped_type:
        case Kind::optional_type:
            return value_of_type(part(node));
        case Kind::type_identifier:
        case Kind::identifier:
            return value_of_type_name(node);
        case Kind::nested_type: {
            const auto type = type_itself(node);
            return type == none ? none : b.made(OpCode::instance, type);
        }
        case Kind::generic_type:
            return value_of_generic(node);
        case Kind::array_type: {
            const auto list = new_container(ContainerKind::list);
            if (const auto value = value_of_type(part(node)); value != none)
                b.op(OpCode::store_item, none, list, none, value);
            return list;
        }
        case Kind::tuple_type: {
            const auto list = new_container(ContainerKind::list);
            std::size_t position = 0;
            for_each_part(g, node, [&](TSNode each) {
                const auto type = kind(each) == Kind::parameter ? field(each, g.type) : each;
                const auto value = value_of_type(type);
                if (value != none) b.op(OpCode::store, none, list, b.name(std::to_string(position)), value);
                ++position;
            });
            return list;
        }
        case Kind::union_type: {
            std::vector<Index> all;
            for_each_part(g, node, [&](TSNode each) { all.push_back(value_of_type(each)); });
            return b.joined(all);
        }
        case Kind::type_query:
            return expression(part(node));
        case Kind::object_type:
            return value_of_object_type(node);
        default:
            return none;
    }
}

/// The class that a type names.
Index JavascriptFlow::type_itself(TSNode node) {
    if (kind(node) != Kind::nested_type) return declared(text(node)) == nullptr ? none : all_of_name(text(node));
    std::vector<TSNode> path{field(node, g.name)};
    auto module = field(node, g.module);
    for (; kind(module) == Kind::nested_identifier; module = field(module, g.object))
        path.push_back(field(module, g.property));
    auto value = declared(text(module)) == nullptr ? none : all_of_name(text(module));
    for (auto i = path.size(); i-- > 0 && value != none;) value = b.made(OpCode::load, value, b.name(text(path[i])));
    return value;
}

Index JavascriptFlow::value_of_type_name(TSNode node) {
    if (const auto type = type_itself(node); type != none) return b.made(OpCode::instance, type);
    const auto alias = scopes_.type_alias(text(node));
    if (ts_node_is_null(alias)) return none;
    const auto [found, is_new] = alias_values_.try_emplace(text(node), none);
    if (!is_new) return found->second;
    // Once for the whole file.
    b.enter(0);
    const auto scope = std::exchange(scope_, 0);
    const auto value = value_of_type(alias);
    scope_ = scope;
    b.leave();
    alias_values_[text(node)] = value;
    return value;
}

Index JavascriptFlow::value_of_generic(TSNode node) {
    const auto type = field(node, g.name);
    const auto name = text(type);
    if (kind(type) == Kind::nested_type || declared(name) != nullptr) return value_of_type(type);
    std::vector<TSNode> of;
    for_each_part(g, field(node, g.type_arguments), [&](TSNode each) { of.push_back(each); });
    if (of.empty()) return none;
    if (is_transparent(name)) return value_of_type(of.front());
    if (!is_list(name) && !is_mapping(name)) return value_of_type(type);
    const auto kind = name == "Record" ? ContainerKind::object
                      : is_list(name)  ? ContainerKind::list
                                       : ContainerKind::dictionary;
    const auto container = new_container(kind);
    if (const auto value = value_of_type(is_list(name) ? of.front() : of.back()); value != none)
        b.op(OpCode::store_item, none, container, none, value);
    return container;
}

Index JavascriptFlow::value_of_object_type(TSNode node) {
    const auto object = new_container(ContainerKind::object);
    for_each_part(g, node, [&](TSNode each) {
        if (kind(each) != Kind::property_signature) return;
        const auto key = key_name(field(each, g.name));
        const auto value = value_of_type(field(each, g.type));
        if (key && value != none) b.op(OpCode::store, none, object, *key, value);
    });
    return object;
}

}  // namespace gsdb::codebase::flow::javascript
