// What the functions and methods of the languages themselves do with functions and collections.

#include <algorithm>

#include "modules/codebase/link/effects.hpp"
#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::ContainerKind;

bool Linker::has_builtin_method(ObjectId object, NameId name) const {
    const auto text = plain(name);
    const auto kind = objects_[object].kind;
    const bool is_callable = kind == ObjectKind::function || kind == ObjectKind::bound;
    const auto language = language_of(object);
    if (is_container(object))
        return effect_of_method(language, text) != Effect::none ||
               effect_of_promise_method(language, text) != Effect::none;
    if (kind != ObjectKind::instance && !is_callable) return false;
    return (is_callable && effect_of_function_method(language, text) != Effect::none) ||
           effect_of_promise_method(language, text) != Effect::none;
}

/// `Object.assign` of a built-in or external object. A result is named like what gave it.
std::string Linker::dotted(ObjectId object) const {
    const auto& o = objects_[object];
    if (o.b == result_name_) return dotted(o.a);
    const std::string name(plain(o.b));
    return o.a == no_id ? name : dotted(o.a) + "." + name;
}

NodeId Linker::argument(const Site& site, std::size_t position) const {
    const auto& file = loaded_[site.file];
    if (position >= site.call->argument_count) return no_id;
    const auto& argument = arguments_of(site)[position];
    return argument.kind == flow::ArgumentKind::positional ? node(site.frame, file, argument.value) : no_id;
}

NodeId Linker::keyword(const Site& site, std::string_view name) const {
    const auto& file = loaded_[site.file];
    for (const auto& argument : arguments_of(site)) {
        if (argument.kind == flow::ArgumentKind::keyword && file.flow->names[argument.name] == name)
            return node(site.frame, file, argument.value);
    }
    return no_id;
}

/// A collection that this call makes.
ObjectId Linker::made_here(const Site& site, std::uint32_t which, ContainerKind kind) {
    return objects_.id(
        {ObjectKind::made_container, site.result, site.frame, static_cast<std::uint32_t>(kind) | (which + 1) << 8U});
}

/// The node of the elements of what an argument holds.
NodeId Linker::elements_of(NodeId collection) {
    if (collection == no_id) return no_id;
    const auto elements = graph_.add_node();
    graph_.add_watch(collection, watch(Role::iterate, elements));
    return elements;
}

void Linker::call_builtin(const Site& site, ObjectId builtin) {
    if (is_typed(site.file)) return call_external(site, builtin);
    apply(site, effect_of_builtin(language_of(builtin), dotted(builtin)));
}

void Linker::call_external(const Site& site, ObjectId external) {
    const auto name = dotted(external);
    const auto language = language_of_file(site.file);
    auto effect = effect_of_library(language, name);
    if (effect == Effect::none && site.call->name != flow::none)
        effect = effect_of_convention(language, loaded_[site.file].flow->names[site.call->name]);
    if (effect != Effect::none) return apply(site, effect);
    // Of a result nothing is known but where it comes from.
    const auto o = objects_[external];
    graph_.add(site.result,
               o.b == result_name_ ? external : objects_.id({ObjectKind::external, external, result_name_, o.c}));
    // A decorator from elsewhere is taken to give what it decorates.
    if (site.call->kind == flow::CallKind::decorate) graph_.add_edge(argument(site, 0), site.result);
}

