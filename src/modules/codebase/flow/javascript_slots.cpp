#include "modules/codebase/flow/javascript_slots.hpp"

namespace gsdb::codebase::flow::javascript {

void KnownSlots::track(Index node, bool is_shared) {
    auto& object = objects_[node];
    object.slots.clear();
    object.is_shared = is_shared;
}

void KnownSlots::note(Index node, const Object& object) {
    if (!object.slots.empty()) return;
    filled_.push_back(node);
    if (object.is_shared) filled_shared_.push_back(node);
}

void KnownSlots::put(Index node, Index key, Index value, std::size_t position) {
    auto& object = objects_.at(node);
    note(node, object);
    const Slot slot{value, position, object.reads};
    const auto [found, is_new] = object.slots.try_emplace(key, slot);
    if (is_new) return;
    const bool is_unseen = !object.is_shared && found->second.reads == object.reads;
    if (is_unseen && found->second.position != no_op) overwritten_.push_back(found->second.position);
    found->second = slot;
}

Index KnownSlots::get(Index node, Index key) {
    const auto object = objects_.find(node);
    if (object == objects_.end()) return none;
    const auto slot = object->second.slots.find(key);
    return slot == object->second.slots.end() ? none : slot->second.value;
}

void KnownSlots::overwrite(Index node, Index key) {
    const auto object = objects_.find(node);
    if (object == objects_.end()) return;
    if (key == none)
        object->second.slots.clear();
    else
        object->second.slots.erase(key);
}

void KnownSlots::see_all(Index node) {
    if (const auto object = objects_.find(node); object != objects_.end()) ++object->second.reads;
}

void KnownSlots::share(Index node) {
    const auto object = objects_.find(node);
    if (object == objects_.end() || object->second.is_shared) return;
    object->second.is_shared = true;
    if (!object->second.slots.empty()) filled_shared_.push_back(node);
}

void KnownSlots::change_shared() {
    for (const auto node : filled_shared_) objects_.at(node).slots.clear();
    filled_shared_.clear();
}

void KnownSlots::forget() {
    for (const auto node : filled_) objects_.at(node).slots.clear();
    filled_.clear();
    filled_shared_.clear();
}

}  // namespace gsdb::codebase::flow::javascript
