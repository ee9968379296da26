#include "modules/codebase/measure/cohesion.hpp"

#include <unordered_set>

#include "modules/codebase/measure/distinct_tokens.hpp"
#include "modules/codebase/measure/recursion.hpp"
#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Element;
using extract::ElementFlag;
using extract::ElementKind;
using extract::FileFacts;
using extract::Language;
using extract::no_element;
using extract::Reference;
using extract::ReferenceKind;

/// A constructor touches every field and what is static touches none: neither says how the methods hang together.
bool is_method(const Element& element, const FileFacts& facts) {
    if (facts.language == Language::rust && element.signature.find("self") == std::string_view::npos) return false;
    return is_function(element.kind) && element.kind != ElementKind::constructor &&
           element.kind != ElementKind::destructor && !element.flags.has(ElementFlag::static_);
}

bool is_use_of_member(const Reference& reference) {
    return !reference.name.empty() && (reference.kind == ReferenceKind::call || reference.kind == ReferenceKind::read ||
                                       reference.kind == ReferenceKind::write);
}

}  // namespace

void Cohesion::start(const FileFacts& facts) {
    keeps_names_ = facts.language == Language::java || facts.language == Language::cpp;
    keeps_names_behind_this_ = facts.language == Language::rust;
    mentions_.clear();
}

void Cohesion::finish(const FileFacts& facts, FileMetrics& out) {
    if (!find_types(facts)) return;
    find_members(facts);
    join_by_references(facts);
    join_by_mentions(facts);
    std::vector<std::unordered_set<std::uint32_t>> groups(facts.elements.size());
    for (std::uint32_t i = 0; i < facts.elements.size(); ++i)
        if (type_of_[i] != no_element && out.elements[i].is_measured && is_method(facts.elements[i], facts))
            groups[type_of_[i]].insert(group_of(i));
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (out.elements[i].is_measured && is_type(facts.elements[i].kind) &&
            facts.elements[i].kind != ElementKind::implementation)
            out.elements[i].metrics.cohesion_groups = static_cast<std::uint32_t>(groups[i].size());
}

bool Cohesion::find_types(const FileFacts& facts) {
    types_.clear();
    for (std::uint32_t i = 0; i < facts.elements.size(); ++i) {
        const auto& element = facts.elements[i];
        if (is_type(element.kind) && element.kind != ElementKind::implementation &&
            !element.flags.has(ElementFlag::declaration))
            types_.try_emplace(element.name, i);
    }
    return !types_.empty();
}

/// `name` may be qualified.
std::uint32_t Cohesion::type_named(const FileFacts& facts, std::string_view name) const {
    if (const auto dot = name.rfind('.'); dot != std::string_view::npos && facts.language != Language::rust)
        name.remove_prefix(dot + 1);
    name = name.substr(0, name.find_first_of("<["));
    const auto found = types_.find(name);
    return found == types_.end() ? no_element : found->second;
}

void Cohesion::find_members(const FileFacts& facts) {
    members_.clear();
    type_of_.assign(facts.elements.size(), no_element);
    groups_.clear();
    for (std::uint32_t i = 0; i < facts.elements.size(); ++i) groups_.push_back(i);
    for (std::uint32_t i = 0; i < facts.elements.size(); ++i) {
        const auto& element = facts.elements[i];
        if (!element.owner.empty()) {
            type_of_[i] = type_named(facts, element.owner);
        } else if (element.parent != no_element && is_type(facts.elements[element.parent].kind)) {
            const auto& around = facts.elements[element.parent];
            type_of_[i] = around.kind == ElementKind::implementation ? type_named(facts, around.name) : element.parent;
        }
        if (type_of_[i] == no_element) continue;
        add_member(type_of_[i], hash_of(element.name));
        if (is_method(element, facts)) use(i, hash_of(element.name));
    }
    // What a method assigns to its object is a field of it, declared or not.
    for (const auto& reference : facts.references) {
        if (reference.kind != ReferenceKind::write) continue;
        const auto method = method_around(facts, reference.element);
        if (method != no_element && is_own_object(reference.receiver, facts.elements[method], facts))
            add_member(type_of_[method], hash_of(reference.name));
    }
}

void Cohesion::add_member(std::uint32_t type, std::uint64_t name) {
    const auto [found, is_new] = members_.try_emplace({type, name}, static_cast<std::uint32_t>(groups_.size()));
    if (is_new) groups_.push_back(found->second);
}

std::uint32_t Cohesion::method_around(const FileFacts& facts, std::uint32_t element) const {
    while (element != no_element && (type_of_[element] == no_element || !is_function(facts.elements[element].kind)))
        element = facts.elements[element].parent;
    return element;
}

void Cohesion::join_by_references(const FileFacts& facts) {
    for (const auto& reference : facts.references) {
        if (!is_use_of_member(reference)) continue;
        const auto method = method_around(facts, reference.element);
        if (method == no_element || !is_method(facts.elements[method], facts)) continue;
        if (is_own_object(reference.receiver, facts.elements[method], facts)) use(method, hash_of(reference.name));
    }
}

/// Methods do not lie in each other but for those of local classes, whose names are not looked up.
void Cohesion::join_by_mentions(const FileFacts& facts) {
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < facts.elements.size(); ++i) {
        const auto& element = facts.elements[i];
        if (type_of_[i] == no_element || !is_method(element, facts)) continue;
        while (at < mentions_.size() && mentions_[at].byte < element.span.start.byte) ++at;
        for (; at < mentions_.size() && mentions_[at].byte < element.span.end.byte; ++at) use(i, mentions_[at].hash);
    }
}

void Cohesion::use(std::uint32_t method, std::uint64_t name) {
    const auto found = members_.find({type_of_[method], name});
    if (found != members_.end()) groups_[group_of(found->second)] = group_of(method);
}

std::uint32_t Cohesion::group_of(std::uint32_t node) {
    while (groups_[node] != node) node = groups_[node] = groups_[groups_[node]];
    return node;
}

}  // namespace gsdb::codebase::measure
