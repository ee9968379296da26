// Methods that are named and called later: `Shape::area`.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::FunctionFlag;

/// A static method gets all values; of others the first is the receiver, whose class says which method it is.
void Linker::call_reference(const Site& site, ObjectId reference, const std::vector<NodeId>& values, NodeId result) {
    const auto [kind, of, name, unused] = objects_[reference];
    if (name == typed_init_name_) return construct_reference(site, of, values, result);
    bool has_instance_methods = false;
    for (const auto each : std::vector(chain(of))) {
        if (objects_[each].kind != ObjectKind::class_) continue;
        bool is_found = false;
        for (const auto& member : members_named(objects_[each].a, name))
            for (const auto id : functions_at(member_node(each, member))) {
                const auto& f = function(id);
                const bool is_static = f.has(FunctionFlag::static_) || f.receiver == flow::none;
                is_found = true;
                has_instance_methods |= !is_static;
                const bool is_read_as_well = language_of_file(file_of(id)) == extract::Language::rust;
                if (!is_static || is_read_as_well || f.parameter_count > values.size()) continue;
                found(site, id, false);
                bind_values(frame_of_closure(id, objects_[each].b), values, no_id, no_id);
                graph_.add_edge(result_of(frame_of_closure(id, objects_[each].b)), result);
            }
        if (is_found) break;
    }
    if (!has_instance_methods || values.empty() || values.front() == no_id) return;
    call_backs_.push_back({.values = {values.begin() + 1, values.end()},
                           .receiver = no_id,
                           .result = result,
                           .site = site,
                           .name = name});
    graph_.add_watch(values.front(), watch(Role::receiver_of, static_cast<std::uint32_t>(call_backs_.size() - 1)));
}

/// `Shape::new`
void Linker::construct_reference(const Site& site, ObjectId class_object, const std::vector<NodeId>& values,
                                 NodeId result) {
    const auto instance = objects_.id({ObjectKind::instance, class_object});
    made_classes_.insert(class_object);
    graph_.add(result, instance);
    set_fields(chain(class_object), instance);
    for (const auto& constructor : members_named(objects_[class_object].a, typed_init_name_)) {
        const auto bound = graph_.add_node();
        graph_.add_watch(member_node(class_object, constructor), watch(Role::bind_always, bound, instance));
        call_back(site, bound, values);
    }
}

void Linker::call_on_receiver(std::uint32_t index, ObjectId receiver) {
    const auto back = call_backs_[index];
    const auto kind = objects_[receiver].kind;
    if (is_outside(kind) || kind == ObjectKind::literal) return;
    graph_.add_edge(call_back(back.site, read_node(receiver, back.name), back.values), back.result);
}

}  // namespace gsdb::codebase::link
