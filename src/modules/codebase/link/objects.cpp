#include "modules/codebase/link/objects.hpp"

namespace gsdb::codebase::link {

NameId NameTable::id(std::string_view text) {
    if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
    const auto kept = arena_.store(text);
    const auto id = static_cast<NameId>(texts_.size());
    texts_.push_back(kept);
    ids_.emplace(kept, id);
    return id;
}

namespace {

Group group_of(ObjectKind kind) {
    switch (kind) {
        case ObjectKind::literal:
            return Group::literal;
        case ObjectKind::external:
        case ObjectKind::builtin:
        case ObjectKind::builtin_method:
            return Group::outside;
        case ObjectKind::container:
        case ObjectKind::made_container:
            return Group::collection;
        case ObjectKind::bound:
        case ObjectKind::reference:
            return Group::bound;
        case ObjectKind::instance:
        case ObjectKind::super:
            return Group::instance;
        default:
            return Group::definition;
    }
}

}  // namespace

ObjectId ObjectTable::id(const Object& object) {
    const auto [found, is_new] = ids_.try_emplace(object, static_cast<ObjectId>(objects_.size()));
    if (is_new) {
        objects_.push_back(object);
        groups_.push_back(group_of(object.kind));
    }
    return found->second;
}

}  // namespace gsdb::codebase::link
