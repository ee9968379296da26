// What the collections and functions of typed languages do with functions.

#include <algorithm>

#include "modules/codebase/link/effects.hpp"
#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::ContainerKind;

void Linker::apply_typed(const Site& site, Effect effect) {
    const auto count = site.call->argument_count;
    switch (effect) {
        case Effect::gather: {
            const auto list = made_here(site, 0, ContainerKind::list);
            graph_.add(site.result, list);
            for (std::size_t i = 0; i < count; ++i) {
                if (argument(site, i) == no_id) continue;
                graph_.add_edge(argument(site, i), own_slot(list, any_item_));
                graph_.add_edge(elements_of(argument(site, i)), own_slot(list, any_item_));
            }
            return;
        }
        case Effect::append:
            return append(site);
        case Effect::call_arguments:
            for (std::size_t i = 0; i < count; ++i) call_back(site, argument(site, i), values_beside(site, i));
            return;
        case Effect::call_and_list:
            for (std::size_t i = 0; i < count; ++i)
                if (const auto result = call_back(site, argument(site, i), values_beside(site, i)); result != no_id)
                    list_of(site, result);
            return;
        case Effect::run_receiver:
            if (site.call->receiver != flow::none)
                call_back(site,
                          attribute_of(node(site.frame, loaded_[site.file], site.call->receiver), names_.id("run()")),
                          {});
            return;
        default:
            return;
    }
}

/// What a function that is an argument may be called with: the other arguments and their elements.
std::vector<NodeId> Linker::values_beside(const Site& site, std::size_t position) {
    const auto all = graph_.add_node();
    for (std::size_t i = 0; i < site.call->argument_count; ++i) {
        if (i == position || argument(site, i) == no_id) continue;
        graph_.add_edge(argument(site, i), all);
        graph_.add_edge(elements_of(argument(site, i)), all);
    }
    return {all, all, all, all};
}

/// `unknown.map(f)`: what a method of a well-known name is given is called, whatever it is called on.
void Linker::call_back_typed(const Site& site) {
    const auto& file = loaded_[site.file];
    const auto effect = effect_of_convention(language_of_file(site.file), file.flow->names[site.call->name]);
    if (effect == Effect::none) return;
    const auto receiver = site.call->receiver == flow::none ? no_id : node(site.frame, file, site.call->receiver);
    std::vector<NodeId> values;
    if (receiver != no_id) {
        const auto given = graph_.add_node();
        graph_.add_edge(receiver, given);
        graph_.add_edge(elements_of(receiver), given);
        values = {given, given};
    }
    for (std::size_t i = 0; i < site.call->argument_count; ++i)
        graph_.add_edge(call_back(site, argument(site, i), values), site.result);
}

/// `append(list, a, b)`: a list that is not known yet is a new one.
void Linker::append(const Site& site) {
    const auto list = made_here(site, 0, ContainerKind::list);
    graph_.add(site.result, list);
    for (std::size_t i = 0; i < site.call->argument_count; ++i) {
        const auto& file = loaded_[site.file];
        const auto value = node(site.frame, file, arguments_of(site)[i].value);
        if (value == no_id) continue;
        const bool is_list = i == 0 || arguments_of(site)[i].kind == flow::ArgumentKind::spread;
        graph_.add_edge(is_list ? elements_of(value) : value, own_slot(list, any_item_));
    }
}

