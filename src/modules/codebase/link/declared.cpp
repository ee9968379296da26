// Declared types: which objects they let through, and what they stand for where nothing else is known.

#include <algorithm>

#include "modules/codebase/link/effects.hpp"
#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::ClassFlag;
using flow::FunctionFlag;
using flow::OpCode;

/// Whether a value of an expression that is declared to be of a class can be the object.
bool Linker::fits(ObjectId object, ObjectId type) {
    const auto o = objects_[object];
    const auto t = objects_[type];
    // What has no methods is of no interface that asks for some.
    const bool asks = is_structural(type) && o.kind != ObjectKind::instance && !is_outside(o.kind);
    if (asks && !methods_asked_by(type).empty()) return false;
    const bool is_strict = language_of(object) == extract::Language::java;
    switch (o.kind) {
        case ObjectKind::instance: {
            if (t.kind == ObjectKind::class_) return is_below(o.a, type);
            return !is_strict || is_outside(t.kind) == false || has_outside_base(o.a, type);
        }
        case ObjectKind::function:
        case ObjectKind::bound:
        case ObjectKind::reference:
            return t.kind != ObjectKind::class_ || class_(t.a).has(ClassFlag::interface_);
        case ObjectKind::container:
        case ObjectKind::made_container:
            return t.kind != ObjectKind::class_ || language_of(type) != extract::Language::java;
        case ObjectKind::class_:
            return t.kind != ObjectKind::class_;
        default:
            return true;
    }
}

/// Whether the class of an object inherits from something outside that may be the type.
bool Linker::has_outside_base(ObjectId class_object, ObjectId type) {
    const auto wanted = names_.text(objects_[type].b);
    if (wanted == "Object") return true;
    return std::ranges::any_of(chain(class_object), [&](ObjectId above) { return is_outside(objects_[above].kind); });
}

bool Linker::is_below(ObjectId class_object, ObjectId above) {
    const auto& all = chain(class_object);
    if (std::ranges::find(all, above) != all.end()) return true;
    return is_structural(above) && has_methods_of(class_object, above);
}

bool Linker::is_structural(ObjectId class_object) const {
    const auto& o = objects_[class_object];
    return o.kind == ObjectKind::class_ && class_(o.a).has(ClassFlag::structural);
}

bool Linker::fits_any(ObjectId object, NodeId type) {
    const auto types = graph_.objects(type);
    if (types.empty()) return true;
    for (const auto each : std::vector<ObjectId>(types.begin(), types.end()))
        if (fits(object, each)) return true;
    return false;
}

/// The names of the methods that an interface asks for, its own and those that it takes from others.
std::vector<NameId> Linker::methods_asked_by(ObjectId interface) {
    std::vector<NameId> names;
    for (const auto each : chain(interface)) {
        if (!is_structural(each)) continue;
        const auto id = objects_[each].a;
        for (auto m = std::ranges::lower_bound(members_, pair_of(id, 0), {}, &MemberEntry::key);
             m != members_.end() && m->key >> 32U == id; ++m)
            names.push_back(static_cast<NameId>(m->key));
    }
    return names;
}

bool Linker::has_methods_of(ObjectId class_object, ObjectId interface) {
    const auto [found, is_new] = implements_.try_emplace(pair_of(class_object, interface), false);
    if (!is_new) return found->second;
    const auto asked = methods_asked_by(interface);
    const bool has_all =
        !asked.empty() && std::ranges::all_of(asked, [&](NameId name) { return has_method(class_object, name); });
    return implements_[pair_of(class_object, interface)] = has_all;
}

// --- what is assumed where nothing comes ---

/// Whether something is known of what a node holds.
bool Linker::is_known(NodeId node) const {
    return std::ranges::any_of(graph_.objects(node), [&](ObjectId object) {
        const auto kind = objects_[object].kind;
        return !is_outside(kind) && kind != ObjectKind::literal;
    });
}

void Linker::index_subclasses() {
    below_.clear(), typed_classes_.clear();
    for (ObjectId id = 0; id < objects_.size(); ++id) {
        if (!is_class_of_file(id) || !is_typed(file_of_class_[objects_[id].a])) continue;
        typed_classes_.push_back(id);
        for (const auto above : std::vector(chain(id)))
            if (objects_[above].kind == ObjectKind::class_) below_[above].push_back(id);
    }
}