void Linker::apply(const Site& site, Effect effect) {
    const auto first = argument(site, 0);
    switch (effect) {
        case Effect::identity:
            return graph_.add_edge(first, site.result);
        case Effect::copy_elements:
        case Effect::new_list:
            return make_list(site, effect == Effect::copy_elements);
        case Effect::empty_list:
            return graph_.add(site.result, made_here(site, 0, ContainerKind::list));
        case Effect::first_element:
            graph_.add_edge(elements_of(first), site.result);
            call_back(site, keyword(site, "key"), {elements_of(first)});
            return;
        case Effect::map_elements:
        case Effect::choose_elements:
            return map_elements(site, effect == Effect::map_elements);
        case Effect::reduce: {
            const auto elements = elements_of(argument(site, 1));
            const auto so_far = graph_.add_node();
            graph_.add_edge(elements, so_far);
            graph_.add_edge(argument(site, 2), so_far);
            graph_.add_edge(call_back(site, first, {so_far, elements}), so_far);
            return graph_.add_edge(so_far, site.result);
        }
        case Effect::enumerate:
        case Effect::zip:
            return make_tuples(site, effect == Effect::enumerate);
        case Effect::new_dictionary: {
            const auto made = made_here(site, 0, ContainerKind::dictionary);
            graph_.add(site.result, made);
            if (first != no_id) graph_.add_watch(first, watch(Role::merge_into, made));
            return store_keywords(site, made);
        }
        case Effect::get_attribute:
            graph_.add_edge(argument(site, 2), site.result);
            return watch_both(site, Role::attribute_of, first, argument(site, 1));
        case Effect::set_attribute:
            return watch_both(site, Role::set_attribute_of, first, argument(site, 1));
        case Effect::cast:
            return graph_.add_watch(first, watch(Role::instance_of, site.result));
        case Effect::type_of:
            return graph_.add_watch(first, watch(Role::class_of, site.result));
        case Effect::call_first:
            call_back(site, first, {});
            return;
        case Effect::assign:
            graph_.add_edge(first, site.result);
            for (std::size_t i = 1; i < site.call->argument_count; ++i)
                watch_both(site, Role::merge, first, argument(site, i));
            return;
        case Effect::create: {
            const auto made = made_here(site, 0, ContainerKind::object);
            graph_.add(site.result, made);
            return graph_.add_watch(first, watch(Role::prototype_for, made));
        }
        case Effect::set_prototype:
            return watch_both(site, Role::prototype, first, argument(site, 1));
        case Effect::values_of:
            return list_of(site, items_node(first));
        case Effect::entries_of:
            return list_of_pairs(site, items_node(first));
        case Effect::define_property:
            return watch_both(site, Role::define_property_of, first, argument(site, 1));
        default:
            return apply_typed(site, effect);
    }
}

void Linker::store_keywords(const Site& site, ObjectId dictionary) {
    const auto& file = loaded_[site.file];
    for (const auto& argument : arguments_of(site)) {
        if (argument.kind == flow::ArgumentKind::keyword && argument.value != flow::none)
            store(dictionary, item_name(file.names[argument.name]), node(site.frame, file, argument.value));
    }
}

void Linker::make_list(const Site& site, bool of_elements) {
    const auto list = made_here(site, 0, ContainerKind::list);
    graph_.add(site.result, list);
    for (std::size_t i = 0; i < site.call->argument_count; ++i) {
        const auto value = argument(site, i);
        if (value == no_id) continue;
        graph_.add_edge(of_elements ? elements_of(value) : value, own_slot(list, any_item_));
    }
}

/// The node of all that the attributes and items of what is in a node hold.
NodeId Linker::items_node(NodeId of) {
    if (of == no_id) return no_id;
    const auto items = graph_.add_node();
    graph_.add_watch(of, watch(Role::items_of, items));
    return items;
}

void Linker::list_of(const Site& site, NodeId value) {
    const auto list = made_here(site, 0, ContainerKind::list);
    graph_.add(site.result, list);
    graph_.add_edge(value, own_slot(list, any_item_));
}

void Linker::list_of_pairs(const Site& site, NodeId value) {
    const auto pair = made_here(site, 1, ContainerKind::list);
    graph_.add_edge(value, own_slot(pair, number(1, !is_javascript(site.file))));
    const auto node = graph_.add_node();
    graph_.add(node, pair);
    list_of(site, node);
}

/// Whatever of the arguments is a function is called with the elements of the others.
void Linker::map_elements(const Site& site, bool gives_results) {
    const auto elements = graph_.add_node();
    for (std::size_t i = 0; i < site.call->argument_count; ++i)
        graph_.add_edge(elements_of(argument(site, i)), elements);
    const auto list = made_here(site, 0, ContainerKind::list);
    graph_.add(site.result, list);
    for (std::size_t i = 0; i < site.call->argument_count; ++i) {
        const auto result = call_back(site, argument(site, i), {elements, elements});
        if (gives_results) graph_.add_edge(result, own_slot(list, any_item_));
    }
    call_back(site, keyword(site, "key"), {elements});
    if (!gives_results || site.call->argument_count == 1) graph_.add_edge(elements, own_slot(list, any_item_));
}