void Linker::apply_typed_to(const Site& site, ObjectId receiver, Effect effect) {
    const auto all = [&] { return all_items(receiver); };
    const auto any = [&] { return own_slot(receiver, any_item_); };
    const auto keys = [&] { return own_slot(receiver, names_.id("<key>")); };
    const auto first = argument(site, 0);
    const auto count = site.call->argument_count;
    switch (effect) {
        case Effect::call_elements:
            call_back(site, all(), {});
            return;
        case Effect::put_entry:
            graph_.add_edge(first, keys());
            put_item(receiver, first, argument(site, count == 0 ? 0 : count - 1));
            return graph_.add_edge(all(), site.result);
        case Effect::compute_entry:
            for (std::size_t i = 0; i < count; ++i)
                graph_.add_edge(call_back(site, argument(site, i), {all(), all()}), any());
            return graph_.add_edge(all(), site.result);
        case Effect::keys:
            return list_of(site, keys());
        case Effect::key:
            return graph_.add_edge(keys(), site.result);
        case Effect::entry_set: {
            const auto entries = graph_.add_node();
            graph_.add(entries, receiver);
            return list_of(site, entries);
        }
        case Effect::visit_entries: {
            const bool is_list = this->is_list(receiver);
            for (std::size_t i = 0; i < count; ++i)
                call_back(site, argument(site, i), is_list ? std::vector{all(), all()} : std::vector{keys(), all()});
            return graph_.add(site.result, receiver);
        }
        case Effect::visit_and_flatten:
            if (const auto result = call_back(site, first, {all()}); result != no_id)
                list_of(site, elements_of(result));
            return;
        case Effect::or_else:
            graph_.add_edge(all(), site.result);
            graph_.add_edge(first, site.result);
            return graph_.add_edge(call_back(site, first, {all()}), site.result);
        case Effect::fold_any:
            return fold_any(site, receiver);
        case Effect::collect:
            graph_.add(site.result, receiver);
            if (first != no_id) call_back(site, items_node(first), {all(), all()});
            return;
        default:
            return;
    }
}

/// Under the key where that is a text or number that is written down.
void Linker::put_item(ObjectId receiver, NodeId key, NodeId value) {
    bool is_known = false;
    for (const auto each : key == no_id
                               ? std::vector<ObjectId>{}
                               : std::vector<ObjectId>(graph_.objects(key).begin(), graph_.objects(key).end())) {
        if (objects_[each].kind != ObjectKind::literal) continue;
        graph_.add_edge(value, own_slot(receiver, objects_[each].a));
        is_known = true;
    }
    if (!is_known) graph_.add_edge(value, own_slot(receiver, any_item_));
}

void Linker::fold_any(const Site& site, ObjectId receiver) {
    const auto so_far = graph_.add_node();
    graph_.add_edge(all_items(receiver), so_far);
    for (std::size_t i = 0; i < site.call->argument_count; ++i) {
        graph_.add_edge(argument(site, i), so_far);
        graph_.add_edge(call_back(site, argument(site, i), {so_far, so_far}), so_far);
    }
    graph_.add_edge(so_far, site.result);
    graph_.add(site.result, receiver);
}

/// A call-back that is an object: the method that its interface asks for.
void Linker::invoke_instance(const CallBack& back, ObjectId instance) {
    for (const auto each : std::vector(chain(objects_[instance].a))) {
        if (objects_[each].kind != ObjectKind::class_) continue;
        const auto id = objects_[each].a;
        for (auto m = std::ranges::lower_bound(members_, pair_of(id, 0), {}, &MemberEntry::key);
             m != members_.end() && m->key >> 32U == id; ++m) {
            const auto name = static_cast<NameId>(m->key);
            if (!is_functional_method(language_of_file(back.site.file), plain(name))) continue;
            graph_.add_edge(call_back(back.site, read_node(instance, name), back.values, back.receiver), back.result);
        }
    }
}

/// What reading a method of a function gives: an interface's own method that is not the one it stands for, or itself.
void Linker::wire_function(ObjectId function_object, NameId name, NodeId read) {
    if (language_of(function_object) != extract::Language::java) return;
    if (has_builtin_method(function_object, name)) return;
    const auto found = default_methods_.find(name);
    if (found == default_methods_.end()) return graph_.add(read, function_object);
    for (const auto id : found->second) {
        const auto method = objects_.id({ObjectKind::function, id, parent_frame(id)});
        graph_.add(read, objects_.id({ObjectKind::bound, method, function_object}));
    }
}

}  // namespace gsdb::codebase::link