/// The classes that an instance of the declared one may really be of: those that are instantiated somewhere; where none
/// is, those that could be.
std::vector<ObjectId> Linker::classes_below(ObjectId declared) {
    std::vector<ObjectId> concrete, instantiated;
    const auto consider = [&](ObjectId id) {
        if (class_(objects_[id].a).has(ClassFlag::abstract)) return;
        concrete.push_back(id);
        if (made_classes_.contains(id)) instantiated.push_back(id);
    };
    if (is_structural(declared)) {
        for (const auto id : typed_classes_)
            if (!is_structural(id) && has_methods_of(id, declared)) consider(id);
    } else if (const auto found = below_.find(declared); found != below_.end()) {
        std::ranges::for_each(found->second, consider);
    }
    const bool is_exact = language_of(declared) == extract::Language::go && !is_structural(declared);
    if (is_exact) return {declared};
    if (!instantiated.empty()) return instantiated;
    if (!concrete.empty()) return concrete;
    return {declared};
}

void Linker::assume(const Assumption& assumption) {
    const auto [target, type, element, language] = assumption;
    const auto o = objects_[type];
    if (o.kind == ObjectKind::class_) {
        auto [found, is_new] = assumed_.try_emplace(type);
        if (is_new) found->second = classes_below(type);
        for (const auto each : found->second) graph_.add(target, objects_.id({ObjectKind::instance, each}));
        return;
    }
    if (!is_outside(o.kind)) return;
    const auto kind = container_of(language, dotted(type));
    if (!kind || element == no_id) return graph_.add(target, type);
    const auto made =
        objects_.id({ObjectKind::made_container, target, 0, static_cast<std::uint32_t>(*kind) | 0xFFU << 8U});
    graph_.add(target, made);
    graph_.add_edge(element, own_slot(made, any_item_));
}

/// Fields whose values are known in some object.
std::unordered_set<std::uint64_t> Linker::known_fields() {
    std::unordered_set<std::uint64_t> known;
    for (const auto& [key, slot] : slots_) {
        if (!is_known(slot)) continue;
        const auto object = objects_[static_cast<ObjectId>(key >> 32U)];
        const auto of = object.kind == ObjectKind::instance ? object.a : static_cast<ObjectId>(key >> 32U);
        if (objects_[of].kind != ObjectKind::class_) continue;
        for (const auto above : chain(of))
            if (objects_[above].kind == ObjectKind::class_)
                known.insert(pair_of(objects_[above].a, static_cast<NameId>(key)));
    }
    return known;
}

/// Whether a function is called from code that runs once alone: then what it is given is known there.
bool Linker::is_followed_only(FunctionId id) const {
    const auto& f = function(id);
    if (frame_counts_[id] == 0 || f.parameter_count == 0) return false;
    const auto& file = loaded_[file_of(id)];
    for (auto p = f.first_parameter; p < f.first_parameter + f.parameter_count; ++p)
        if (graph_.has_edge_to(file.first_node + file.flow->parameters[p].node)) return false;
    return true;
}

/// Gives to what is declared, and to which nothing has come, what its declaration says: first where a value enters
/// from outside, then everywhere.
void Linker::assume_declared(bool only_sources) {
    std::unordered_set<FunctionId> called;
    for (const auto& call : found_)
        if (!call.is_class) called.insert(call.callee);
    const auto fields = known_fields();
    std::vector<Assumption> assumptions;
    for (const auto& [id, frame] : typed_ops_) {
        const auto& file = loaded(frame);
        const auto& op = file.flow->ops[id - file.first_op];
        const auto language = language_of_file(file_of(frames_[frame].function));
        const auto target = node(frame, file, op.target);
        const auto value = node(frame, file, op.c);
        if (is_known(target) || is_followed_only(frame)) continue;
        if (only_sources && value != no_id && graph_.has_edge_to(value)) continue;
        if (const auto field = fields_.find(target); field != fields_.end() && fields.contains(field->second)) continue;
        for (const auto type : graph_.objects(node(frame, file, op.a)))
            assumptions.push_back({target, type, node(frame, file, op.b), language});
    }
    for (FunctionId id = 0; id < file_of_function_.size(); ++id) {
        const auto& f = function(id);
        if (f.receiver == flow::none || f.has(FunctionFlag::static_) || !is_typed(file_of(id))) continue;
        const auto receiver = loaded_[file_of(id)].first_node + f.receiver;
        if (is_known(receiver) || (only_sources && called.contains(id))) continue;
        for (const auto of : classes_of_method(id))
            assumptions.push_back({receiver, of, no_id, language_of_file(file_of(id))});
    }
    for (const auto& assumption : assumptions) assume(assumption);
    run_graph();
}

/// The class that a function is a method of.
std::vector<ObjectId> Linker::classes_of_method(FunctionId id) {
    const auto& f = function(id);
    const auto& file = loaded_[file_of(id)];
    if (f.owner == flow::none) {
        const auto found = added_to_.find(id);
        return found == added_to_.end() ? std::vector<ObjectId>{} : found->second;
    }
    const auto defined_in = file.first_function + file.flow->classes[f.owner].function;
    return {objects_.id({ObjectKind::class_, file.first_class + f.owner, defined_in})};
}

}  // namespace gsdb::codebase::link