void Linker::make_tuples(const Site& site, bool is_numbered) {
    const auto tuple = made_here(site, 1, ContainerKind::list);
    for (std::size_t i = 0; i < site.call->argument_count; ++i)
        graph_.add_edge(elements_of(argument(site, i)), own_slot(tuple, number(is_numbered ? i + 1 : i, true)));
    const auto node = graph_.add_node();
    graph_.add(node, tuple);
    list_of(site, node);
}

void Linker::watch_both(const Site& site, Role role, NodeId to, NodeId from) {
    if (to == no_id || from == no_id) return;
    pairs_.push_back({.to = to, .from = from, .site = site});
    const auto index = static_cast<std::uint32_t>(pairs_.size() - 1);
    graph_.add_watch(to, watch(Role::pair_to, index, static_cast<std::uint32_t>(role)));
    graph_.add_watch(from, watch(Role::pair_from, index, static_cast<std::uint32_t>(role)));
}

/// One of each of two nodes met.
void Linker::pair_met(Role role, std::uint32_t index, ObjectId to, ObjectId from) {
    const auto pair = pairs_[index];
    const auto key = [&](ObjectId literal) -> NameId {
        const auto text = names_.text(objects_[literal].a);
        return text.starts_with("['") ? names_.id(std::string(text.substr(2))) : objects_[literal].a;
    };
    const bool is_key = objects_[from].kind == ObjectKind::literal;
    switch (role) {
        case Role::merge:
            return merge(to, from);
        case Role::prototype:
            return set_prototype_of(to, from);
        case Role::attribute_of:
            if (is_key) graph_.add_edge(read_node(to, key(from)), pair.site.result);
            return;
        case Role::set_attribute_of:
            if (is_key) store(to, key(from), argument(pair.site, 2));
            return;
        case Role::define_property_of:
            if (is_key) add_attribute_watch(argument(pair.site, 2), own_slot(to, key(from)), value_name_);
            return;
        default:
            return;
    }
}

// --- methods ---

void Linker::call_method(const Site& site, ObjectId method) {
    const auto receiver = objects_[method].a;
    const auto name = plain(objects_[method].b);
    const auto kind = objects_[receiver].kind;
    const bool is_callable = kind == ObjectKind::function || kind == ObjectKind::bound;
    const auto language = language_of(receiver);
    if (const auto effect = effect_of_function_method(language, name); is_callable && effect != Effect::none)
        return apply_to_function(site, receiver, effect);
    if (!is_container(receiver) || effect_of_promise_method(language, name) != Effect::none)
        return call_then(site, receiver);
    apply_to(site, receiver, effect_of_method(language, name));
}

/// Collections and promises that nothing is known of call what they are given as others do.
bool Linker::calls_back_by_convention(std::string_view name) {
    switch (effect_of_method(extract::Language::javascript, name)) {
        case Effect::visit:
        case Effect::visit_and_list:
        case Effect::visit_and_choose:
        case Effect::visit_and_keep:
        case Effect::fold:
            return true;
        default:
            return effect_of_promise_method(extract::Language::javascript, name) != Effect::none;
    }
}

/// Promises are taken for what they give.
void Linker::call_then(const Site& site, ObjectId receiver) {
    const auto given = graph_.add_node();
    graph_.add(given, receiver);
    for (std::size_t i = 0; i < 2; ++i) graph_.add_edge(call_back(site, argument(site, i), {given}), site.result);
}

void Linker::apply_to_function(const Site& site, ObjectId function_object, Effect effect) {
    const auto callee = graph_.add_node();
    graph_.add(callee, function_object);
    std::vector<NodeId> values;
    if (effect == Effect::call_it)
        for (std::size_t i = 1; i < site.call->argument_count; ++i) values.push_back(argument(site, i));
    if (effect == Effect::apply_it && argument(site, 1) != no_id)
        for (std::size_t i = 0; i < 8; ++i) {
            values.push_back(graph_.add_node());
            add_attribute_watch(argument(site, 1), values.back(), number(i, false));
        }
    if (effect == Effect::compose) {
        for (std::size_t i = 0; i < site.call->argument_count; ++i) graph_.add_edge(argument(site, i), site.result);
        return graph_.add(site.result, function_object);
    }
    if (effect != Effect::bind_it)
        return graph_.add_edge(call_back(site, callee, values, argument(site, 0)), site.result);
    graph_.add(site.result, function_object);
    if (argument(site, 0) != no_id && objects_[function_object].kind == ObjectKind::function)
        graph_.add_watch(argument(site, 0), watch(Role::bind_this, site.result, function_object));
}

