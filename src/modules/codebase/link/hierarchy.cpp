// What classes inherit from: as far as it is known before anything is called, and what calls make known.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

/// What classes inherit from, as far as it is known before anything is called. Reads wait for nothing more: were it to
/// grow while they are answered, the answers would depend on the order.
void Linker::freeze_hierarchy() {
    hierarchy_is_frozen_ = true;
    chains_.clear();
    for (ObjectId id = 0; id < objects_.size(); ++id)
        if (is_class_of_file(id)) {
            auto& known = hierarchy_[id];
            for (const auto base : bases(id))
                if (std::ranges::find(known, base) == known.end()) known.push_back(base);
        }
    for (const auto& [name, readers] : std::unordered_map(readers_))
        for (const auto reader : readers) wire_members(reader, name, reads_.at(pair_of(reader, name)));
}

/// Whether solving has found no class to inherit from that was not known when it began. Where declared types stand for
/// the classes below them that would change what was found already, so the whole is solved again.
bool Linker::hierarchy_holds() {
    bool holds = true;
    for (ObjectId id = 0; id < objects_.size(); ++id) {
        if (!is_class_of_file(id) || !is_typed(file_of_class_[objects_[id].a])) continue;
        auto now = bases(id);
        if (now == hierarchy_[id]) continue;
        hierarchy_[id] = std::move(now);
        holds = false;
    }
    return shadows_hold() && holds;
}

/// The classes whose members an object has.
std::vector<ObjectId> Linker::classes_of(ObjectId object) {
    const auto o = objects_[object];
    switch (o.kind) {
        case ObjectKind::class_:
            return chain(object);
        case ObjectKind::instance:
        case ObjectKind::prototype:
            return chain(o.a);
        case ObjectKind::super: {
            auto all = classes_of(o.a);
            const auto& own = chain(o.b);
            all.insert(all.end(), own.begin(), own.end());
            return all;
        }
        default:
            return {};
    }
}

/// Bases that only calls have made known: what was read of the classes or made of them before asks the new bases, too.
/// Only when nothing moves any more, so that the order of the moves decides nothing. Whether there were any.
bool Linker::extend_hierarchy() {
    std::unordered_set<ObjectId> extended;
    for (auto& [id, known] : hierarchy_) {
        if (objects_[id].kind != ObjectKind::class_ || is_typed(file_of_class_[objects_[id].a])) continue;
        for (const auto base : bases(id)) {
            if (std::ranges::find(known, base) != known.end()) continue;
            known.push_back(base);
            extended.insert(id);
        }
    }
    if (extended.empty()) return false;
    chains_.clear();
    std::unordered_map<ObjectId, bool> answers;
    const auto is_extended = [&](ObjectId object) {
        const auto [answer, is_new] = answers.try_emplace(object, false);
        if (is_new)
            answer->second = std::ranges::any_of(classes_of(object), [&](ObjectId c) { return extended.contains(c); });
        return answer->second;
    };
    for (const auto& [name, readers] : std::unordered_map(readers_))
        for (const auto reader : readers)
            if (is_extended(reader)) wire_members(reader, name, reads_.at(pair_of(reader, name)));
    construct_again(is_extended);
    return true;
}

/// Where a class had no constructor when an instance was made, one of its new bases may have.
template <class IsExtended>
void Linker::construct_again(IsExtended is_extended) {
    std::vector<Construction> again;
    std::unordered_set<std::uint64_t> classes_called;
    for (const auto& made : constructions_)
        if (is_extended(made.of)) {
            again.push_back(made);
            if (objects_[made.of].kind == ObjectKind::class_)
                classes_called.insert(pair_of(made.site.call_id, objects_[made.of].a));
        }
    std::erase_if(found_, [&](const FoundCall& call) {
        return call.is_class && classes_called.contains(pair_of(call.call, call.callee));
    });
    for (const auto& made : again) construct(made.site, chain_of(made.of), made.instance);
}

/// Whether every prototype that was given a member of its own was known to have it: then those above it are not asked.
bool Linker::shadows_hold() {
    bool holds = true;
    for (const auto& [key, slot] : slots_) {
        const auto object = static_cast<ObjectId>(key >> 32U);
        const auto o = objects_[object];
        if (o.kind != ObjectKind::prototype || objects_[o.a].b >= file_of_function_.size()) continue;
        const bool has_others = chain(o.a).size() > 1 || !extras_of(object).protos.empty();
        if (has_others && reads_.contains(key) && !graph_.objects(slot).empty() && shadowed_.insert(key).second)
            holds = false;
    }
    return holds;
}

}  // namespace gsdb::codebase::link