void Linker::apply_to(const Site& site, ObjectId receiver, Effect effect) {
    const auto all = [&] { return all_items(receiver); };
    const auto any = [&] { return own_slot(receiver, any_item_); };
    const auto first = argument(site, 0);
    switch (effect) {
        case Effect::add_element:
            for (std::size_t i = 0; i < site.call->argument_count; ++i) graph_.add_edge(argument(site, i), any());
            return;
        case Effect::add_elements:
            return graph_.add_edge(elements_of(first), any());
        case Effect::insert_element:
            return graph_.add_edge(argument(site, site.call->argument_count - 1), any());
        case Effect::take_item:
            graph_.add_edge(argument(site, 1), site.result);
            return take_item(site, receiver, first);
        case Effect::take_element:
            return graph_.add_edge(all(), site.result);
        case Effect::set_item:
            return graph_.add_edge(argument(site, 1), any());
        case Effect::default_item:
            graph_.add_edge(argument(site, 1), any());
            graph_.add_edge(argument(site, 1), site.result);
            return graph_.add_edge(all(), site.result);
        case Effect::values:
            return list_of(site, all());
        case Effect::entries:
            return list_of_pairs(site, all());
        case Effect::same_and_arguments:
            for (std::size_t i = 0; i < site.call->argument_count; ++i) {
                graph_.add_edge(elements_of(argument(site, i)), any());
                if (is_javascript(site.file)) graph_.add_edge(argument(site, i), any());
            }
            return graph_.add(site.result, receiver);
        case Effect::update:
            if (first != no_id) graph_.add_watch(first, watch(Role::merge_into, receiver));
            return store_keywords(site, receiver);
        case Effect::same:
            return graph_.add(site.result, receiver);
        case Effect::visit:
        case Effect::visit_and_list:
        case Effect::visit_and_choose:
        case Effect::visit_and_keep:
        case Effect::fold:
        case Effect::sort:
            return visit(site, receiver, effect);
        default:
            return apply_typed_to(site, receiver, effect);
    }
}

void Linker::visit(const Site& site, ObjectId receiver, Effect effect) {
    const auto all = all_items(receiver);
    const auto first = argument(site, 0);
    switch (effect) {
        case Effect::visit:
            call_back(site, first, {all});
            return;
        case Effect::visit_and_list: {
            const auto result = call_back(site, first, {all});
            return result == no_id ? void() : list_of(site, result);
        }
        case Effect::visit_and_choose:
            call_back(site, first, {all});
            return graph_.add_edge(all, site.result);
        case Effect::visit_and_keep:
            call_back(site, first, {all});
            return graph_.add(site.result, receiver);
        case Effect::fold: {
            const auto so_far = graph_.add_node();
            graph_.add_edge(argument(site, 1), so_far);
            if (argument(site, 1) == no_id) graph_.add_edge(all, so_far);
            graph_.add_edge(call_back(site, first, {so_far, all}), so_far);
            return graph_.add_edge(so_far, site.result);
        }
        case Effect::sort:
            call_back(site, first, {all, all});
            call_back(site, keyword(site, "key"), {all});
            return graph_.add(site.result, receiver);
        default:
            return;
    }
}

void Linker::take_item(const Site& site, ObjectId receiver, NodeId key) {
    const bool is_known = key != no_id && std::ranges::any_of(graph_.objects(key), [&](ObjectId o) {
                              return objects_[o].kind == ObjectKind::literal;
                          });
    if (!is_known) return graph_.add_edge(all_items(receiver), site.result);
    graph_.add_watch(key, watch(Role::item_of, site.result, receiver));
}

}  // namespace gsdb::codebase::link
